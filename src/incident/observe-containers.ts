import type { JsonObject } from "../base/json.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { ContainerExit, ContainerView } from "../state/views.ts";
import type { ObservationMemory } from "./observation-memory.ts";

/**
 * What changed of the containers since the record last spoke of them: states, health, ends. A container that just runs when it is first
 * seen is no news, and neither is an end before `sinceMs` (domain ms).
 */
export function* observeContainers(
  containers: readonly ContainerView[],
  memory: ObservationMemory,
  sinceMs: number,
): Generator<RecordDraft> {
  for (const container of containers) {
    const before = memory.containers.get(container.id);
    const after: JsonObject = {
      service: container.service,
      state: container.state,
      health: container.health,
      endedAtMs: container.lastExit?.atMs ?? null,
    };
    const exit = newExit(container, before, sinceMs);
    const changes = [
      ...(exit ? [exitWords(exit, container)] : []),
      ...(before === undefined ? firstWords(container) : changedWords(before, after)),
    ];
    if (changes.length === 0) memory.containers.set(container.id, after);
    else yield draftOf(container, changes.join(", "), after, exit);
  }
  yield* gone(containers, memory);
}

function draftOf(
  { service, id }: ContainerView,
  change: string,
  after: JsonObject,
  exit: ContainerExit | undefined,
): RecordDraft {
  return {
    kind: "observation.container",
    payload: {
      service,
      container: id,
      change,
      after,
      exit: exit ? { atMs: exit.atMs, exitCode: exit.exitCode ?? null, oomKilled: exit.oomKilled ?? null } : null,
    },
  };
}

function newExit(
  { lastExit }: ContainerView,
  before: JsonObject | undefined,
  sinceMs: number,
): ContainerExit | undefined {
  if (!lastExit || lastExit.atMs < sinceMs || before?.endedAtMs === lastExit.atMs) return undefined;
  return lastExit;
}

function exitWords({ exitCode, oomKilled }: ContainerExit, { name, restartCount }: ContainerView): string {
  const code = exitCode === undefined ? "" : ` with exit code ${exitCode}`;
  const why = oomKilled ? " (killed at the memory limit)" : "";
  return `container ${name} ended${code}${why}${restartCount > 0 ? `, restart count ${restartCount}` : ""}`;
}

const firstWords = ({ name, state, health }: ContainerView): string[] =>
  state === "running" && health !== "unhealthy"
    ? []
    : [`container ${name} is ${health === "unhealthy" ? health : state}`];

/** `starting` comes with every start, and `healthy` after it. */
function changedWords(before: JsonObject, after: JsonObject): string[] {
  if (before.state !== after.state) return [`state ${before.state} -> ${after.state}`];
  const isNews = before.health !== after.health && (after.health === "unhealthy" || before.health === "unhealthy");
  return isNews && after.health !== "" && after.health !== "starting"
    ? [`health ${before.health || "unknown"} -> ${after.health}`]
    : [];
}

/** Containers that were there before and are not any more: somebody removed or recreated them. */
function* gone(containers: readonly ContainerView[], memory: ObservationMemory): Generator<RecordDraft> {
  const present = new Set(containers.map(({ id }) => id));
  for (const [id, before] of memory.containers) {
    if (present.has(id) || before.state === "removed") continue;
    const change = `container ${id} was removed (it was ${before.state})`;
    const payload = {
      service: String(before.service),
      container: id,
      change,
      after: { ...before, state: "removed" },
      exit: null,
    };
    yield { kind: "observation.container", payload };
  }
}
