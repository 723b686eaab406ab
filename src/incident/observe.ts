import type { JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { Source } from "../state/source.ts";
import type { CockpitState, SourceName } from "../state/store.ts";
import type { AlarmView, ServiceView, TargetGroupView, TaskView } from "../state/views.ts";
import { deploymentKey, eventKey, type ObservationMemory, targetKey } from "./observation-memory.ts";
import { observeContainers } from "./observe-containers.ts";

/** Events and stopped tasks older than this before the declaration belong to another story. */
const LOOK_BACK_MS = 15 * 60_000;

/**
 * What changed in the world since the record last spoke of it, as drafts in the order of cause: alarms' own times are kept, the
 * rest counts as seen now. Pure but for `memory`, which learns each draft at once, so that nothing is written twice.
 */
export function observe(state: CockpitState, memory: ObservationMemory): RecordDraft[] {
  const sinceMs = state.incident.declaredAtMs - LOOK_BACK_MS;
  const drafts: RecordDraft[] = [];
  const emit = (draft: RecordDraft) => {
    memory.learn(draft);
    drafts.push(draft);
  };
  if (state.services.status === "ok") {
    for (const service of state.services.value) observeService(service, memory, sinceMs, emit);
  }
  if (state.containers.status === "ok")
    for (const draft of observeContainers(state.containers.value, memory, sinceMs)) emit(draft);
  if (state.targets.status === "ok") for (const group of state.targets.value) observeTargets(group, memory, emit);
  if (state.alarms.status === "ok") for (const alarm of state.alarms.value) observeAlarm(alarm, memory, emit);
  for (const name of SOURCES) observeSource(name, state[name], memory, emit);
  return drafts;
}

const SOURCES: SourceName[] = ["services", "containers", "targets", "alarms", "metrics", "logs"];
type Emit = (draft: RecordDraft) => void;

function observeService(service: ServiceView, memory: ObservationMemory, sinceMs: number, emit: Emit): void {
  const before = memory.services.get(service.name) ?? null;
  const after: JsonObject = { desired: service.desired, running: service.running, pending: service.pending };
  if (service.scaling) {
    const { dynamicScalingIn, dynamicScalingOut, scheduledScaling } = service.scaling.suspended;
    after.scaling = `${service.scaling.min}-${service.scaling.max}`;
    after.suspended = dynamicScalingIn && dynamicScalingOut && scheduledScaling;
  } else if (service.scaling === undefined && before?.scaling !== undefined) {
    // Scaling could not be read this time: that is not a change of it.
    after.scaling = before.scaling;
    after.suspended = before.suspended ?? false;
  }
  const change = describeChange(before, after);
  if (change === "") memory.services.set(service.name, after);
  else emit({ kind: "observation.service", payload: { service: service.name, change, before, after } });

  for (const deployment of service.deployments) {
    const state = `${deployment.taskDefinition} ${deployment.status} ${deployment.rolloutState}`.trim();
    const key = deploymentKey(service.name, deployment.id);
    const known = memory.deployments.get(key);
    // The rollout that was complete before anyone looked is no news.
    const settled = known === undefined && deployment.rolloutState === "COMPLETED" && deployment.createdAtMs < sinceMs;
    if (known === state) continue;
    if (settled) memory.deployments.set(key, state);
    else
      emit({
        kind: "observation.deployment",
        payload: { service: service.name, deployment: deployment.id, change: state },
      });
  }
  for (const task of service.tasks) observeTask(service.name, task, memory, sinceMs, emit);
  for (const event of [...service.events].reverse()) {
    if (event.atMs < sinceMs || memory.serviceEvents.has(eventKey(service.name, event.atMs, event.message))) continue;
    emit({
      kind: "observation.service-event",
      payload: { service: service.name, eventAtMs: event.atMs, message: event.message },
    });
  }
}

function describeChange(before: JsonObject | null, after: JsonObject): string {
  if (!before) return `running ${after.running} of ${after.desired} desired`;
  // What was not known before is learned, not changed: scaling is read after the counts.
  return Object.keys(before)
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key} ${before[key] ?? "none"} -> ${after[key] ?? "none"}`)
    .join(", ");
}

function observeTask(service: string, task: TaskView, memory: ObservationMemory, sinceMs: number, emit: Emit): void {
  if (task.lastStatus !== "STOPPED" || memory.stoppedTasks.has(task.id)) return;
  const stoppedAtMs = task.stoppedAtMs ?? 0;
  if (stoppedAtMs < sinceMs) return;
  const container =
    task.containers.find((candidate) => candidate.exitCode !== undefined && candidate.exitCode !== 0) ??
    task.containers[0];
  emit({
    kind: "observation.task-stopped",
    payload: {
      service,
      task: task.id,
      stoppedAtMs,
      exitCode: container?.exitCode ?? null,
      stopCode: task.stopCode ?? "",
      reason: task.stoppedReason ?? "",
      containerReason: container?.reason ?? "",
    },
  });
}

function observeTargets(group: TargetGroupView, memory: ObservationMemory, emit: Emit): void {
  const present = new Set<string>();
  for (const target of group.targets) {
    const name = `${target.id}:${target.port}`;
    const key = targetKey(group.name, name);
    present.add(key);
    const from = memory.targets.get(key) ?? null;
    if (from === target.state) continue;
    if (from === null && target.state === "healthy") {
      memory.targets.set(key, "healthy");
      continue;
    }
    emit({
      kind: "observation.target",
      payload: {
        targetGroup: group.name,
        target: name,
        from,
        to: target.state,
        reason: target.reason ?? "",
        description: target.description ?? "",
      },
    });
  }
  for (const [key, from] of [...memory.targets]) {
    if (!key.startsWith(`${group.name} `) || present.has(key) || from === "gone") continue;
    const target = key.slice(group.name.length + 1);
    emit({
      kind: "observation.target",
      payload: { targetGroup: group.name, target, from, to: "gone", reason: "", description: "no longer registered" },
    });
  }
}

function observeAlarm(alarm: AlarmView, memory: ObservationMemory, emit: Emit): void {
  const from = memory.alarms.get(alarm.name) ?? null;
  if (from === alarm.state) return;
  if (from === null && alarm.state !== "ALARM") {
    memory.alarms.set(alarm.name, alarm.state);
    return;
  }
  emit({
    kind: "observation.alarm",
    payload: { alarm: alarm.name, from, to: alarm.state, atMs: alarm.sinceMs, reason: alarm.reason },
  });
}

function observeSource(name: SourceName, source: Source<unknown>, memory: ObservationMemory, emit: Emit): void {
  if (source.status === "loading") return;
  const from = memory.sources.get(name);
  if (from === source.status) return;
  if (from === undefined && (source.status === "ok" || source.status === "absent")) {
    memory.sources.set(name, source.status);
    return;
  }
  const detail =
    "failure" in source
      ? `${source.failure.why} ${source.failure.missingPermission ? `(needs ${source.failure.missingPermission})` : ""}`.trim()
      : "";
  emit({ kind: "observation.source", payload: { source: name, status: source.status, detail } });
}

/** An alarm that has been on for longer than this before the declaration did not detect this incident. */
const DETECTION_WINDOW_MS = 4 * 3_600_000;

/**
 * When and by what the incident was detected: the earliest ALARM transition among the deployment's alarms, not counting target
 * tracking's own (its scale-in alarm is in ALARM on a quiet day). Undefined while there is none.
 */
export function detection(state: CockpitState): { detectedAtMs: number; by: string } | undefined {
  if (state.incident.detectedAtMs !== undefined || state.alarms.status !== "ok") return undefined;
  const earliest = state.alarms.value
    .filter((alarm) => alarm.state === "ALARM" && !alarm.name.startsWith("TargetTracking-"))
    .filter((alarm) => alarm.sinceMs >= state.incident.declaredAtMs - DETECTION_WINDOW_MS)
    .sort((a, b) => a.sinceMs - b.sinceMs)[0];
  return earliest && { detectedAtMs: earliest.sinceMs, by: earliest.name };
}
