import { closeBox, openBox, readAnswers } from "../../base/drop-box.ts";
import { Failure } from "../../base/failure.ts";
import type { JsonObject } from "../../base/json.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { Job } from "../jobs.ts";
import { answerOf } from "./second-answer.ts";

/** Between two looks into the box, machine ms. */
const LOOK_EVERY_MS = 1000;

/** Waits until somebody else on this host has confirmed the request from their own login. */
export const secondPerson: Job = async (input, { clock, signal, progress }) => {
  const { requestId, request } = input as { requestId: string; request: JsonObject };
  await openBox(requestId, request);
  try {
    for (;;) {
      progress(`waits for: mayday confirm ${requestId}`);
      for (const { uid, content } of await readAnswers(requestId)) {
        const answer = answerOf(uid, content, requestId);
        if (answer.verdict === "declined")
          throw new Failure({
            kind: "refused",
            what: "break-glass",
            why: `${answer.by} (uid ${uid}) declined${answer.why ? `: ${sanitizeLine(answer.why)}` : ""}`,
            next: "Nothing was begun. Agree on it, and ask again.",
          });
        if (answer.verdict === "confirmed")
          return {
            complete: true,
            missing: [],
            requestIds: [],
            output: { by: answer.by, uid },
            note: `confirmed by ${answer.by} (uid ${uid})`,
          };
        progress(answer.why);
      }
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  } finally {
    await closeBox(requestId);
  }
};
