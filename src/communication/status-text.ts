import { formatAge, formatClock, formatUtc } from "../base/duration.ts";
import { sanitizeLine, wrapWords } from "../base/text.ts";
import { inline } from "../postmortem/markdown.ts";
import { ABOUT_WORDS, brief } from "../record/timeline-communication.ts";
import { conditionLines } from "./observed.ts";
import type { IncidentStatus } from "./status.ts";

/** One part of the status: a heading with its lines. */
interface Section {
  heading: string;
  lines: string[];
}

const dateTime = (atMs: number) => `${formatUtc(atMs).slice(0, 16).replace("T", " ")} UTC`;
const time = (atMs: number) => `${formatUtc(atMs).slice(11, 16)} UTC`;

/**
 * The status for a terminal of so many columns; without a number lines are as long as they are. Every line is sanitised: a record may
 * come from anybody. Ends with a line break.
 */
export function statusText(status: IncidentStatus, columns = Number.POSITIVE_INFINITY): string {
  const sections = sectionsOf(status).map(
    ({ heading, lines }) => `${heading}\n${lines.map((line) => paragraph(sanitizeLine(line), columns)).join("")}`,
  );
  return `${sanitizeLine(titleOf(status))}\n\n${sections.join("\n")}`;
}

/** One line below a heading; what does not fit goes on further in. */
function paragraph(line: string, columns: number): string {
  const wrapped = columns === Number.POSITIVE_INFINITY ? [line] : wrapWords(line, Math.max(20, columns - 4));
  return wrapped.map((part, index) => `${index === 0 ? "  " : "    "}${part}\n`).join("");
}

/** The status as Markdown, which shows the record's text and never takes it for markup. */
export function statusMarkdown(status: IncidentStatus): string {
  const sections = sectionsOf(status).flatMap(({ heading, lines }) => [
    "",
    `## ${heading}`,
    "",
    ...lines.map((line) => `- ${inline(line)}`),
  ]);
  return `# ${inline(titleOf(status))}\n${sections.join("\n")}\n`;
}

/** What somebody who takes over has to read: the status, and how to get in. */
export function handoverMarkdown(status: IncidentStatus): string {
  const open = [
    ...status.heldOpen.map(({ title, badge }) => `In place and not undone: ${title}${badge ? ` (${badge})` : ""}`),
    ...status.inFlight.map(({ title }) => `In flight, nobody knows whether it happened: ${title}`),
    ...status.escalation
      .filter((item) => ["due", "proposed", "late"].includes(item.status))
      .map(({ level, why }) => `Escalation ${level} waits for an answer: ${why}`),
    ...unsent(status).map(({ about, atMs }) => `Message that reached nobody: ${aboutWords(about)}, ${time(atMs)}`),
    ...(status.contained ? [] : ["The incident is not contained"]),
    ...(status.acknowledged ? [] : ["Nobody has acknowledged it"]),
  ];
  return [
    statusMarkdown(status).trimEnd(),
    "",
    "## For whoever takes over",
    "",
    ...(open.length > 0 ? open : ["Nothing waits."]).map((line) => `- ${inline(line)}`),
    "",
    `Go on with \`mayday resume ${status.id.replaceAll("`", "")}\`. Written ${dateTime(status.nowMs)} from ${status.throughSeq} entries of the record.`,
    "",
  ].join("\n");
}

function titleOf({ severity, title, simulated }: IncidentStatus): string {
  return `${simulated ? "SIMULATED " : ""}${severity} ${title}`;
}

function sectionsOf(status: IncidentStatus): Section[] {
  const sections: Section[] = [
    { heading: "Incident", lines: incidentLines(status) },
    { heading: "State", lines: stateLines(status) },
    { heading: "What is red", lines: redLines(status) },
    { heading: "Newest diagnosis", lines: diagnosisLines(status) },
    {
      heading: "In place and not undone",
      lines:
        status.heldOpen.length === 0
          ? ["nothing"]
          : status.heldOpen.map(
              ({ title, badge, sinceMs, broken, brokenBy }) =>
                `${title}${badge ? ` (${badge})` : ""}, since ${time(sinceMs)}${broken ? `; NO LONGER HOLDS: ${broken}${brokenBy ? `, by ${brokenBy}` : ""}` : ""}`,
            ),
    },
    { heading: "Escalation", lines: escalationLines(status) },
    { heading: "Messages", lines: messageLines(status) },
    {
      heading: "Newest on the timeline",
      lines: status.timeline.map((line) => `${time(line.atMs)} ${line.label} ${line.text}`),
    },
  ];
  const inFlight = status.inFlight.map(
    ({ title, sinceMs }) => `${title}, since ${time(sinceMs)}: nothing was heard of it`,
  );
  if (inFlight.length > 0) sections.splice(5, 0, { heading: "In flight", lines: inFlight });
  return sections;
}

function incidentLines(status: IncidentStatus): string[] {
  const { id, project, environment, region, accountId, onCall, people, channel } = status;
  return [
    `id: ${id}`,
    `lakehouse: ${project} ${environment}, ${region}${accountId ? `, account ${accountId}` : ""}`,
    `on call: ${onCall || "not known"}`,
    ...people.map(({ user, host, caller }) => `worked on by: ${user} on ${host} as ${caller}`),
    ...(channel ? [`channel: #${channel}`] : []),
  ];
}

function stateLines(status: IncidentStatus): string[] {
  const { phase, elapsedMs, detected, declaredAtMs, acknowledged, contained, resolved, closed, flags } = status;
  return [
    `${phase === "open" ? "NOT contained" : phase}, T+${formatClock(elapsedMs)} since ${detected && detected.atMs <= declaredAtMs ? "detection" : "declaration"}`,
    ...(flags.length > 0 ? [flags.join(", ").toUpperCase()] : []),
    `detected: ${detected ? `${dateTime(detected.atMs)} by ${detected.by}` : "no alarm was accepted as the detection"}`,
    `declared: ${dateTime(declaredAtMs)}`,
    `acknowledged: ${acknowledged ? `${dateTime(acknowledged.atMs)} by ${acknowledged.by}` : "no"}`,
    `contained: ${contained ? `${dateTime(contained.atMs)} by ${contained.by}${contained.how ? `, ${contained.how}` : ""}` : "no"}`,
    `resolved: ${resolved ? `${dateTime(resolved.atMs)} by ${resolved.by}: ${resolved.resolution}` : "no"}`,
    ...(closed ? [`cockpit closed as ${closed.mode}: ${dateTime(closed.atMs)}`] : []),
  ];
}

function redLines({ conditions, observedAtMs, nowMs }: IncidentStatus): string[] {
  if (observedAtMs === undefined) return ["nothing has been observed"];
  const age = `as observed at ${time(observedAtMs)}, ${formatAge(nowMs - observedAtMs)} ago`;
  return [...conditionLines(conditions), age];
}

function diagnosisLines({ diagnosis }: IncidentStatus): string[] {
  if (!diagnosis) return ["none was asked"];
  const { atMs, title, summary, verdicts } = diagnosis;
  const found = verdicts.map(
    ({ title: verdict, certainty, why }) => `${verdict} (${certainty})${why === undefined ? "" : `: ${why}`}`,
  );
  return [...(found.length > 0 ? found : [summary]), `asked at ${time(atMs)}: ${title}`];
}

function escalationLines({ escalation, nowMs }: IncidentStatus): string[] {
  return escalation.map(({ level, role, why, status, dueAtMs, answer }) => {
    const who = `${level} ${role}`;
    if (answer) return `${who}: ${answer.kind} at ${time(answer.atMs)} by ${answer.by}: ${answer.detail}`;
    if (status === "not-needed") return `${who}: not needed`;
    if (status === "waiting") return `${who}: in ${formatClock(dueAtMs - nowMs)}, at ${time(dueAtMs)}`;
    return `${who}: ${status === "late" ? "LATE" : "DUE"} since ${time(dueAtMs)} (${why}), nobody has answered`;
  });
}

const aboutWords = (about: string) => ABOUT_WORDS[about as keyof typeof ABOUT_WORDS] ?? about;

/** Of each kind of message the newest one, where nobody has got it. */
function unsent({ messages }: IncidentStatus): IncidentStatus["messages"] {
  const newest = new Map(messages.map((message) => [message.about, message]));
  return [...newest.values()].filter(({ status }) => status === "failed");
}

function messageLines({ messages, updates, nowMs }: IncidentStatus): string[] {
  const { due, onTime, nextDueAtMs } = updates;
  const overdue = nextDueAtMs !== undefined && nextDueAtMs < nowMs;
  return [
    ...messages.map(({ atMs, about, status, to, text }) => {
      const where = to.length > 0 ? ` to ${to.join(", ")}` : "";
      return `${time(atMs)} ${aboutWords(about)} ${status}${where}${text ? `: ${brief(text)}` : ""}`;
    }),
    `status updates on time: ${onTime} of ${due}`,
    ...(nextDueAtMs === undefined ? [] : [`next update: ${overdue ? "OVERDUE since" : "by"} ${time(nextDueAtMs)}`]),
  ];
}
