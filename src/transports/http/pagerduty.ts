import { type HttpOperation, jsonOf, refusal } from "./operation.ts";

const KEY_HELP =
  "Check PAGERDUTY_ROUTING_KEY: it is the integration key of an Events API v2 integration. Call the engineer.";

/**
 * PagerDuty's Events API v2. Input members are those of the event, and `routing_key` names the secret. The deduplication key makes an
 * event that is sent twice count once.
 */
export const pagerDutyOperations: Record<string, HttpOperation> = {
  Enqueue: {
    request: (input, { pagerDutyEvents }) => ({ url: pagerDutyEvents, body: input, secretMember: "routing_key" }),
    read(answer, what) {
      const body = jsonOf(answer.body);
      if (answer.status === 202) return body;
      const errors = Array.isArray(body.errors) ? body.errors.map(String).join("; ") : "";
      const said = `PagerDuty says ${errors || String(body.message ?? `HTTP status ${answer.status}`)}`;
      const isKey = /routing.key/i.test(errors) || answer.status === 403;
      const next = isKey ? KEY_HELP : "Change the message and send it again, or call the engineer.";
      throw refusal(isKey ? "denied" : "invalid", what, said, next, answer);
    },
    isIdempotent: true,
  },
};
