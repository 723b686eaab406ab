import { formatUtcTime } from "../base/duration.ts";
import { whyAndNext } from "../base/failure.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { TimelineLine } from "../state/store.ts";
import type { EntryPayloads, RecordEntry } from "./entries.ts";
import { TOLD_BY_MESSAGE, tellCommunication } from "./timeline-communication.ts";

/** What an entry says on the timeline. `atMs`: when that was, where it is not the entry's own time. */
export type Told = Pick<TimelineLine, "tone" | "label" | "text"> & { atMs?: number };

/**
 * The entry as one line of the timeline; undefined for what a reader does not need: slices of state, plans that were only
 * looked at, intents and quiet outcomes (their run's lines say it), sessions' bookkeeping. O(1).
 */
export function timelineLine(entry: RecordEntry): TimelineLine | undefined {
  const told = tell(entry);
  if (!told) return undefined;
  return {
    seq: entry.seq,
    atMs: told.atMs ?? Date.parse(entry.at),
    tone: told.tone,
    label: told.label,
    text: sanitizeLine(told.text),
  };
}

function tell(entry: RecordEntry): Told | undefined {
  if (entry.kind.startsWith("break-glass.")) return tellBreakGlass(entry);
  if (entry.kind.startsWith("observation.")) return tellObservation(entry);
  if (entry.kind.startsWith("incident.")) return tellIncident(entry);
  if (entry.kind.startsWith("escalation.") || entry.kind.startsWith("communication.")) return tellCommunication(entry);
  return tellAction(entry) ?? tellUpkeep(entry);
}

function tellIncident(entry: RecordEntry): Told | undefined {
  switch (entry.kind) {
    case "incident.opened": {
      const { severity, title, project, environment, declaredAtMs } = entry.payload;
      return {
        tone: "info",
        label: "DECLARED",
        text: `${severity} ${title} (${project}, ${environment})`,
        atMs: declaredAtMs,
      };
    }
    case "incident.title":
      return { tone: "info", label: "TITLE", text: entry.payload.title };
    case "incident.severity": {
      const { severity, previous, reason } = entry.payload;
      return { tone: "warn", label: "SEVERITY", text: `${previous} -> ${severity}${because(reason)}` };
    }
    case "incident.detected":
      return { tone: "bad", label: "DETECTED", text: entry.payload.by, atMs: entry.payload.detectedAtMs };
    case "incident.acknowledged":
      return { tone: "good", label: "ACKNOWLEDGED", text: `by ${entry.payload.by}`, atMs: entry.payload.atMs };
    case "incident.contained":
      return {
        tone: "good",
        label: "CONTAINED",
        text: `by ${entry.payload.by}${because(entry.payload.how)}`,
        atMs: entry.payload.atMs,
      };
    case "incident.resolved":
      return {
        tone: "good",
        label: "RESOLVED",
        text: `by ${entry.payload.by}${because(entry.payload.resolution)}`,
        atMs: entry.payload.atMs,
      };
    case "incident.flag": {
      const { flag, raised, reason, by } = entry.payload;
      const words = flag.replaceAll("-", " ");
      return {
        tone: raised ? "bad" : "info",
        label: "FLAG",
        text: `${raised ? words : `${words}: taken back`} (${by})${because(reason)}`,
      };
    }
    case "incident.blast-radius": {
      const { by, environment, components, reasons } = entry.payload;
      return {
        tone: "warn",
        label: "RADIUS",
        text: `${environment}: ${components.join(", ")}, by ${by}${because(reasons.join("; "))}`,
      };
    }
    case "incident.note":
      return { tone: "note", label: "NOTE", text: entry.payload.text };
    case "incident.pin": {
      const { logGroup, atMs, text } = entry.payload;
      return { tone: "note", label: "LOG", text: `${logGroup} at ${formatUtcTime(atMs)}: ${text}` };
    }
    case "incident.closed": {
      const { mode, heldOpen } = entry.payload;
      const held = heldOpen.length > 0 ? `, not undone: ${heldOpen.join(", ")}` : "";
      const label = { resolved: "CLOSED", handover: "HANDED OVER", suspended: "SUSPENDED" }[mode];
      return { tone: held ? "warn" : "info", label, text: `cockpit closed as ${mode}${held}` };
    }
    default:
      return undefined;
  }
}

function tellBreakGlass(entry: RecordEntry): Told | undefined {
  const label = "BREAK-GLASS";
  switch (entry.kind) {
    case "break-glass.requested": {
      const { by, second, principal, reason, scope } = entry.payload;
      return { tone: "bad", label, text: `${by} asks for ${principal}, with ${second}: ${reason}; scope: ${scope}` };
    }
    case "break-glass.confirmed":
      return { tone: "warn", label, text: `confirmed by ${entry.payload.by} (uid ${entry.payload.uid})` };
    case "break-glass.opened":
      return { tone: "bad", label, text: `in use: calls are made as ${entry.payload.principal}` };
    case "break-glass.ended":
      return { tone: "good", label, text: `ended by ${entry.payload.by}` };
    case "break-glass.documented":
      return { tone: "info", label, text: `actions documented in ${entry.payload.where}, by ${entry.payload.by}` };
    case "break-glass.review":
      return { tone: "info", label, text: `reviewer: ${entry.payload.reviewer}, named by ${entry.payload.by}` };
    default:
      return undefined;
  }
}

function tellObservation(entry: RecordEntry): Told | undefined {
  switch (entry.kind) {
    case "observation.service":
      return observed(entry.payload.service, entry.payload.change);
    case "observation.service-event":
      return { ...observed(entry.payload.service, briefEvent(entry.payload.message)), atMs: entry.payload.eventAtMs };
    case "observation.deployment":
      return observed(entry.payload.service, `deployment ${entry.payload.deployment}: ${entry.payload.change}`);
    case "observation.task-stopped": {
      const { service, task, stoppedAtMs, exitCode, reason, containerReason } = entry.payload;
      const code = exitCode === null ? "" : `, exit code ${exitCode}`;
      const why = containerReason || reason;
      const tone = exitCode === 0 ? "info" : "bad";
      return { ...observed(service, `task ${task} stopped${code}${because(why)}`, tone), atMs: stoppedAtMs };
    }
    case "observation.container": {
      const { service, change, exit } = entry.payload;
      const isBad = exit !== null && (exit.oomKilled === true || (exit.exitCode !== 0 && exit.exitCode !== 143));
      const told = observed(service, change, exit === null ? undefined : isBad ? "bad" : "info");
      return exit === null ? told : { ...told, atMs: exit.atMs };
    }
    case "observation.target": {
      const { target, from, to, reason, description } = entry.payload;
      const detail = [reason, description].filter(Boolean).join(", ");
      const change = from === null ? to : `${from} -> ${to}`;
      return observed(`target ${target}`, `${change}${detail ? ` (${detail})` : ""}`, targetTone(to));
    }
    case "observation.alarm": {
      const { alarm, from, to, atMs, reason } = entry.payload;
      const tone = to === "ALARM" ? "bad" : to === "OK" ? "good" : "warn";
      const change = from === null ? to : `${from} -> ${to}`;
      return { tone, label: "ALARM", text: `${alarm}: ${change}${because(reason)}`, atMs };
    }
    case "observation.logs": {
      const { logGroup, change, sample } = entry.payload;
      return observed(logGroup, sample ? `${change}: ${sample}` : change, "warn");
    }
    case "observation.source": {
      const { source, status, detail } = entry.payload;
      const tone = status === "ok" ? "info" : "warn";
      return { tone, label: "SOURCE", text: `${source}: ${status}${because(detail)}` };
    }
    default:
      return undefined;
  }
}

function tellAction(entry: RecordEntry): Told | undefined {
  switch (entry.kind) {
    case "action.confirmed":
      if (TOLD_BY_MESSAGE.has(entry.payload.actionId)) return undefined;
      return { tone: "action", label: "ACTION", text: `${entry.payload.title}: confirmed by ${entry.payload.by}` };
    case "action.refused":
      return { tone: "warn", label: "REFUSED", text: `${entry.payload.title}${because(entry.payload.reason)}` };
    case "step.outcome": {
      const { title, status, failure, note, before, after } = entry.payload;
      // A finished step with nothing to say is told by its run's end; one that changed something shows what it changed.
      if (status === "done" && !after && !note) return undefined;
      const change = after ? changed(before ?? {}, after) : "";
      const why = failure ? whyAndNext(failure) : [change, note].filter(Boolean).join("; ");
      const tone = status === "done" || status === "already" ? "action" : status === "skipped" ? "warn" : "bad";
      return { tone, label: "STEP", text: `${title}: ${status}${because(why)}` };
    }
    case "step.reconciled": {
      const { title, verdict, detail } = entry.payload;
      const words = {
        happened: "did happen",
        "in-part": "happened in part",
        "did-not-happen": "did not happen",
        "cannot-tell": "cannot tell whether it happened",
      };
      return {
        tone: verdict === "cannot-tell" ? "bad" : "warn",
        label: "IN FLIGHT",
        text: `${title}: ${words[verdict]}${because(detail)}`,
      };
    }
    case "action.finished": {
      const { title, status, actionId, verified } = entry.payload;
      if (TOLD_BY_MESSAGE.has(actionId)) return undefined;
      return {
        tone: status === "done" ? "good" : "bad",
        label: "ACTION",
        text: `${title}: ${RUN_WORDS[status] ?? status}${verified ? " and verified" : ""}`,
      };
    }
    case "guard.broken": {
      const { badge, message, by } = entry.payload;
      return { tone: "bad", label: "GUARD", text: `${badge} no longer holds: ${message}${by ? ` (by ${by})` : ""}` };
    }
    case "guard.restored":
      return { tone: "good", label: "GUARD", text: `${entry.payload.badge} holds again` };
    default:
      return undefined;
  }
}

function tellUpkeep(entry: RecordEntry): Told | undefined {
  switch (entry.kind) {
    case "diagnosis.finished":
      return tellDiagnosis(entry.payload);
    case "session.started":
      return entry.payload.reason === "resume"
        ? { tone: "info", label: "SESSION", text: `resumed on ${entry.payload.host}` }
        : undefined;
    case "session.ended":
      return entry.payload.reason === "exit"
        ? undefined
        : { tone: "warn", label: "SESSION", text: `ended by ${entry.payload.reason}${because(entry.payload.detail)}` };
    case "evidence.stored": {
      const { path, bytes, status, reason } = entry.payload;
      const partial = status === "partial" ? `, partial${because(reason)}` : "";
      return { tone: partial ? "warn" : "info", label: "EVIDENCE", text: `${path} (${bytes} bytes${partial})` };
    }
    case "evidence.sealed": {
      const { digest, artifacts } = entry.payload;
      return { tone: "info", label: "EVIDENCE", text: `manifest over ${artifacts} artifacts, root digest ${digest}` };
    }
    case "evidence.uploaded": {
      const { bucket, place, digest, objects, missing } = entry.payload;
      const partial = missing.length > 0 ? `, NOT all: ${missing[0]}` : `, root digest ${digest}`;
      const tone = missing.length > 0 ? "warn" : "info";
      return { tone, label: "EVIDENCE", text: `${objects.length} files uploaded to s3://${bucket}/${place}${partial}` };
    }
    case "clock.jump":
    case "clock.offset":
      return { tone: "warn", label: "CLOCK", text: entry.payload.detail };
    case "recorder.gap":
      return { tone: "bad", label: "RECORD", text: entry.payload.detail };
    default:
      return undefined;
  }
}

function tellDiagnosis(payload: EntryPayloads["diagnosis.finished"]): Told {
  const { conclusion, verdicts, summary, unknown, checks } = payload;
  const tone = conclusion === "causes" ? "bad" : conclusion === "nothing-wrong" ? "good" : "warn";
  const named = verdicts.map(({ title, certainty }) => `${title} (${certainty})`).join("; ");
  const text =
    conclusion === "causes" ? named : conclusion === "nothing-wrong" ? `${summary} (${checks} checks)` : summary;
  // What could not be read fills a screen; the post-mortem's section of diagnoses names it.
  const things = unknown.length === 1 ? "1 thing" : `${unknown.length} things`;
  const rest = conclusion === "causes" && unknown.length > 0 ? `; ${things} could not be read` : "";
  return { tone, label: "DIAGNOSIS", text: `${text}${rest}` };
}

/** How a run ended, in words: the status of `action.finished`. */
const RUN_WORDS: Record<string, string> = {
  done: "done",
  unverified: "applied, but the promised state did not come in time",
  partial: "done in part",
  failed: "failed",
  refused: "refused",
  cancelled: "cancelled",
};

/** An event of ECS without the service's name in front, which the line begins with, and with short task ids. */
function briefEvent(message: string): string {
  return message.replace(/^\(service [^)]*\) /, "").replace(/\b([0-9a-f]{8})[0-9a-f]{24}\b/g, "$1");
}

/** Characters: what is longer, such as a whole policy, is told by its hash and names, and is whole in the record. */
const LONGEST_VALUE = 160;

/** `label 2 -> 0` for every value that a step changed; a step that only looked has no before, and shows what it saw. */
function changed(before: JsonObject, after: JsonObject): string {
  const show = (value: Json) => (typeof value === "string" ? value : JSON.stringify(value));
  return Object.entries(after)
    .filter(([, value]) => show(value).length <= LONGEST_VALUE)
    .filter(([label, value]) => before[label] === undefined || show(before[label]) !== show(value))
    .map(([label, value]) =>
      before[label] === undefined ? `${label} ${show(value)}` : `${label} ${show(before[label])} -> ${show(value)}`,
    )
    .join(", ");
}

const because = (reason: string) => (reason ? `: ${reason}` : "");

function observed(subject: string, text: string, tone: Told["tone"] = "info"): Told {
  return { tone, label: "OBSERVED", text: `${subject}: ${text}` };
}

function targetTone(state: string): Told["tone"] {
  if (state === "healthy") return "good";
  return state.startsWith("unhealthy") || state === "unavailable" ? "bad" : "info";
}
