import type { JsonObject } from "../../base/json.ts";
import { sanitizeLine } from "../../base/text.ts";

export type SecondAnswer =
  | { verdict: "confirmed"; by: string }
  | { verdict: "declined"; by: string; why: string }
  /** It does not count; `why` says so to the requester. */
  | { verdict: "passed-over"; why: string };

/**
 * What an answer in the box comes to. The uid is the operating system's word, the rest is the answer's: it must name this request, and
 * neither the requester nor root can be the second person.
 */
export function answerOf(
  uid: number,
  content: JsonObject,
  requestId: string,
  ownUid = process.getuid?.() ?? 0,
): SecondAnswer {
  if (uid === ownUid) return { verdict: "passed-over", why: "an answer from your own login does not count" };
  if (uid === 0) return { verdict: "passed-over", why: "an answer from root does not count: it shows no person" };
  if (content.requestId !== requestId) return { verdict: "passed-over", why: "an answer to another request was found" };
  const by = sanitizeLine(typeof content.user === "string" ? content.user : `uid ${uid}`).slice(0, 64);
  if (content.confirmed === true) return { verdict: "confirmed", by };
  const why = typeof content.why === "string" ? sanitizeLine(content.why).slice(0, 200) : "";
  return { verdict: "declined", by, why };
}
