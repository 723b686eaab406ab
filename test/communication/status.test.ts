import { describe, expect, it } from "vitest";
import {
  changesSince,
  draftEscalation,
  draftOnCall,
  draftStakeholders,
  draftStatusUpdate,
} from "../../src/communication/drafts.ts";
import { conditionLines, lastObserved, liveConditions } from "../../src/communication/observed.ts";
import { incidentStatus } from "../../src/communication/status.ts";
import { handoverMarkdown, statusMarkdown, statusText } from "../../src/communication/status-text.ts";
import type { RecordDraft } from "../../src/record/entries.ts";
import { escalationThresholds } from "../../src/record/escalation.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";

const at = (time: string) => `2026-11-23T${time}Z`;
const ms = (time: string) => Date.parse(at(time));
const START = "03:00:00";

function record(...drafts: [time: string, draft: RecordDraft][]) {
  const builder = new EntriesBuilder().add(at(START), opened({ declared: at(START) }));
  for (const [time, draft] of drafts) builder.add(at(time), draft);
  return builder.entries;
}

const note = (text: string): RecordDraft => ({ kind: "incident.note", payload: { text } });
const sent = (text: string): RecordDraft => ({
  kind: "communication.message",
  payload: { about: "status-update", status: "sent", text, to: ["Slack #incidents"], failures: [], by: "kim" },
});
const unsent: RecordDraft = {
  kind: "communication.message",
  payload: { about: "stakeholders", status: "failed", text: "x", to: [], failures: [], by: "kim" },
};
const diagnosed: RecordDraft = {
  kind: "diagnosis.finished",
  payload: {
    diagnosisId: "everything",
    title: "Everything",
    conclusion: "causes",
    summary: "Nessie's container is killed at its memory limit",
    verdicts: [
      {
        id: "container-memory-limit",
        title: "Nessie's container is killed at its memory limit",
        certainty: "proven",
        for: ["exit 137", "the log just ends"],
        against: [],
      },
    ],
    unknown: [],
    checks: 52,
    startedAtMs: ms("03:29:58"),
    tookMs: 2000,
  },
};
const contained: RecordDraft = {
  kind: "incident.contained",
  payload: { by: "kim", atMs: ms("03:20:00"), how: "nessie at 0" },
};
const snapshot = (running: number, alarm: string): RecordDraft => ({
  kind: "state.snapshot",
  payload: {
    slices: {
      services: { status: "ok", value: [{ name: "nessie", running, desired: 2 }] },
      targets: {
        status: "ok",
        value: [{ name: "nessie", targets: [{ state: "healthy" }, { state: "unhealthy" }, { state: "draining" }] }],
      },
      alarms: {
        status: "ok",
        value: [
          { name: "cpu-high", state: alarm, sinceMs: ms("03:05:00") },
          { name: "TargetTracking-service-AlarmLow", state: "ALARM", sinceMs: 0 },
        ],
      },
    },
  },
});

describe("how things stand", () => {
  it("by the last slices of the record; target tracking's own alarms are no finding", () => {
    const difference: RecordDraft = {
      kind: "state.difference",
      payload: { slices: { services: { status: "ok", value: [{ name: "nessie", running: 2, desired: 2 }] } } },
    };
    const { conditions, observedAtMs } = lastObserved(
      record(["03:01:00", snapshot(0, "ALARM")], ["03:02:00", difference]),
    );
    expect(observedAtMs).toBe(ms("03:02:00"));
    expect(conditionLines(conditions)).toEqual([
      "targets of nessie: 1 of 2 healthy",
      "alarm cpu-high: ALARM since 03:05 UTC",
    ]);
  });

  it.each([
    ["denied", "data of services: not known, denied"],
    ["failed", "data of services: not known, failed"],
  ])("a source that is %s is not known, whatever it said before", (status, line) => {
    const slices = { services: { status, value: [{ name: "nessie", running: 2, desired: 2 }] } };
    const all = record(["03:01:00", { kind: "state.snapshot", payload: { slices } }]);
    expect(conditionLines(lastObserved(all).conditions)).toEqual([line]);
  });

  it("on the screen, and what is stale there is not known", () => {
    expect(conditionLines(liveConditions(fixtureState(), 1000))).toContain(
      "service lakehouse-prod-nessie: 1 of 2 tasks running",
    );
    expect(conditionLines(liveConditions(fixtureState(), 60_000))).toEqual([
      "data of services: not known, stale",
      "data of targets: not known, stale",
      "data of alarms: not known, stale",
    ]);
  });

  it("nothing observed is not the same as all green", () => {
    expect(conditionLines([])).toEqual(["nothing has been observed"]);
    expect(conditionLines([{ what: "x", state: "green", detail: "" }])).toEqual([
      "everything that is watched is green",
    ]);
  });

  it("a record with slices of another shape is read without throwing", () => {
    const slices = { services: { status: "ok", value: [null, 7, { name: { a: 1 } }] }, targets: 3, alarms: [] };
    const all = record(["03:01:00", { kind: "state.snapshot", payload: { slices } as never }]);
    expect(() => lastObserved(all)).not.toThrow();
  });
});

describe("the draft of a status update", () => {
  const first = record(["03:05:00", note("compaction began")], ["03:20:00", contained]);

  it("tells everything so far, the first time", () => {
    const text = draftStatusUpdate({ entries: first, nowMs: ms("03:28:00") });
    expect(text.split("\n")).toEqual([
      "[P1] lakehouse prod: Nessie unreachable: status update, 03:28 UTC",
      "Not resolved, contained at 03:20 UTC, running since 03:00 UTC (T+00:28:00).",
      "So far:",
      "- 03:00 UTC DECLARED P1 Nessie unreachable (lakehouse, prod)",
      "- 03:05 UTC NOTE compaction began",
      "- 03:20 UTC CONTAINED by kim: nessie at 0",
      "Next update by 03:58 UTC.",
    ]);
  });

  it("tells what changed since the last one, then, and not its own messages", () => {
    const entries = record(
      ["03:05:00", note("compaction began")],
      ["03:28:00", sent("first")],
      ["03:40:00", note("memory doubled")],
    );
    const text = draftStatusUpdate({ entries, nowMs: ms("03:56:00") });
    expect(text).toContain("Since the last update (03:28 UTC):\n- 03:40 UTC NOTE memory doubled\n");
    expect(text).not.toContain("compaction");
    expect(text).not.toContain("MESSAGE");
    const quiet = draftStatusUpdate({ entries: record(["03:28:00", sent("first")]), nowMs: ms("03:56:00") });
    expect(quiet).toContain("- nothing changed");
  });

  it("counts what has no room, keeps the newest, and takes what the screen shows for now", () => {
    const many = record(
      ...Array.from({ length: 14 }, (_, i): [string, RecordDraft] => [`03:${10 + i}:00`, note(`n${i}`)]),
    );
    expect(changesSince(many, ms(START))).toHaveLength(11);
    expect(changesSince(many, ms(START))[0]).toBe("(4 earlier changes are in the timeline)");
    const conditions = [{ what: "service nessie", state: "red" as const, detail: "0 of 2 tasks running" }];
    expect(draftStatusUpdate({ entries: many, conditions, nowMs: ms("03:30:00") })).toContain(
      "Now:\n- service nessie: 0 of 2 tasks running\n",
    );
  });

  it("is the last one once it is resolved", () => {
    const entries = record([
      "03:50:00",
      { kind: "incident.resolved", payload: { by: "kim", atMs: ms("03:50:00"), resolution: "memory doubled" } },
    ]);
    const text = draftStatusUpdate({ entries, nowMs: ms("03:51:00") });
    expect(text).toContain("RESOLVED at 03:50 UTC.\nResolution: memory doubled");
    expect(text).toContain("This is the last update.");
  });

  it("a simulated incident says so to everybody", () => {
    const { entries } = new EntriesBuilder().add(at(START), opened({ declared: at(START), simulated: true }));
    for (const draft of [draftStatusUpdate, draftOnCall, draftStakeholders])
      expect(draft({ entries, nowMs: ms("03:01:00") })).toMatch(/^SIMULATED, no real incident\./);
  });

  it("an escalation before its time does not claim that its time has come", () => {
    const entries = record();
    const l2 = escalationThresholds(entries).find(({ id }) => id === "L2")!;
    const why = (nowMs: number) => /Escalation .*/.exec(draftEscalation({ entries, nowMs }, l2, ""))?.[0];
    const due = new Date(l2.dueAtMs).toISOString().slice(11, 16);
    expect(why(l2.dueAtMs - 1)).toBe(`Escalation L2 to the platform team lead: ahead of its time (${due} UTC).`);
    expect(why(l2.dueAtMs)).toBe("Escalation L2 to the platform team lead: not resolved within 1 hour.");
  });

  it("stakeholders hear that it is contained, and what is out of service", () => {
    expect(draftStakeholders({ entries: first, nowMs: ms("03:28:00") })).toContain("was contained at 03:20 UTC");
    expect(draftStakeholders({ entries: record(), nowMs: ms("03:28:00") })).toContain("NOT contained yet");
  });
});

describe("mayday status", () => {
  const entries = record(
    ["03:01:00", snapshot(0, "ALARM")],
    ["03:20:00", contained],
    [
      "03:21:00",
      { kind: "incident.flag", payload: { flag: "suspected-data-loss", raised: true, reason: "gaps", by: "kim" } },
    ],
    [
      "03:22:00",
      {
        kind: "action.finished",
        payload: {
          runId: "r1",
          actionId: "contain-nessie",
          title: "Contain nessie",
          status: "done",
          undo: { steps: [{ resource: "service nessie in cluster lakehouse-prod-nessie" }] },
          badge: "nessie 2->0",
        },
      },
    ],
    [
      "03:23:00",
      {
        kind: "guard.broken",
        payload: { runId: "r1", badge: "nessie 2->0", message: "was scaled up", found: {}, by: "" },
      },
    ],
    ["03:28:00", sent("first\nupdate")],
    ["03:29:00", unsent],
    ["03:30:00", diagnosed],
  );

  it("has phase, clocks, what is red, what is held open, escalations and messages", () => {
    const status = incidentStatus(entries, ms("03:40:00"));
    expect(status).toMatchObject({
      phase: "contained",
      elapsedMs: 40 * 60_000,
      flags: ["suspected data loss"],
      heldOpen: [{ runId: "r1", badge: "nessie 2->0", broken: "was scaled up" }],
      updates: { due: 1, onTime: 1, nextDueAtMs: ms("03:58:00") },
      messages: [
        { about: "status-update", status: "sent" },
        { about: "stakeholders", status: "failed" },
      ],
    });
    expect(status.escalation.map(({ id, status: now }) => `${id} ${now}`)).toEqual([
      "L1 late",
      "L2 waiting",
      "L3 waiting",
      "L2-suspected-data-loss late",
    ]);
    const text = statusText(status);
    expect(
      Math.max(
        ...statusText(status, 64)
          .split("\n")
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(64);
    expect(statusText(status, 64).replaceAll(/\s+/g, "")).toBe(text.replaceAll(/\s+/g, ""));
    for (const line of [
      "P1 Nessie unreachable",
      "  contained, T+00:40:00 since declaration",
      "  SUSPECTED DATA LOSS",
      "  service nessie: 0 of 2 tasks running",
      "  as observed at 03:01 UTC, 39m ago",
      "  Contain nessie (nessie 2->0), since 03:22 UTC; NO LONGER HOLDS: was scaled up",
      "  L1 on-call engineer: LATE since 03:15 UTC (nobody acknowledged within 15 minutes), nobody has answered",
      "  L2 platform team lead: in 00:20:00, at 04:00 UTC",
      "  Nessie's container is killed at its memory limit (proven): exit 137",
      "  asked at 03:30 UTC: Everything",
      "  03:28 UTC status update sent to Slack #incidents: first update",
      "  next update: by 03:58 UTC",
    ])
      expect(text.split("\n")).toContain(line);
  });

  it("a service that is held down by us says so, as long as that holds", () => {
    const holding = entries.filter(({ kind }) => kind !== "guard.broken");
    const lines = statusText(incidentStatus(holding, ms("03:40:00"))).split("\n");
    expect(lines).toContain("  service nessie: 0 of 2 tasks running; contained by us (nessie 2->0)");
    expect(lines).toContain("  targets of nessie: 1 of 2 healthy");
  });

  it("an alarm that fires after the declaration begins no clock anew", () => {
    const late = record([
      "03:10:00",
      { kind: "incident.detected", payload: { detectedAtMs: ms("03:09:00"), by: "cpu" } },
    ]);
    const status = incidentStatus(late, ms("03:40:00"));
    expect(status.elapsedMs).toBe(40 * 60_000);
    expect(statusText(status)).toContain("NOT contained, T+00:40:00 since declaration");
    expect(draftStatusUpdate({ entries: late, nowMs: ms("03:40:00") })).toContain(
      "running since 03:00 UTC (T+00:40:00)",
    );
  });

  it("the handover says what waits for whoever takes over", () => {
    const brief = handoverMarkdown(incidentStatus(entries, ms("03:40:00")));
    expect(brief).toContain("## For whoever takes over");
    expect(brief).toContain("- In place and not undone: Contain nessie (nessie 2->0)");
    expect(brief).toContain("- Escalation L1 waits for an answer");
    expect(brief).toContain("- Nobody has acknowledged it");
    expect(brief).toContain("- Message that reached nobody: stakeholders, 03:29 UTC");
    expect(handoverMarkdown(incidentStatus(record(), ms("03:10:00")))).not.toContain("reached nobody");
    expect(brief).toContain("`mayday resume 2026-11-23-2346-test`");
  });

  it("text from outside is neither drawn as control sequences nor taken for markup", () => {
    const hostile = "\u001b]52;c;ZXZpbA==\u0007**bold** <script> [x](javascript:1)";
    const status = incidentStatus(record(["03:05:00", note(hostile)], ["03:06:00", sent(hostile)]), ms("03:10:00"));
    expect(statusText(status)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    expect(statusMarkdown(status)).not.toMatch(/(?<!\\)<script>|(?<!\\)\*\*bold/);
  });

  it("of an incident that is over says when, and needs nobody any more", () => {
    const over = record([
      "03:50:00",
      { kind: "incident.resolved", payload: { by: "kim", atMs: ms("03:50:00"), resolution: "memory" } },
    ]);
    const status = incidentStatus(over, NOW_MS + 86_400_000);
    expect(status).toMatchObject({ phase: "resolved", elapsedMs: 50 * 60_000 });
    expect(status.updates.nextDueAtMs).toBeUndefined();
    expect(status.escalation.map(({ status: now }) => now)).toEqual(["late", "not-needed", "not-needed"]);
  });
});
