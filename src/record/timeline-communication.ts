import { sanitizeLine, truncate } from "../base/text.ts";
import type { MessageAbout, RecordEntry } from "./entries.ts";
import type { Told } from "./timeline.ts";

/** What a message is for, in words. */
export const ABOUT_WORDS: Readonly<Record<MessageAbout, string>> = {
  "on-call": "on-call engineer",
  "status-update": "status update",
  stakeholders: "stakeholders",
  escalation: "escalation",
};

/** Of a message the timeline has the beginning, in columns; the post-mortem has all of it. */
const LONGEST_TEXT = 160;

/** The beginning of a message, on one line. */
export const brief = (text: string): string => truncate(sanitizeLine(text), LONGEST_TEXT);

/** Actions whose message says on the timeline what was sent where: that they were confirmed and done would only repeat it. */
export const TOLD_BY_MESSAGE: ReadonlySet<string> = new Set([
  "notify-on-call",
  "status-update",
  "notify-stakeholders",
  "escalate",
]);

const because = (reason: string) => (reason ? `: ${reason}` : "");

/** Escalation and messages as lines of the timeline; undefined for every other entry. */
export function tellCommunication(entry: RecordEntry): Told | undefined {
  switch (entry.kind) {
    case "escalation.proposed": {
      const { level, why } = entry.payload;
      return { tone: "warn", label: "ESCALATION", text: `${level} is due: ${why}; proposed` };
    }
    case "escalation.late": {
      const { level, why } = entry.payload;
      return {
        tone: "bad",
        label: "ESCALATION",
        text: `${level} is late: ${why}, and nobody has answered the proposal`,
      };
    }
    case "escalation.done": {
      const { level, by, how } = entry.payload;
      return { tone: "good", label: "ESCALATION", text: `${level} done by ${by}${because(how)}` };
    }
    case "escalation.declined": {
      const { level, by, reason } = entry.payload;
      return { tone: "warn", label: "ESCALATION", text: `${level} declined by ${by}${because(reason)}` };
    }
    case "communication.message":
      return tellMessage(entry.payload);
    case "communication.channel": {
      const { name, by } = entry.payload;
      return { tone: "info", label: "CHANNEL", text: `#${name} created by ${by}` };
    }
    default:
      return undefined;
  }
}

function tellMessage(message: RecordEntry<"communication.message">["payload"]): Told {
  const { about, status, text, to, failures, by } = message;
  const words = ABOUT_WORDS[about];
  const failed = failures.map((failure) => `${failure.to} (${failure.why})`).join(", ");
  switch (status) {
    case "sent": {
      const but = failed ? `, NOT to ${failed}` : "";
      return {
        tone: failed ? "warn" : "info",
        label: "MESSAGE",
        text: `${words} sent to ${to.join(", ")}${but}: ${brief(text)}`,
      };
    }
    case "failed":
      return { tone: "bad", label: "NOT SENT", text: `${words}: ${failed}` };
    case "copied":
      return { tone: "info", label: "MESSAGE", text: `${words} copied by ${by}, to be sent by hand: ${brief(text)}` };
    case "skipped":
      return { tone: "warn", label: "NOT SENT", text: `${words} skipped by ${by}` };
  }
}
