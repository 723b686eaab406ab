import * as z from "zod";
import { Failure } from "../base/failure.ts";
import { sanitizeText } from "../base/text.ts";
import type { MessageAbout } from "../record/entries.ts";
import type { ActionDefinition, Check, EscalationStep, MessageTarget, PrepareContext, Prepared } from "./contract.ts";
import { messageSteps, type PagerEvent } from "./message-steps.ts";

/** Slack cuts longer texts (chat.postMessage: 40 000 characters, 4 000 recommended); who reads on a telephone is glad of less. */
const LONGEST_TEXT = 4000;

/** What every message may use. */
export const MESSAGE_OPERATIONS = ["pagerduty:Enqueue", "slack:ChatPostMessage", "slack:PostWebhook", "sns:Publish"];

const text = z.string().default("").describe("The message (empty: the draft from the record)");
const to = z
  .string()
  .default("")
  .describe("Only some of pagerduty, slack, sns, separated by commas (empty: all that are configured)");

/** A message on its way: what it is, its words as they were given, and to whom. */
export interface MessageRequest {
  actionId: string;
  title: string;
  about: MessageAbout;
  text: string;
  to: string;
  event?: PagerEvent;
  escalates?: EscalationStep;
}

/** The plan that takes one text to every place that is configured for it. Without a place it is refused; the text is there to copy. */
export function messagePlan(context: PrepareContext, request: MessageRequest): Prepared {
  const { communication, incident } = context;
  const { about, escalates, event = "trigger" } = request;
  const words = sanitizeText(request.text).trim() || communication.draft(about, escalates?.threshold);
  const all = communication.targets(about, escalates?.level);
  const targets = chosen(all, request.to).filter((target) => event === "trigger" || target.via === "pagerduty");
  const dedupKey = `mayday-${incident.id}${escalates ? `-${escalates.threshold}` : ""}`;
  const steps = targets.flatMap((target) => messageSteps(target, { text: words, dedupKey, event }, context));
  const labels = targets.map(labelOf);
  return {
    facts: { to: labels.join(", ") || "nowhere", length: `${words.length} characters` },
    checks: [...placeChecks(targets, request.to), ...textChecks(words), ...secretChecks(context)],
    plan: {
      actionId: request.actionId,
      title: request.title,
      parameters: {
        text: words,
        to: request.to,
        ...(event === "trigger" ? {} : { event }),
        ...(escalates ? { level: escalates.level } : {}),
      },
      tier: "yes",
      resourceName: "",
      effects: labels.length > 0 ? [`People are told by ${labels.join(", ")}.`] : [],
      caveats: ["What was sent cannot be called back."],
      steps,
      verify: null,
      guard: null,
      message: {
        about,
        text: words,
        ...(escalates ? { escalates: { threshold: escalates.threshold, level: escalates.level } } : {}),
      },
    },
  };
}

/** "Slack #incidents (else Slack (webhook))": where it goes, and where when that certainly did not work. */
function labelOf({ label, otherwise = [] }: MessageTarget): string {
  return otherwise.length === 0 ? label : `${label} (else ${otherwise.map((other) => other.label).join(", ")})`;
}

function chosen(targets: readonly MessageTarget[], to: string): MessageTarget[] {
  const wanted = to
    .toLowerCase()
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  const unknown = wanted.filter((item) => !["pagerduty", "slack", "sns"].includes(item));
  if (unknown.length > 0) {
    const why = `there is no ${unknown.join(", ")}`;
    throw new Failure({ kind: "invalid", what: "to", why, next: "Give pagerduty, slack or sns, or leave it out." });
  }
  if (wanted.length === 0) return [...targets];
  const isWanted = ({ via }: MessageTarget) => wanted.includes(via);
  return targets.filter(isWanted).map((target) => {
    const { otherwise, ...way } = target;
    return otherwise ? { ...way, otherwise: otherwise.filter(isWanted) } : target;
  });
}

const NOWHERE =
  "no place is configured for it: set SLACK_BOT_TOKEN or ALERT_SLACK_WEBHOOK_URL, PAGERDUTY_ROUTING_KEY or ALERT_SNS_TOPIC_ARN, or copy the text and send it by hand";

function placeChecks(targets: readonly MessageTarget[], to: string): Check[] {
  const missing = to === "" ? NOWHERE : `${NOWHERE} (asked for: ${to})`;
  return targets.length > 0 ? [] : [{ label: "where to", status: "fail", detail: missing }];
}

function textChecks(words: string): Check[] {
  const detail = `${words.length} characters, at most ${LONGEST_TEXT} go out: shorten it`;
  return words.length > LONGEST_TEXT ? [{ label: "length", status: "fail", detail }] : [];
}

const secretChecks = ({ communication }: PrepareContext): Check[] =>
  communication.problems.map((detail) => ({ label: "secrets", status: "warn", detail }));

const notifyParameters = z.object({
  text,
  to,
  event: z.enum(["trigger", "acknowledge", "resolve"]).default("trigger").describe("What happens to PagerDuty's page"),
});

/** Calls the on-call engineer; the incident is one page at PagerDuty, however often it is sent. */
export const notifyOnCall: ActionDefinition<z.infer<typeof notifyParameters>> = {
  id: "notify-on-call",
  title: "Notify the on-call engineer",
  description:
    "PagerDuty, Slack and the alert topic get what is broken and since when; acknowledge and resolve go to PagerDuty.",
  runbook: "Incident Response > Communication",
  tier: "yes",
  message: true,
  parameters: notifyParameters,
  operations: MESSAGE_OPERATIONS,
  prepare: async (context, parameters) =>
    messagePlan(context, {
      ...parameters,
      actionId: notifyOnCall.id,
      title: parameters.event === "trigger" ? "Notify the on-call engineer" : `PagerDuty: ${parameters.event} the page`,
      about: "on-call",
    }),
};

const messageParameters = z.object({ text, to });

/** The half-hourly update (runbook, Communication, 3). */
export const statusUpdate: ActionDefinition<z.infer<typeof messageParameters>> = {
  id: "status-update",
  title: "Post a status update",
  description:
    "What changed since the last one, what is red and what is in place; due every 30 minutes until resolved.",
  runbook: "Incident Response > Communication",
  tier: "yes",
  message: true,
  parameters: messageParameters,
  operations: MESSAGE_OPERATIONS,
  prepare: async (context, parameters) =>
    messagePlan(context, {
      ...parameters,
      actionId: statusUpdate.id,
      title: "Post a status update",
      about: "status-update",
    }),
};

/** Those who depend on the lakehouse, once it is contained (runbook, Communication, 4). */
export const notifyStakeholders: ActionDefinition<z.infer<typeof messageParameters>> = {
  id: "notify-stakeholders",
  title: "Notify the stakeholders",
  description: "Those who depend on the lakehouse hear that it is contained, and what is out of service.",
  runbook: "Incident Response > Communication",
  tier: "yes",
  message: true,
  parameters: messageParameters,
  operations: MESSAGE_OPERATIONS,
  async prepare(context, parameters) {
    const prepared = messagePlan(context, {
      ...parameters,
      actionId: notifyStakeholders.id,
      title: "Notify the stakeholders",
      about: "stakeholders",
    });
    if (context.incident.containedAtMs !== undefined) return prepared;
    const detail = "the incident is not marked as contained yet; the runbook tells them once it is";
    return { ...prepared, checks: [...prepared.checks, { label: "contained", status: "warn", detail }] };
  },
};
