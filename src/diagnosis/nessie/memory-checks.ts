import type { Finding } from "../check.ts";
import { defineCheck } from "../check.ts";
import { type EcsTask, killedForMemory, revisionName, shortTask } from "../sources/ecs.ts";
import type { LogEnd } from "../sources/logs.ts";
import { highest, since } from "../sources/metrics.ts";
import { count, memory, percent, quote, utc } from "../words.ts";
import { heapOf } from "./heap.ts";
import { nessieLogEnds, nessieTroubles } from "./log-facts.ts";
import { nessieUtilisation } from "./metric-facts.ts";
import { nessieDefinitions, nessieService, nessieTasks } from "./service-facts.ts";

const MINUTE_MS = 60_000;
/** How far back memory is looked at, domain ms. */
const MEMORY_MS = 40 * MINUTE_MS;
/** Tasks that were killed, and errors of the heap, count as going on for this long, domain ms. */
const KILLED_MS = 30 * MINUTE_MS;
const HEAP_ERRORS_MS = 10 * MINUTE_MS;
/** Share of its memory from which a container is close to its limit, percent; and below which it surely was not. */
const CLOSE_PERCENT = 90;
const FAR_PERCENT = 75;

const HEAP_ERROR = /java\.lang\.OutOfMemoryError/;

/** The kernel kills a container at its memory limit: exit code 137 and a reason that names memory, and its log just ends. */
export const killedCheck = defineCheck({
  id: "nessie-killed-for-memory",
  title: "Tasks of Nessie killed at their memory limit",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["container-memory-limit"],
  needs: { service: nessieService, tasks: nessieTasks },
  uses: { definitions: nessieDefinitions, ends: nessieLogEnds },
  judge({ service, tasks }, { nowMs }, { definitions, ends }) {
    const current = definitions.status === "known" ? definitions.value.get(service.taskDefinition) : undefined;
    const killed = tasks.filter((task) => killedForMemory(task) !== undefined);
    // What was killed with less memory than the service has now says nothing of what it has now.
    const before = killed.filter(({ memoryMb }) => (current?.memoryMb ?? 0) > (memoryMb ?? 0));
    const same = killed.filter((task) => !before.includes(task));
    const now = same.filter(({ stoppedAtMs = 0 }) => stoppedAtMs >= nowMs - KILLED_MS);
    const old = same.filter((task) => !now.includes(task));
    const findings: Finding[] = [];
    const [newest] = now;
    if (newest) {
      const size = { memoryMb: newest.memoryMb ?? null, cpu: current?.cpu ?? null };
      findings.push({
        verdict: "container-memory-limit",
        strength: "proves",
        text: `${count(now.length, "task")} of ${revisionName(newest.taskDefinition)} killed: exit 137, ${quote(killedForMemory(newest)?.reason || newest.stoppedReason)}${limit(newest)}; last ${shortTask(newest)} at ${utc(newest.stoppedAtMs ?? 0)}.`,
        details: { cluster: service.cluster, service: service.name, ...size },
      });
      const end = ends.status === "known" ? ends.value.find(({ task }) => task === newest.id) : undefined;
      findings.push(...logEnd(end, newest));
    }
    const [lastOld] = old;
    if (lastOld && now.length === 0) {
      const text = `${count(old.length, "task")} killed for memory, but none in the last half hour (last at ${utc(lastOld.stoppedAtMs ?? 0)}).`;
      findings.push({ verdict: "container-memory-limit", strength: "information", text });
    }
    if (before.length > 0) {
      findings.push({
        verdict: "container-memory-limit",
        strength: "information",
        text: `${count(before.length, "task")} killed for memory with ${memory(before[0]?.memoryMb ?? 0)} before revision ${current?.name ?? ""}, which has ${memory(current?.memoryMb ?? 0)}.`,
      });
    }
    return [...findings, ...killedWithoutReason(tasks)];
  },
});

const limit = ({ memoryMb }: EcsTask) => (memoryMb === undefined ? "" : `, limit ${memory(memoryMb)}`);

/** A process that is killed cannot say so. */
function logEnd(end: LogEnd | undefined, task: EcsTask): Finding[] {
  const last = end?.lines.at(-1);
  if (!end || !last) return [];
  if (end.lines.some(({ text }) => HEAP_ERROR.test(text))) {
    const text = `The log of ${shortTask(task)} has java.lang.OutOfMemoryError before its end.`;
    return [{ verdict: "container-memory-limit", strength: "against", text }];
  }
  const text = `The log of ${shortTask(task)} just ends at ${utc(last.atMs)}, without a Java error: ${quote(last.text, 100)}.`;
  return [{ verdict: "container-memory-limit", strength: "supports", text }];
}

function killedWithoutReason(tasks: readonly EcsTask[]): Finding[] {
  const only = tasks.filter(
    (task) => task.containers.some(({ exitCode }) => exitCode === 137) && killedForMemory(task) === undefined,
  );
  if (only.length === 0) return [];
  const text = `${count(only.length, "task")} ended with exit 137 and no reason that names memory: that is SIGKILL and no more, as ECS sends it when a task does not end in time.`;
  return [{ strength: "information", text }];
}

/** How close the service came to its memory. */
export const memoryCheck = defineCheck({
  id: "nessie-memory-use",
  title: "Memory that Nessie used",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["container-memory-limit"],
  needs: { utilisation: nessieUtilisation, service: nessieService },
  judge({ utilisation, service }, { nowMs }) {
    // Another revision may have another limit: only what was measured since then counts.
    const fromMs = Math.max(nowMs - MEMORY_MS, service.deployments[0]?.createdAtMs ?? 0);
    const peak = highest(since(utilisation.memoryMaximum, fromMs));
    if (!peak) return [{ strength: "information", text: "No memory utilisation was published." }];
    const text = `Memory was at ${percent(peak.value)} at most, at ${utc(peak.atMs)} (the fullest task; since ${utc(fromMs)}).`;
    if (peak.value >= CLOSE_PERCENT) return [{ verdict: "container-memory-limit", strength: "supports", text }];
    if (peak.value < FAR_PERCENT) return [{ verdict: "container-memory-limit", strength: "against", text }];
    return [{ strength: "information", text }];
  },
});

/** The other memory that runs out: the JVM's heap, inside a container that has room. */
export const heapCheck = defineCheck({
  id: "nessie-heap",
  title: "JVM heap errors in Nessie's log",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["jvm-heap"],
  needs: { troubles: nessieTroubles },
  uses: { tasks: nessieTasks, service: nessieService, definitions: nessieDefinitions, utilisation: nessieUtilisation },
  judge({ troubles }, { nowMs, deployment }, { tasks, service, definitions, utilisation }) {
    const current = service.status === "known" ? service.value.taskDefinition : undefined;
    const known = tasks.status === "known" ? tasks.value : [];
    const revisionOf = new Map(known.map(({ id, taskDefinition }) => [id, taskDefinition]));
    const ofCurrent = (task: string) => current === undefined || (revisionOf.get(task) ?? current) === current;
    const errors = troubles.events.filter(({ task, text }) => HEAP_ERROR.test(text) && ofCurrent(task));
    const still = errors.some(({ atMs }) => atMs >= nowMs - HEAP_ERRORS_MS);
    const [first, last] = [errors[0], errors.at(-1)];
    if (!first || !last) return [];
    const definition = definitions.status === "known" ? definitions.value.get(current ?? "") : undefined;
    const heap = definition && heapOf(definition, deployment.nessie?.container);
    const findings: Finding[] = [
      {
        verdict: "jvm-heap",
        strength: still ? "proves" : "information",
        text: `${troubles.whole ? "" : "At least "}${count(errors.length, "line")} with java.lang.OutOfMemoryError from ${utc(first.atMs)} to ${utc(last.atMs)}, in ${count(new Set(errors.map(({ task }) => task)).size, "task")}: ${quote(errorOf(last.text))}.`,
        details: { heapMb: heap?.heapMb ?? null, memoryMb: definition?.memoryMb ?? null },
      },
    ];
    if (!still) return findings;
    const exits = known.filter(
      (task) => ofCurrent(task.id) && task.containers.some(({ exitCode, reason }) => exitCode === 3 && reason === ""),
    );
    if (exits.length > 0) {
      const text = `${count(exits.length, "task")} ended with exit 3 and no reason of ECS's: a JVM that was told to exit on an OutOfMemoryError does so.`;
      findings.push({ verdict: "jvm-heap", strength: "supports", text });
    }
    const peak =
      utilisation.status === "known" ? highest(since(utilisation.value.memoryMaximum, nowMs - MEMORY_MS)) : undefined;
    if (peak && peak.value < CLOSE_PERCENT) {
      const text = `The container had memory left: ${percent(peak.value)} at most.`;
      findings.push({ verdict: "jvm-heap", strength: "supports", text });
    }
    if (heap) {
      const text = `${heap.because} of ${definition.name}: the heap may have ${memory(heap.heapMb)} of the container's ${memory(heap.memoryMb)}.`;
      findings.push({ verdict: "jvm-heap", strength: "information", text });
    }
    return findings;
  },
});

/** The error itself, without the line's time and thread. */
const errorOf = (text: string) => text.slice(Math.max(0, text.search(HEAP_ERROR)));
