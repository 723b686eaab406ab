import type { Finding, Scope } from "../check.ts";
import type { VerdictId } from "../verdict-ids.ts";
import { count, quote, utc, utcDay } from "../words.ts";
import {
  type EcsDeployment,
  type EcsService,
  type EcsTask,
  failedContainer,
  killedForMemory,
  revisionName,
  shortTask,
  type TaskDefinition,
} from "./ecs.ts";
import type { LogEnd } from "./logs.ts";
import { member, type TrailEvent, textAt } from "./trail.ts";

const MINUTE_MS = 60_000;
/** A deployment that began this long ago, or less, may be what went wrong, domain ms. */
const RECENT_DEPLOYMENT_MS = 24 * 60 * MINUTE_MS;
/** So many ends within half an hour are a loop. */
const LOOP_TASKS = 2;
const LOOP_MS = 30 * MINUTE_MS;

/** What is known beside service and tasks. */
export interface RolloutFacts {
  definitions: ReadonlyMap<string, TaskDefinition>;
  changes: readonly TrailEvent[];
  ends: readonly LogEnd[];
}

/** A task of this service that failed of itself: it never ran, or it ended by itself. */
const failedTask = (task: EcsTask): boolean =>
  task.stopCode === "TaskFailedToStart" || failedContainer(task) !== undefined;

/** A rollout that fails: tasks of the newest deployment's revision fail, those of the one before did not. */
export function rolloutFindings(
  verdict: VerdictId,
  service: EcsService,
  tasks: readonly EcsTask[],
  { nowMs }: Scope,
  { definitions, changes, ends }: RolloutFacts,
): Finding[] {
  const [newest, ...older] = service.deployments;
  if (!newest || service.desired === 0) return [];
  const revision = revisionName(newest.taskDefinition);
  const ofNewest = tasks.filter((task) => task.deployment === newest.id);
  const failed = ofNewest.filter(failedTask);
  const previous = previousRevision(service, newest, older, tasks, definitions);
  const details = {
    cluster: service.cluster,
    service: service.name,
    badRevision: newest.taskDefinition,
    previousRevision: previous ?? null,
  };
  const findings: Finding[] = [];
  if (newest.rolloutState === "FAILED") {
    const text = `The rollout of ${revision} failed: ${quote(newest.rolloutReason)}.`;
    findings.push({ verdict, strength: "proves", text, details });
  }
  const recent = nowMs - newest.createdAtMs <= RECENT_DEPLOYMENT_MS;
  const changed =
    older.some(({ taskDefinition }) => taskDefinition !== newest.taskDefinition) || previous !== undefined;
  const stuck = newest.rolloutState === "IN_PROGRESS";
  if (failed.length > 0 && recent && changed && (stuck || ofNewest.every(failedTask))) {
    findings.push({ verdict, strength: "proves", text: failedText(newest, failed, service), details });
    const end = ends.find(({ task }) => failed.some(({ id }) => id === task));
    const line = end && errorLine(end);
    if (line) findings.push({ verdict, strength: "information", text: `Its log ends with ${quote(line)}.` });
    const steady = tasks.filter((task) => task.deployment !== newest.id && task.lastStatus === "RUNNING");
    if (steady.length > 0) {
      const names = [...new Set(steady.map(({ taskDefinition }) => revisionName(taskDefinition)))].join(", ");
      const text = `${count(steady.length, "task")} of ${names} still run${steady.length === 1 ? "s" : ""} and serve${steady.length === 1 ? "s" : ""}.`;
      findings.push({ verdict, strength: "supports", text });
    }
    const difference = differenceText(definitions.get(previous ?? ""), definitions.get(newest.taskDefinition));
    if (difference) findings.push({ verdict, strength: "information", text: difference });
  }
  if (findings.length > 0) {
    const change = changes.find(({ input }) => textAt(input, "taskDefinition") !== "");
    if (change) {
      const text = `${change.by} deployed it at ${utc(change.atMs)} (CloudTrail UpdateService).`;
      findings.push({ verdict, strength: "information", text });
    }
    if (!service.circuitBreaker) {
      const text = "The service has no deployment circuit breaker: ECS goes on trying until somebody acts.";
      findings.push({ verdict, strength: "information", text });
    }
    return findings;
  }
  const state = `${revision}, ${newest.rolloutState.toLowerCase().replace("_", " ")} since ${utcDay(newest.createdAtMs)}`;
  return [
    { strength: "information", text: `The newest deployment is ${state}, without tasks that failed of themselves.` },
  ];
}

function failedText(newest: EcsDeployment, failed: readonly EcsTask[], service: EcsService): string {
  const [last] = failed;
  const container = last && failedContainer(last);
  const how =
    container === undefined
      ? quote(last?.stoppedReason ?? "")
      : `exit ${container.exitCode}${container.reason ? `, ${quote(container.reason)}` : ""}`;
  return `${count(failed.length, "task")} of ${revisionName(newest.taskDefinition)}, deployed at ${utc(newest.createdAtMs)}, failed (last at ${utc(last?.stoppedAtMs ?? 0)}: ${how}); ${newest.running} of ${service.desired} run.`;
}

/** The revision that worked before: an older deployment's, that of tasks of other deployments, or the one before in its family. */
function previousRevision(
  service: EcsService,
  newest: EcsDeployment,
  older: readonly EcsDeployment[],
  tasks: readonly EcsTask[],
  definitions: ReadonlyMap<string, TaskDefinition>,
): string | undefined {
  const others = [
    ...older.map(({ taskDefinition }) => taskDefinition),
    ...tasks.filter((task) => task.deployment !== newest.id).map(({ taskDefinition }) => taskDefinition),
  ];
  const used = others.find((arn) => arn !== newest.taskDefinition);
  if (used) return used;
  const definition = definitions.get(service.taskDefinition);
  if (!definition || definition.revision < 2 || service.deployments.length < 2) return undefined;
  return definition.arn.replace(/:\d+$/, `:${definition.revision - 1}`);
}

/** What differs between two revisions: images and sizes with their values, variables by their names alone (values may be secrets). */
export function differenceText(before: TaskDefinition | undefined, after: TaskDefinition | undefined): string {
  if (!before || !after) return "";
  const parts: string[] = [];
  if (before.memoryMb !== after.memoryMb) parts.push(`memory ${before.memoryMb} to ${after.memoryMb} MB`);
  if (before.cpu !== after.cpu) parts.push(`CPU ${before.cpu} to ${after.cpu} units`);
  for (const container of after.containers) {
    const old = before.containers.find(({ name }) => name === container.name);
    if (!old) {
      parts.push(`container ${container.name} is new`);
      continue;
    }
    if (old.image !== container.image) parts.push(`image ${old.image} to ${container.image}`);
    const names = [...new Set([...Object.keys(old.environment), ...Object.keys(container.environment)])];
    const changed = names.filter((name) => old.environment[name] !== container.environment[name]);
    if (changed.length > 0) parts.push(`variables ${changed.join(", ")}`);
  }
  return parts.length === 0 ? "" : `From ${before.name} to ${after.name}: ${parts.join("; ")}.`;
}

/** The line of a log's end that says what went wrong: the last with an error, or the last at all. */
export function errorLine({ lines }: LogEnd): string | undefined {
  const named = lines.findLast(({ text }) => /\b[\w.]*(?:Error|Exception)\b[:\s]|failed to|Failed to/.test(text));
  return (named ?? lines.at(-1))?.text;
}

/** A service that is asked for no task at all, and by whom. */
export function zeroFindings(
  verdict: VerdictId,
  service: EcsService,
  changes: readonly TrailEvent[],
  { held }: Scope,
): Finding[] {
  if (service.desired > 0) {
    const pending = service.pending > 0 ? `, ${service.pending} pending` : "";
    return [{ strength: "information", text: `${service.running} of ${service.desired} tasks run${pending}.` }];
  }
  const change = changes.find(({ input }) => member(input, "desiredCount") === 0);
  const by = change ? `, by ${change.by} at ${utc(change.atMs)} (CloudTrail UpdateService)` : "";
  const before = changes
    .map(({ input }) => member(input, "desiredCount"))
    .find((value) => typeof value === "number" && value > 0);
  const resource = `service ${service.name} in cluster ${service.cluster}`;
  const ours = held.find(({ badge, resources }) => badge !== "" && resources.includes(resource));
  const whose = ours ? ` It is our own containment: ${ours.title}.` : "";
  return [
    {
      verdict,
      strength: "proves",
      text: `Service ${service.name} is asked for 0 tasks${by}.${whose}`,
      details: {
        cluster: service.cluster,
        service: service.name,
        desiredBefore: typeof before === "number" ? before : null,
        ours: ours !== undefined,
      },
    },
  ];
}

/** What ECS says when a task cannot start (Amazon ECS developer guide, stopped task error messages). */
const CANNOT_START =
  /CannotPull|ResourceInitializationError|CannotStartContainer|CannotCreateContainer|AccessDenied|UnableToAssumeRole|cannot assume role/i;

/** Tasks that never ran because of their image, their secrets or their roles. */
export function startFailureFindings(verdict: VerdictId, service: EcsService, tasks: readonly EcsTask[]): Finding[] {
  const reasonOf = (task: EcsTask) =>
    [task.stoppedReason, ...task.containers.map(({ reason }) => reason)].find((text) => CANNOT_START.test(text));
  const failed = tasks.filter(
    (task) => task.service === service.name && task.stoppedAtMs !== undefined && task.startedAtMs === undefined,
  );
  const named = failed.filter((task) => reasonOf(task) !== undefined);
  const [last] = named;
  const events = service.events.filter(({ message }) => CANNOT_START.test(message));
  const findings: Finding[] = [];
  if (last) {
    const current = last.taskDefinition === service.taskDefinition;
    const text = `${count(named.length, "task")} of ${revisionName(last.taskDefinition)} could not start, last ${shortTask(last)} at ${utc(last.stoppedAtMs ?? 0)}: ${quote(reasonOf(last) ?? "")}.`;
    findings.push(current ? { verdict, strength: "proves", text } : { strength: "information", text });
  }
  const [event] = events;
  if (event) {
    findings.push({ verdict, strength: "supports", text: `ECS said at ${utc(event.atMs)}: ${quote(event.message)}.` });
  }
  return findings;
}

/** Tasks that end by themselves, one after another. Why they do is what other checks find out. */
export function crashLoopFindings(
  verdict: VerdictId,
  service: EcsService,
  tasks: readonly EcsTask[],
  ends: readonly LogEnd[],
  { nowMs }: Scope,
): Finding[] {
  const ended = tasks.filter(
    (task) =>
      task.service === service.name &&
      failedContainer(task) !== undefined &&
      task.taskDefinition === service.taskDefinition &&
      (task.stoppedAtMs ?? 0) >= nowMs - LOOP_MS,
  );
  const [last] = ended;
  if (!last) return [];
  const codes = [...new Set(ended.map((task) => failedContainer(task)?.exitCode))].join(", ");
  const end = ends.find(({ task }) => task === last.id);
  const line = end && errorLine(end);
  const word = line && !killedForMemory(last) ? `; its log ends with ${quote(line)}` : "";
  const text = `${count(ended.length, "task")} ended by ${ended.length === 1 ? "itself" : "themselves"} in the last half hour (exit ${codes}), last ${shortTask(last)} at ${utc(last.stoppedAtMs ?? 0)}${word}.`;
  return [{ verdict, strength: ended.length >= LOOP_TASKS ? "proves" : "supports", text }];
}
