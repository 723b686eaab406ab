import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Component, RecordDraft } from "../../src/record/entries.ts";
import { recoveryObjectives } from "../../src/record/recovery-objectives.ts";
import { RECOVERY_TARGETS } from "../../src/record/recovery-targets.ts";
import {
  objectiveTimes,
  openObjectives,
  type RecoveryObjective,
  slowPathToBegin,
} from "../../src/state/recovery-objectives.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";

const MINUTE = 60_000;
const DECLARED = "2026-11-23T23:46:00Z";
const DECLARED_MS = Date.parse(DECLARED);
const at = (minutes: number) => new Date(DECLARED_MS + minutes * MINUTE).toISOString();

const detected = (minutes: number): RecordDraft => ({
  kind: "incident.detected",
  payload: { detectedAtMs: DECLARED_MS + minutes * MINUTE, by: "alarm nessie-unhealthy-hosts" },
});
const radius = (...components: Component[]): RecordDraft => ({
  kind: "incident.blast-radius",
  payload: { by: "kim", environment: "prod", components, reasons: [] },
});
const tasks = (running: number, desired = 2, service = "nessie"): RecordDraft => ({
  kind: "observation.service",
  payload: { service, change: "", before: null, after: { running, desired, pending: 0 } },
});
const targets = (...states: string[]): RecordDraft => ({
  kind: "state.difference",
  payload: {
    slices: { targets: { status: "ok", value: [{ name: "nessie", targets: states.map((state) => ({ state })) }] } },
  },
});
const planned = (
  runId: string,
  actionId: string,
  undoes?: string,
  recovers?: Component | null,
  parameters: JsonObject = {},
): RecordDraft[] => [
  {
    kind: "action.planned",
    payload: {
      runId,
      actionId,
      plan: {
        title: `Run ${actionId}`,
        parameters,
        ...(undoes ? { undoes } : {}),
        ...(recovers === undefined ? {} : { recovers }),
      },
      facts: {},
      checks: [],
    },
  },
  { kind: "action.confirmed", payload: { runId, actionId, title: `Run ${actionId}`, by: "kim", how: "typed" } },
];
const finished = (runId: string, actionId: string, status: string, undoes?: string): RecordDraft => ({
  kind: "action.finished",
  payload: { runId, actionId, title: `Run ${actionId}`, status, undo: null, ...(undoes ? { undoes } : {}) },
});

/** The objective of a component after these entries, a minute each from the declaration on. */
function objective(component: Component, ...drafts: (RecordDraft | RecordDraft[])[]): RecoveryObjective {
  const builder = new EntriesBuilder().add(DECLARED, opened());
  drafts.flat().forEach((draft, index) => void builder.add(at(index + 1), draft));
  return recoveryObjectives(builder.entries).find((one) => one.component === component)!;
}

describe("the table of targets", () => {
  it("is the runbook's, word for word and in its order", () => {
    const runbook = readFileSync(join(import.meta.dirname, "../../docs/operations-runbook.md"), "utf8");
    const section = runbook.split("### RTO/RPO Targets")[1]?.split("###")[0] ?? "";
    const rows = section
      .split("\n")
      .filter((line) => line.startsWith("|") && !/^\|[-| ]+\|$/.test(line))
      .slice(1)
      .map((line) =>
        line
          .split("|")
          .slice(1, 5)
          .map((text) => text.trim()),
      );
    expect(rows).toHaveLength(5);
    expect(RECOVERY_TARGETS.map(({ label, rpo, rto, strategy }) => [label, rpo, rto, strategy])).toEqual(rows);
    const minutes = (text = "") => Number(/\d+/.exec(text)?.[0]) * (text.includes("hour") ? 60 : 1);
    for (const { rto, rtoMs } of RECOVERY_TARGETS) expect(rtoMs).toBe(minutes(rto) * MINUTE);
  });

  it("knows what cannot be had faster, and where the RPO is another than the table says", () => {
    const nessie = objective("nessie");
    expect(nessie.paths.find(({ id }) => id === "pitr")).toMatchObject({ minimumMs: 20 * MINUTE, basis: /AWS/ });
    expect(nessie.realRpo).toMatch(/about 5 minutes/);
    expect(objective("s3").realRpo).toMatch(/30 days/);
  });
});

describe("what is affected", () => {
  it("nothing without a sign of it", () => {
    for (const { component } of RECOVERY_TARGETS) expect(objective(component as Component).affected).toBeUndefined();
    expect(objective("nessie", tasks(2), tasks(1)).affected).toBeUndefined();
  });

  it("what the responder said, and then nothing else that was seen", () => {
    const said = objective("terraform-state", radius("terraform-state", "s3"));
    expect(said.affected).toEqual({ startMs: DECLARED_MS, basis: "declared", why: "blast radius, said by kim" });
    expect(objective("nessie", tasks(0), radius("s3")).affected).toBeUndefined();
    expect(objective("nessie", radius("nessie"), radius("s3")).affected).toBeUndefined();
  });

  it("what was seen to be down, where nobody said anything: no task, or no healthy target", () => {
    expect(objective("nessie", tasks(2), tasks(0)).affected?.why).toBe("no task of nessie runs");
    expect(objective("dagster", tasks(0, 1, "dagster-daemon")).affected?.why).toBe("no task of dagster-daemon runs");
    expect(
      objective("nessie", targets("healthy", "healthy"), targets("healthy", "unhealthy")).affected,
    ).toBeUndefined();
    const down = objective("nessie", targets("healthy", "healthy"), targets("draining", "unhealthy"));
    expect(down.affected?.why).toBe("no target of nessie is healthy");
    expect(objective("nessie", targets()).affected).toBeUndefined();
  });

  it("what somebody has begun to recover, but not what was only planned, refused or taken back", () => {
    const begun = objective("terraform-state", planned("r", "recover-terraform-state"));
    expect(begun.affected?.why).toMatch(/began to recover it/);
    expect(begun.paths[0]?.status).toBe("running");
    expect(objective("terraform-state", planned("r", "recover-terraform-state")[0]!).affected).toBeUndefined();
    const refused: RecordDraft = {
      kind: "action.refused",
      payload: { runId: "r", actionId: "recover-terraform-state", title: "", reason: "no" },
    };
    expect(objective("terraform-state", planned("r", "recover-terraform-state"), refused).affected).toBeUndefined();
    const undone = objective(
      "terraform-state",
      planned("r", "recover-terraform-state"),
      finished("r", "recover-terraform-state", "done"),
      planned("u", "recover-terraform-state", "r"),
      finished("u", "recover-terraform-state", "done", "r"),
    );
    expect([undone.affected, undone.paths[0]?.status]).toEqual([undefined, "open"]);
  });

  it("the clock runs from the detection where there is one", () => {
    const { affected } = objective("nessie", detected(-12), radius("nessie"));
    expect(affected).toMatchObject({ startMs: DECLARED_MS - 12 * MINUTE, basis: "detected" });
  });
});

describe("when it is back", () => {
  it("as it was seen, from the last time that it went away", () => {
    expect(objective("nessie", tasks(0), tasks(2)).recovered).toEqual({
      atMs: DECLARED_MS + 2 * MINUTE,
      how: "seen to be back",
    });
    expect(objective("nessie", tasks(0), tasks(2), tasks(0)).recovered).toBeUndefined();
    // Tasks that run are not enough while none of them is healthy.
    expect(objective("nessie", tasks(0), targets("initial"), tasks(2)).recovered).toBeUndefined();
    expect(objective("nessie", tasks(0), targets("initial"), tasks(2), targets("healthy")).recovered?.atMs).toBe(
      DECLARED_MS + 4 * MINUTE,
    );
  });

  it("not while a target that failed is among the healthy ones: what is killed again and again is not back in between", () => {
    const minute = (...drafts: RecordDraft[]) => {
      const { recovered } = objective("nessie", ...drafts);
      return recovered && (recovered.atMs - DECLARED_MS) / MINUTE;
    };
    const loop = [targets("draining"), targets("healthy", "unhealthy")];
    expect(minute(...loop)).toBeUndefined();
    expect(minute(...loop, targets("healthy", "initial"))).toBe(3);
    expect(minute(...loop, targets("healthy", "healthy"), targets("healthy", "unhealthy"))).toBeUndefined();
    expect(minute(...loop, targets("healthy"), targets("unhealthy", "healthy"), targets("healthy", "draining"))).toBe(
      5,
    );
  });

  it("as its recovery ended; one that failed, or was taken back, brought nothing back", () => {
    const run = (status: string) =>
      objective(
        "terraform-state",
        radius("terraform-state"),
        planned("r", "recover-terraform-state"),
        finished("r", "recover-terraform-state", status),
      );
    expect(run("done").recovered).toEqual({ atMs: DECLARED_MS + 4 * MINUTE, how: "Run recover-terraform-state" });
    expect([run("failed").recovered, run("failed").paths[0]?.status]).toEqual([undefined, "failed"]);
    const undone = objective(
      "terraform-state",
      radius("terraform-state"),
      planned("r", "recover-terraform-state"),
      finished("r", "recover-terraform-state", "done"),
      planned("u", "recover-terraform-state", "r"),
      finished("u", "recover-terraform-state", "done", "r"),
    );
    expect(undone.recovered).toBeUndefined();
  });

  it("by the bucket that was recovered: the same action brings back data, audit logs, or nothing of the table", () => {
    const ran = (component: Component, recovers: Component | null) =>
      objective(
        component,
        radius("s3", "audit-logs", "terraform-state"),
        planned("r", "recover-s3-deleted", undefined, recovers),
        finished("r", "recover-s3-deleted", "done"),
      );
    const back = (recovers: Component | null) =>
      (["s3", "audit-logs", "terraform-state"] as const).filter((component) => ran(component, recovers).recovered);
    expect([back("s3"), back("audit-logs"), back(null)]).toEqual([["s3"], ["audit-logs"], []]);
    const undelete = (component: Component, recovers: Component) =>
      ran(component, recovers).paths.find(({ id }) => id === "undelete")?.status;
    expect([undelete("s3", "s3"), undelete("audit-logs", "s3")]).toEqual(["done", "open"]);
    expect([undelete("s3", "audit-logs"), undelete("audit-logs", "audit-logs")]).toEqual(["open", "done"]);
  });

  it("table by table only when nothing else is affected; until then it says which are back and what is not", () => {
    const table = (name: string, status?: string, runId = name): RecordDraft[] => {
      const begun = planned(runId, "recover-table", undefined, undefined, { table: name });
      return [...begun, ...(status ? [finished(runId, "recover-table", status)] : [])];
    };
    const undo = (name: string) => [
      ...planned("undo", "recover-table", name),
      finished("undo", "recover-table", "done", name),
    ];
    const of = (...drafts: RecordDraft[][]) => {
      const { recovered, partly } = objective("s3", ...drafts);
      return { how: recovered?.how, back: partly?.back, still: partly?.still };
    };
    const said = [radius("s3")];
    const rest = "the rest of the S3 data, by the blast radius that kim said (said again without it: nothing else is)";
    const nothing = { how: undefined, back: undefined, still: undefined };
    expect(of(said, table("a.x", "done"))).toEqual({ how: undefined, back: ["a.x"], still: rest });
    expect(of(said, table("a.x", "partial"))).toEqual(nothing);
    expect(of(said, table("a.x", "done"), undo("a.x"))).toEqual(nothing);
    expect(of(table("a.x", "done"))).toEqual({ ...nothing, how: "recovered table by table: a.x" });
    expect(of(table("a.x", "partial"), table("a.x", "done", "again")).how).toBe("recovered table by table: a.x");
    expect(of(table("b.y", "done"), table("a.x", "done")).how).toBe("recovered table by table: b.y, a.x");
    expect(of(table("a.x", "done"), table("b.y", "partial"), table("c.z"))).toEqual({
      how: undefined,
      back: ["a.x"],
      still: "b.y (partial); c.z (running)",
    });
    const objects = (status: string) => [
      ...planned("r", "recover-s3-deleted"),
      finished("r", "recover-s3-deleted", status),
    ];
    expect(of(objects("partial"), table("a.x", "done")).still).toBe("Run recover-s3-deleted (partial)");
    expect(of(said, table("a.x", "done"), objects("done")).how).toBe("Run recover-s3-deleted");
  });

  it("at the latest when the incident is resolved, and says what was not seen", () => {
    const resolved: RecordDraft = {
      kind: "incident.resolved",
      payload: { by: "kim", atMs: DECLARED_MS + 40 * MINUTE, resolution: "" },
    };
    expect(objective("s3", radius("s3"), resolved).recovered?.how).toBe("the incident was declared resolved by kim");
    expect(objective("nessie", tasks(0), resolved).recovered?.how).toMatch(/it was not seen to be back/);
  });
});

describe("the clocks, on a clock that is moved by hand", () => {
  const clock = () => new ManualClock(DECLARED_MS);

  it("count down to the RTO, ask to escalate when the slowest way no longer fits, and say by how much it was missed", () => {
    const time = clock();
    const nessie = objective("nessie", radius("nessie"));
    const now = () => objectiveTimes(nessie, time.now());
    expect(now()).toMatchObject({
      status: "running",
      leftMs: 60 * MINUTE,
      deadlineMs: DECLARED_MS + 60 * MINUTE,
      escalateByMs: DECLARED_MS + 40 * MINUTE,
      slowest: { id: "pitr" },
    });
    time.advance(40 * MINUTE - 1);
    expect(now().status).toBe("running");
    time.advance(1);
    expect(now().status).toBe("urgent");
    time.advance(20 * MINUTE - 1);
    expect(now()).toMatchObject({ status: "urgent", leftMs: 1 });
    time.advance(1);
    expect(now()).toMatchObject({ status: "overdue", leftMs: 0 });
    time.jump(90 * MINUTE);
    expect(now()).toMatchObject({ status: "overdue", leftMs: -90 * MINUTE });
  });

  it("a way that was tried in vain no longer counts: what is left decides when to escalate", () => {
    const drafts = [
      radius("nessie"),
      ...planned("r", "recover-nessie-tables"),
      finished("r", "recover-nessie-tables", "failed"),
    ];
    const times = objectiveTimes(objective("nessie", ...drafts), DECLARED_MS);
    expect(times).toMatchObject({ slowest: { id: "service" }, escalateByMs: DECLARED_MS + 57 * MINUTE });
  });

  it("met and missed are told from when it came back, whatever the time is now", () => {
    const back = (minutes: number) => {
      const one = objective("dagster", radius("dagster"));
      return { ...one, recovered: { atMs: DECLARED_MS + minutes * MINUTE, how: "" } };
    };
    for (const now of [0, 14, 500]) {
      expect(objectiveTimes(back(15), DECLARED_MS + now * MINUTE).status).toBe("met");
      expect(objectiveTimes(back(16), DECLARED_MS + now * MINUTE).status).toBe("missed");
    }
  });

  it("slow ways are suggested from the start until they no longer fit, and not while they run", () => {
    const nessie = objective("nessie", radius("nessie"));
    expect(slowPathToBegin(nessie, DECLARED_MS)?.id).toBe("pitr");
    expect(slowPathToBegin(nessie, DECLARED_MS + 39 * MINUTE)?.id).toBe("pitr");
    expect(slowPathToBegin(nessie, DECLARED_MS + 40 * MINUTE)).toBeUndefined();
    const running = objective("nessie", radius("nessie"), planned("r", "recover-nessie-tables"));
    expect(slowPathToBegin(running, DECLARED_MS)).toBeUndefined();
    expect(slowPathToBegin(objective("dagster", radius("dagster")), DECLARED_MS)).toBeUndefined();
  });

  it("the one with the least time comes first, and what is back no more", () => {
    const builder = new EntriesBuilder()
      .add(DECLARED, opened())
      .add(at(1), radius("nessie", "dagster", "terraform-state"));
    const all = recoveryObjectives(builder.entries);
    const open = (list: RecoveryObjective[]) => openObjectives(list, DECLARED_MS).map(({ component }) => component);
    expect(open(all)).toEqual(["dagster", "terraform-state", "nessie"]);
    const back = all.map((one) => (one.component === "dagster" ? { ...one, recovered: { atMs: 0, how: "" } } : one));
    expect(open(back)).toEqual(["terraform-state", "nessie"]);
  });
});

describe("whether somebody's attempt says that a component is affected", () => {
  const run = (actionId: string, status: string) => [...planned("r", actionId), finished("r", actionId, status)];
  const undone = [...planned("u", "recover-s3-deleted", "r"), finished("u", "recover-s3-deleted", "done", "r")];
  const other = [...planned("o", "recover-s3-deleted"), finished("o", "recover-s3-deleted", "cancelled")];
  it.each<[string, Component, RecordDraft[], RegExp | undefined]>([
    ["cancelled before it did anything", "s3", run("recover-s3-deleted", "cancelled"), undefined],
    [
      "one that counts, and another that was cancelled",
      "s3",
      [...run("recover-s3-deleted", "partial"), ...other],
      /began to recover it/,
    ],
    ["done in part", "s3", run("recover-s3-deleted", "partial"), /somebody began to recover it/],
    ["undone", "s3", [...run("recover-s3-deleted", "done"), ...undone], undefined],
    ["a check without a finding", "audit-logs", run("check-audit-logs", "done"), undefined],
    ["a check with a finding", "audit-logs", run("check-audit-logs", "failed"), /damage was found/],
  ])("%s", (_what, component, drafts, why) => {
    const { affected, recovered } = objective(component, drafts);
    if (why) expect(affected?.why).toMatch(why);
    else expect(affected).toBeUndefined();
    expect(recovered).toBeUndefined();
  });
});
