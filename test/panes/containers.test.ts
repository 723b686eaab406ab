import { describe, expect, it } from "vitest";
import { containerCondition } from "../../src/panes/containers.ts";
import { ecsPane } from "../../src/panes/ecs.ts";
import { plainText, rowWidth } from "../../src/panes/line.ts";
import { createTheme } from "../../src/panes/theme.ts";
import type { Source } from "../../src/state/source.ts";
import type { CockpitState } from "../../src/state/store.ts";
import type { ContainerView } from "../../src/state/views.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";

const MINUTE_MS = 60_000;

const container = (change: Partial<ContainerView> = {}): ContainerView => ({
  id: "1c37862a5742",
  name: "lakehouse-prod-dagster-daemon-1",
  service: "dagster-daemon",
  project: "lakehouse-prod",
  state: "running",
  health: "healthy",
  image: "registry.example/lakehouse-dagster:2026.45.1",
  restartCount: 0,
  restartPolicy: "unless-stopped",
  memoryLimitBytes: 2 * 1024 ** 3,
  startedAtMs: NOW_MS - 60 * MINUTE_MS,
  ...change,
});

const KILLED = { atMs: NOW_MS - MINUTE_MS, exitCode: 137, oomKilled: true };

describe("a container's condition", () => {
  it.each<[string, Partial<ContainerView>, string, string]>([
    ["all well", {}, "running, healthy", "good"],
    ["without a health check", { health: "" }, "running", "good"],
    ["failing its health check", { health: "unhealthy" }, "unhealthy", "bad"],
    ["starting", { health: "starting" }, "starting", "warn"],
    [
      "back from a kill a minute ago",
      { restartCount: 3, lastExit: KILLED, startedAtMs: NOW_MS - MINUTE_MS },
      "up again after 137 OOM",
      "bad",
    ],
    [
      "back from one that docker has forgotten",
      { restartCount: 1, lastExit: { atMs: 0 }, startedAtMs: NOW_MS - MINUTE_MS },
      "up again after an unknown exit",
      "bad",
    ],
    ["back from a kill an hour ago", { restartCount: 3, lastExit: KILLED }, "running, healthy", "good"],
    [
      "started by hand after a stop",
      { lastExit: { atMs: 0, exitCode: 143 }, startedAtMs: NOW_MS },
      "running, healthy",
      "good",
    ],
    ["between two lives", { state: "restarting", health: "", lastExit: KILLED }, "RESTARTING after 137 OOM", "bad"],
    ["paused", { state: "paused", health: "" }, "paused", "warn"],
    [
      "stopped by hand",
      { state: "exited", health: "", lastExit: { atMs: 0, exitCode: 143, oomKilled: false } },
      "stopped",
      "warn",
    ],
    [
      "ended by itself",
      { state: "exited", health: "", lastExit: { atMs: 0, exitCode: 1, oomKilled: false } },
      "EXITED 1",
      "bad",
    ],
    ["never started", { state: "created", health: "" }, "never started", "warn"],
    ["in a state that nobody knows", { state: "dead", health: "" }, "dead", "bad"],
  ])("%s", (_name, change, text, token) => {
    expect(containerCondition(container(change), NOW_MS)).toEqual({ text, token });
  });
});

/** The pane's rows at 78 columns: as text, and the meanings that they are coloured by. */
function drawn(containers: Source<ContainerView[]>, change: Partial<CockpitState> = {}) {
  const { rows } = ecsPane.view(
    { ...fixtureState(), containers, ...change },
    {
      width: 78,
      height: 40,
      nowMs: NOW_MS,
      monotonicMs: 0,
      theme: createTheme({ colour: true, ascii: false }),
      zone: "utc",
      wrap: true,
      roomy: false,
      zoomed: false,
    },
  );
  return { rows, text: rows.map(plainText).join("\n"), tokens: rows.flatMap((row) => row.map(({ token }) => token)) };
}

const NO_ECS = { services: { status: "absent", reason: "A Glue lakehouse has no ECS." } } as const;

const fresh = (value: ContainerView[]): Source<ContainerView[]> => ({
  status: "ok",
  value,
  receivedAt: { atMs: NOW_MS, monotonicMs: 0 },
});

describe("pane 1 with containers", () => {
  it("shows them under the services: condition, memory, restarts, how each ended", () => {
    const killed = container({ restartCount: 3, lastExit: KILLED, startedAtMs: NOW_MS - MINUTE_MS });
    const { text, rows } = drawn(fresh([killed, container({ service: "dagster-webserver", name: "w" })]));
    expect(text).toMatch(/nessie +\d\/\d/);
    expect(text).toMatch(/dagster-daemon +1\/1 up again after 137 OOM/);
    expect(text).toMatch(/dagster-webserver +1\/1 running, healthy/);
    expect(text).toMatch(/dagster-daemon-1 {2}lakehouse-dagster:2026\.45\.1 {2}2 GiB/);
    expect(text).toMatch(/restarted 3 times/);
    expect(text).toMatch(/137 OOM-killed \(container memory\)/);
    expect(Math.max(...rows.map(rowWidth))).toBeLessThanOrEqual(78);
  });

  it("stands alone where there is no ECS", () => {
    const { text } = drawn(fresh([container()]), NO_ECS);
    expect(text).not.toContain("A Glue lakehouse");
    expect(text).toMatch(/dagster-daemon +1\/1 running, healthy/);
  });

  it("unknown is never green: old values lose their colours, and the reason is said", () => {
    const failure = {
      kind: "denied" as const,
      what: "docker:ComposePs",
      why: "this user may not use docker's socket",
      next: "Log in as a user of the group docker.",
    };
    const value = [container()];
    const receivedAt = { atMs: NOW_MS, monotonicMs: 0 };
    const denied = drawn({ status: "denied", failure, value, receivedAt }, NO_ECS);
    expect(denied.text).toContain("may not use docker's socket");
    expect(denied.text).toContain("group docker");
    expect(denied.tokens).not.toContain("good");
    expect(drawn(fresh(value), NO_ECS).tokens).toContain("good");
    const attention = (containers: Source<ContainerView[]>) =>
      ecsPane.attention({ ...fixtureState(), ...NO_ECS, containers }, 0);
    expect(attention({ status: "denied", failure, value, receivedAt })).toBe("unknown");
    expect(attention(fresh(value))).toBe("none");
    expect(attention(fresh([container({ state: "restarting", lastExit: KILLED })]))).toBe("bad");
  });
});
