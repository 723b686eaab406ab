import { stripVTControlCharacters } from "node:util";
import { Box } from "ink";
import { cleanup, render } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { LogsBox } from "../../src/cockpit/logs-box.tsx";
import { PaneBox } from "../../src/cockpit/pane-box.tsx";
import { TABLE_PANES } from "../../src/cockpit/table-panes.ts";
import { STALE_AFTER_MS } from "../../src/state/source.ts";
import type { CockpitState } from "../../src/state/store.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { NOW_MS } from "../support/fixture-data.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

afterEach(cleanup);

const RECT = { left: 0, top: 0, width: 100, height: 30 };

/** One pane alone on ink-testing-library's terminal of 100 columns. */
function draw(
  pane: keyof typeof TABLE_PANES | "logs",
  harness: Harness,
): { text: string; styled: string; again: () => string } {
  harness.controller.ui.setState({ focus: pane, zoomed: true });
  harness.resize(100, 33);
  const element =
    pane === "logs" ? (
      <LogsBox rect={RECT} controller={harness.controller} />
    ) : (
      <PaneBox pane={TABLE_PANES[pane]} rect={RECT} controller={harness.controller} />
    );
  const app = render(
    <Box width={100} height={30}>
      {element}
    </Box>,
  );
  const styled = app.lastFrame() ?? "";
  return {
    styled,
    text: stripVTControlCharacters(styled),
    again: () => stripVTControlCharacters(app.lastFrame() ?? ""),
  };
}

const with_ = (change: Partial<CockpitState>) => {
  const incident = createFixtureIncident();
  incident.store.setState(change);
  return createHarness({ incident });
};

const denied = {
  kind: "denied" as const,
  what: "ecs:DescribeServices nessie",
  why: "The caller may not.",
  next: "Ask for the permission.",
  missingPermission: "ecs:DescribeServices",
};

describe("ECS", () => {
  test("shows counts, rollout, autoscaling, why tasks stopped, and events", () => {
    const { text } = draw("ecs", createHarness());
    expect(text).toContain("1 ECS");
    expect(text).toMatch(/nessie\s+1\/2 SHORT 1 \+1 pending/);
    expect(text).toContain("rollout IN_PROGRESS, 3 failed tasks");
    expect(text).toContain("autoscaling 1-4");
    expect(text).toContain("03:39:07 3f2a9c41 137 OOM-killed (container memory)");
    expect(text).toContain("03:40:07 has started 1 task 91be21c0.");
    expect(text).toMatch(/dagster-daemon\s+1\/1 steady/);
  });

  test("what matters most comes first; beside other panes only the newest stopped tasks are listed", () => {
    const incident = createFixtureIncident();
    const { services } = incident.store.getState();
    if (services.status !== "ok") throw new Error("fixture has services");
    const [nessie] = services.value;
    const stopped = nessie?.tasks.find((task) => task.lastStatus === "STOPPED");
    if (!nessie || !stopped) throw new Error("fixture has a stopped task");
    const five = ["a", "b", "c"].map((id, index) => ({ ...stopped, id, stoppedAtMs: 1000 * index }));
    incident.store.setState({ services: { ...services, value: [{ ...nessie, tasks: [...nessie.tasks, ...five] }] } });
    const harness = createHarness({ incident, columns: 120, rows: 60 });
    const beside = harness.frame().join("\n");
    expect(beside).toContain("+2 more stopped");
    const places = [
      "nessie ",
      "rollout IN_PROGRESS",
      "3f2a9c41",
      "c0ffee12",
      "91be21c0 pending",
      "7d02f5aa running",
      "has started 1 task",
    ];
    const found = places.map((place) => beside.indexOf(place, beside.indexOf("1 ECS")));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
    expect(draw("ecs", createHarness({ incident })).text).not.toContain("more stopped");
  });

  test("says that autoscaling is suspended and that a service is scaled to 0", () => {
    const incident = createFixtureIncident();
    const { services } = incident.store.getState();
    if (services.status !== "ok") throw new Error("fixture has services");
    const [nessie] = services.value;
    if (!nessie) throw new Error("fixture has nessie");
    const suspended = { dynamicScalingIn: true, dynamicScalingOut: true, scheduledScaling: true };
    const contained = {
      ...nessie,
      desired: 0,
      running: 0,
      pending: 0,
      deployments: [],
      scaling: { min: 0, max: 4, suspended },
    };
    incident.store.setState({ services: { ...services, value: [contained] } });
    const { text } = draw("ecs", createHarness({ incident }));
    expect(text).toMatch(/nessie\s+0\/0 scaled to 0/);
    expect(text).toMatch(/nessie:42 {2}autoscaling 0-4 SUSPENDED/);
    expect(createHarness({ incident, columns: 120 }).frame().join("\n")).toContain("autoscaling 0-4 SUSPENDED");
    incident.store.setState({ services: { ...services, value: [contained, ...services.value.slice(1)] } });
    expect(draw("ecs", createHarness({ incident })).text).toMatch(/0\/0 scaled to 0 · autoscaling 0-4 SUSPENDED/);
  });

  test("denied: names the missing permission and what to do, and keeps the last data muted with its age", () => {
    const harness = createHarness();
    const { services } = harness.incident.store.getState();
    if (services.status !== "ok") throw new Error("fixture has services");
    harness.incident.clock.advance(12_000);
    harness.incident.store.setState({
      services: { status: "denied", failure: denied, value: services.value, receivedAt: services.receivedAt },
    });
    const { text, styled } = draw("ecs", harness);
    expect(text).toContain("Missing permission: ecs:DescribeServices");
    expect(text).toContain("Ask for the permission.");
    expect(text).toMatch(/DENIED data 12s old/);
    expect(text).toContain("steady");
    expect(styled).not.toContain("\x1b[32m");
  });

  test("stale data says its age and loses its green", () => {
    const harness = createHarness();
    expect(draw("ecs", harness).styled).toContain("\x1b[32m");
    harness.incident.clock.advance(STALE_AFTER_MS + 15_000);
    const { text, styled } = draw("ecs", harness);
    expect(text).toContain("stale 45s");
    expect(styled).not.toContain("\x1b[32m");
  });

  test("loading, failed, absent and partial each say so", () => {
    expect(draw("ecs", with_({ services: { status: "loading" } })).text).toContain("Waiting for the first answer");
    const failed = draw(
      "ecs",
      with_({
        services: {
          status: "failed",
          failure: { ...denied, kind: "unreachable", why: "No answer in 10 s.", missingPermission: undefined },
        },
      }),
    );
    expect(failed.text).toMatch(/FAILED[\s\S]*No answer in 10 s\./);
    expect(
      draw("ecs", with_({ services: { status: "absent", reason: "A Glue lakehouse has no ECS." } })).text,
    ).toContain("A Glue lakehouse has no ECS.");
    const harness = createHarness();
    const { services } = harness.incident.store.getState();
    if (services.status !== "ok") throw new Error("fixture has services");
    const partial = draw("ecs", with_({ services: { ...services, partial: [denied] } }));
    expect(partial.text).toContain("partial");
    expect(partial.text).toContain("Missing permission: ecs:DescribeServices");
    expect(partial.text).toContain("steady");
  });
});

test("at 100 columns neither a target's address nor a task's health is cut", () => {
  const incident = createFixtureIncident();
  const { services, targets } = incident.store.getState();
  if (services.status !== "ok" || targets.status !== "ok") throw new Error("fixture has both");
  const value = services.value.map((service) => ({
    ...service,
    tasks: service.tasks.map((task) => ({ ...task, health: "UNHEALTHY" })),
  }));
  const group = targets.value.map((one) => ({
    ...one,
    targets: one.targets.map((target) => ({ ...target, id: target.id.replace("10.0.10.14", "10.0.110.214") })),
  }));
  incident.store.setState({ services: { ...services, value }, targets: { ...targets, value: group } });
  const text = createHarness({ incident, columns: 100, rows: 50 }).frame().join("\n");
  expect(text).toContain("10.0.110.214:19120 unhealthy");
  expect(text).toMatch(/7d02f5aa unhealthy +│/);
});

test("targets: state, reason in words with its code, and since when", () => {
  const { text } = draw("targets", createHarness());
  expect(text).toMatch(/✗ 10\.0\.10\.14:19120\s+unhealthy\s+3m/);
  expect(text).toContain("no answer in time (Target.Timeout)");
  expect(text).toMatch(/● 10\.0\.11\.27:19120\s+healthy/);
  expect(text).toContain("1/3 healthy");
});

test("targets that say the same give their reason once", () => {
  const incident = createFixtureIncident();
  const { targets } = incident.store.getState();
  if (targets.status !== "ok") throw new Error("fixture has targets");
  const sick = (id: string, reason: string) => ({ id, port: 19120, state: "unhealthy", reason, sinceMs: 0 });
  const all = [
    sick("10.0.10.1", "Target.Timeout"),
    sick("10.0.10.2", "Target.FailedHealthChecks"),
    sick("10.0.10.3", "Target.Timeout"),
  ];
  incident.store.setState({ targets: { ...targets, value: targets.value.map((one) => ({ ...one, targets: all })) } });
  const { text } = draw("targets", createHarness({ incident }));
  expect(text.match(/no answer in time/g)).toHaveLength(1);
  expect(text).toMatch(
    /10\.0\.10\.2[\s\S]*connection refused[\s\S]*10\.0\.10\.1[\s\S]*10\.0\.10\.3[\s\S]*no answer in time/,
  );
});

test("alarms: those in ALARM first, with since, condition and history", () => {
  const { text } = draw("alarms", createHarness());
  expect(text).toMatch(/ALARM\s+12m nessie-unhealthy-hosts\s+UnHealthyHostCount > 0/);
  expect(text.indexOf("ALARM ")).toBeLessThan(text.indexOf("OK  "));
  expect(text).toContain("03:29:07 OK → ALARM");
  expect(text).toMatch(/NO DATA\s+2d/);
});

test("metrics: sparkline, newest value with unit, and what is above its limit", () => {
  const { text } = draw("metrics", createHarness());
  expect(text).toMatch(/Memory nessie\s+[▁▂▃▄▅▆▇█]+\s+95\.1% ✗> 90%/);
  expect(text).toMatch(/CPU nessie\s+[▁▂▃▄▅▆▇█]+\s+50\.9%\s+limit 80%/);
  const plain = createHarness({ ascii: true, colour: false });
  const ascii = draw("metrics", plain);
  expect(ascii.text).toMatch(/Memory nessie\s+[_.\-=#]+\s+95\.1% x> 90%/);
  expect([...ascii.styled].every((character) => character < "\x7f")).toBe(true);
});

test("metrics: names without the deployment's prefix, and series without any value said once, at the end", () => {
  const { metrics } = createFixtureIncident().store.getState();
  if (metrics.status !== "ok") throw new Error("fixture has metrics");
  const [cpu] = metrics.value;
  if (!cpu) throw new Error("fixture has a series");
  const table = (what: string, points: typeof cpu.points) => ({
    ...cpu,
    id: what,
    label: `dynamo ${what} lakehouse-prod-nessie`,
    unit: "count" as const,
    points,
  });
  const value = [table("throttles", []), table("read throttles", []), ...metrics.value, table("writes", cpu.points)];
  const { text } = draw("metrics", with_({ metrics: { ...metrics, value } }));
  expect(text).toContain("no data: dynamo throttles nessie, dynamo read throttles nessie");
  expect(text).toMatch(/dynamo writes nessie +[▁▂▃▄▅▆▇█]+/);
  expect(text.indexOf("no data")).toBeGreaterThan(text.indexOf("dynamo writes nessie"));
});

test("timeline: oldest first at its end, with a mark for each tone", () => {
  const { text } = draw("timeline", createHarness());
  expect(text).toContain("03:39:07 ✗ TASK     nessie task 3f2a9c41 stopped: 137 OOM-killed");
  expect(text).toMatch(/03:36:07 • NOTE/);
});

describe("the timeline beside other panes", () => {
  const long = {
    seq: 99,
    atMs: NOW_MS,
    tone: "bad" as const,
    label: "ACKNOWLEDGED",
    text: `lakehouse-prod-nessie: task ab20ad108e5d1738e273501749d6384c ${"stopped again and again ".repeat(5)}END`,
  };

  test("breaks long lines, w cuts them, and all texts begin in one column", () => {
    const incident = createFixtureIncident();
    incident.store.setState((state) => ({ timeline: [...state.timeline, long] }));
    const harness = createHarness({ incident });
    const text = () => harness.frame().join("\n");
    expect(text()).toContain("ACKNOWLEDGED nessie: task ab20ad10 stopped");
    expect(text()).toContain("END");
    expect(text()).toMatch(/● SERVICE {6}nessie started/);
    harness.press("6", "w");
    expect(text()).not.toContain("END");
    expect(text()).toContain("ACKNOWLEDGED nessie: task ab20ad10");
  });
});

describe("logs", () => {
  test("follows the newest lines, with rate, error share and what was counted", () => {
    const { text } = draw("logs", createHarness());
    expect(text).toContain("5 Logs /ecs/lakehouse-prod-nessie");
    expect(text).toMatch(/follow {2}1\.2k\/min {2}err 14%/);
    expect(text).toContain("#197");
    expect(text).toMatch(/03:41:0\d E ERROR/);
  });

  test("a time and level that the pane shows are not drawn twice, but found and copied", async () => {
    const harness = createHarness();
    const { incident } = harness;
    const text = `${new Date(incident.clock.now()).toISOString().slice(0, 19).replace("T", " ")},756 WARN  [io.vertx] blocked`;
    const line = { eventId: "q", atMs: incident.clock.now(), logGroup: "g", stream: "s", level: "warn" as const, text };
    incident.logs.append([line]);
    const { text: drawn, again } = draw("logs", harness);
    expect(drawn).toContain("03:41:07 W [io.vertx] blocked");
    expect(drawn).not.toContain("WARN  [io.vertx]");
    harness.controller.ui.setState((ui) => ({ logs: { ...ui.logs, search: ",756 WARN" } }));
    await expect.poll(again).toContain("W 2026-11-23 03:41:07,756 WARN  [io.vertx] blocked");
    harness.press("space", "y");
    expect(Buffer.from(harness.written[0]?.split(";")[2] ?? "", "base64").toString()).toContain(text);
  });

  test("gaps are in the title everywhere; duplicates of overlapping reads only where commands are looked at", () => {
    const incident = createFixtureIncident();
    const harness = createHarness({ incident });
    const { logs } = incident.store.getState();
    if (logs.status !== "ok") throw new Error("fixture has logs");
    incident.store.setState({ logs: { ...logs, value: logs.value.map((group) => ({ ...group, gaps: 2 })) } });
    expect(harness.frame().join("\n")).not.toMatch(/dup|came again/);
    expect(harness.frame().join("\n")).toContain("gaps 2");
    harness.press("5", "+");
    expect(harness.frame().join("\n")).not.toMatch(/dup|came again/);
    harness.press("@");
    expect(harness.frame().join("\n")).toMatch(/\d+ log lines read; 12 came again and were dropped/);
  });

  test("lines that arrive are drawn within the repaint period, and none is drawn twice", async () => {
    const harness = createHarness();
    const { again } = draw("logs", harness);
    harness.incident.logs.append([
      {
        eventId: "new",
        atMs: harness.incident.clock.now(),
        logGroup: "/ecs/lakehouse-prod-nessie",
        stream: "s",
        level: "error",
        text: "the newest line",
      },
    ]);
    harness.incident.store.setState({ logVersion: harness.incident.logs.version });
    await expect.poll(again).toContain("the newest line");
    expect(again().split("the newest line").length).toBe(2);
  });

  test("a group that could not be read is said above the lines of the others", () => {
    const { logs } = createFixtureIncident().store.getState();
    if (logs.status !== "ok") throw new Error("fixture has logs");
    const failure = { ...denied, what: "read /ecs/other", missingPermission: "logs:FilterLogEvents" };
    const { text } = draw("logs", with_({ logs: { ...logs, partial: [failure] } }));
    expect(text).toContain("partial");
    expect(text).toContain("Missing permission: logs:FilterLogEvents");
  });

  test("gaps are said, and a denied group is shown above the lines", () => {
    const incident = createFixtureIncident();
    const { logs } = incident.store.getState();
    if (logs.status !== "ok") throw new Error("fixture has logs");
    incident.store.setState({ logs: { ...logs, value: logs.value.map((group) => ({ ...group, gaps: 2 })) } });
    expect(draw("logs", createHarness({ incident })).text).toContain("gaps 2");
    incident.store.setState({
      logs: {
        status: "denied",
        failure: { ...denied, missingPermission: "logs:FilterLogEvents" },
        value: logs.value,
        receivedAt: logs.receivedAt,
      },
    });
    const { text } = draw("logs", createHarness({ incident }));
    expect(text).toContain("Missing permission: logs:FilterLogEvents");
    expect(text).toContain("#197");
  });
});
