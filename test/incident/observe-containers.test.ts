import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { suggestBlastRadius } from "../../src/incident/blast-radius.ts";
import { ObservationMemory } from "../../src/incident/observation-memory.ts";
import { observeContainers } from "../../src/incident/observe-containers.ts";
import type { RecordDraft } from "../../src/record/entries.ts";
import type { ContainerView } from "../../src/state/views.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";

const container = (change: Partial<ContainerView> = {}): ContainerView => ({
  id: "1c37862a5742",
  name: "lakehouse-prod-dagster-daemon-1",
  service: "dagster-daemon",
  project: "lakehouse-prod",
  state: "running",
  health: "healthy",
  image: "lakehouse-dagster:1",
  restartCount: 0,
  restartPolicy: "unless-stopped",
  memoryLimitBytes: 0,
  startedAtMs: NOW_MS - 3_600_000,
  ...change,
});

const KILLED = { atMs: NOW_MS - 60_000, exitCode: 137, oomKilled: true };

/** What is written when these are seen one after the other, each once. */
function seen(...states: ContainerView[][]): RecordDraft[] {
  const memory = new ObservationMemory();
  return states.flatMap((containers) => {
    const drafts: RecordDraft[] = [];
    for (const draft of observeContainers(containers, memory, NOW_MS - 15 * 60_000)) {
      memory.learn(draft);
      drafts.push(draft);
    }
    return drafts;
  });
}

const changes = (drafts: readonly RecordDraft[]) =>
  drafts.map((draft) => (draft.kind === "observation.container" ? draft.payload.change : draft.kind));

describe("observing containers", () => {
  it("that run is no news, once or twice; a health check that starts is none either", () => {
    const starting = [container({ health: "starting" })];
    expect(seen([container()], [container()], starting, [container()])).toEqual([]);
  });

  it("tells a kill once, with what docker says of it, also when the container runs again already", () => {
    const again = container({ restartCount: 1, lastExit: KILLED });
    const drafts = seen([container()], [again], [again]);
    expect(changes(drafts)).toEqual([
      "container lakehouse-prod-dagster-daemon-1 ended with exit code 137 (killed at the memory limit), restart count 1",
    ]);
    expect(drafts[0]).toMatchObject({ payload: { exit: { ...KILLED } } });
  });

  it("leaves out ends of long ago, and tells states and health that change", () => {
    const old = { atMs: NOW_MS - 3 * 3_600_000, exitCode: 1, oomKilled: false };
    expect(seen([container({ lastExit: old })])).toEqual([]);
    const stopped = container({
      state: "exited",
      health: "",
      lastExit: { atMs: NOW_MS, exitCode: 143, oomKilled: false },
    });
    expect(
      changes(
        seen(
          [container()],
          [container({ health: "unhealthy" })],
          [stopped],
          [container({ state: "paused", health: "" })],
        ),
      ),
    ).toEqual([
      "health healthy -> unhealthy",
      "container lakehouse-prod-dagster-daemon-1 ended with exit code 143, state running -> exited",
      "state exited -> paused",
    ]);
  });

  it("tells what it finds that does not run, and what was removed, once", () => {
    const paused = container({ state: "paused", health: "" });
    expect(changes(seen([paused], [], []))).toEqual([
      "container lakehouse-prod-dagster-daemon-1 is paused",
      "container 1c37862a5742 was removed (it was paused)",
    ]);
  });
});

it("Dagster in docker compose belongs to the blast radius by its containers", () => {
  const compose = { project: "lakehouse-prod", services: ["dagster-daemon", "dagster-webserver"] };
  const deployment = { ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"), compose };
  const receivedAt = { atMs: NOW_MS, monotonicMs: 0 };
  const suggested = (value: ContainerView[]) =>
    suggestBlastRadius(
      { ...fixtureState(), containers: { status: "ok", value, receivedAt } },
      deployment,
      [],
      NOW_MS,
    ).find(({ component }) => component === "dagster");
  expect(suggested([container()])).toMatchObject({
    isSuggested: false,
    names: "compose services dagster-daemon, dagster-webserver",
  });
  expect(suggested([container({ state: "restarting", health: "" })])).toMatchObject({
    isSuggested: true,
    reasons: ["container lakehouse-prod-dagster-daemon-1 is restarting"],
  });
});
