import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { headerLines } from "../../src/cockpit/header.ts";
import { createTheme } from "../../src/panes/theme.ts";
import type { Component } from "../../src/record/entries.ts";
import { recoveryObjectives } from "../../src/record/recovery-objectives.ts";
import type { Threshold } from "../../src/state/escalation.ts";
import type { CockpitState } from "../../src/state/store.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";

const MINUTE = 60_000;

function header(
  width: number,
  change: (state: CockpitState) => CockpitState = (state) => state,
  monotonicMs = 2000,
  zone: "utc" | "local" = "utc",
  silent = false,
): { lines: string[]; styled: string } {
  const theme = createTheme({ colour: true, ascii: false });
  const lines = headerLines(change(fixtureState()), {
    width,
    bannerCount: 3,
    nowMs: NOW_MS,
    monotonicMs,
    theme,
    zone,
    silent,
  });
  return { lines: lines.map((line) => stripVTControlCharacters(line)), styled: lines.join("\n") };
}

const incident = (change: Partial<CockpitState["incident"]>) => (state: CockpitState) => ({
  ...state,
  incident: { ...state.incident, ...change },
});
const held = (guard: "holding" | "broken" | "unknown", message?: string) => (state: CockpitState) => ({
  ...state,
  heldOpen: [{ runId: "r", title: "Contain nessie", badge: "nessie 2->0", sinceMs: 0, guard, message }],
});

/** Nobody has acknowledged an alarm that came so many minutes ago. */
const unacknowledged = (minutes: number) => (state: CockpitState) => {
  const [l1, ...others] = state.communication.thresholds;
  const dueAtMs = NOW_MS + (15 - minutes) * MINUTE;
  const open = { ...l1, answer: undefined, dueAtMs, lateAtMs: dueAtMs } as Threshold;
  return {
    ...incident({ acknowledgedAtMs: undefined, detectedAtMs: NOW_MS - minutes * MINUTE })(state),
    communication: { ...state.communication, thresholds: [open, ...others] },
  };
};
/** So many minutes later, with nothing answered since. */
const later = (minutes: number) => (state: CockpitState) => {
  const { communication } = state;
  const earlier = (atMs: number) => atMs - minutes * MINUTE;
  return {
    ...state,
    communication: {
      ...communication,
      thresholds: communication.thresholds.map((threshold) => ({
        ...threshold,
        dueAtMs: earlier(threshold.dueAtMs),
        lateAtMs: earlier(threshold.lateAtMs),
        proposed: { atMs: NOW_MS, text: "" },
      })),
      updates: { ...communication.updates, dueAtMs: earlier(communication.updates.dueAtMs ?? 0) },
    },
  };
};

describe("first line", () => {
  test("says everything where there is room", () => {
    const [first] = header(200).lines;
    for (const part of [
      "MAYDAY",
      "P1",
      "Nessie unreachable",
      "PROD production",
      "SIMULATED 127.0.0.1:4566",
      "111122223333  lakehouse",
      "us-east-1",
      "responder/on-call",
      "T+00:41:07",
      "UTC 03:41:07",
    ]) {
      expect(first).toContain(part);
    }
  });

  test("production is in words and in reverse video, other environments are not", () => {
    expect(header(120).styled).toContain("\x1b[1;7;31m PROD production \x1b[0m");
    const staging = header(120, incident({ environment: "staging" }));
    expect(staging.lines[0]).toContain("staging");
    expect(staging.styled.split("\n")[0]).not.toContain("PROD");
  });

  test.each([40, 60, 80, 100, 120])(
    "at %i columns the clock, the environment, the endpoint and what is held open stay",
    (width) => {
      const { lines } = header(width, held("holding"));
      expect(lines[0]).toContain("T+00:41:07");
      expect(lines[0]).toMatch(/PROD/);
      expect(lines[0]).toMatch(/SIM/);
      expect(lines[1]).toContain("held open: nessie 2->0");
    },
  );

  test.each([100, 120, 140])("at %i columns account, region, caller and a title of 36 columns are whole", (width) => {
    const title = "Nessie unreachable, all commits fail";
    const { lines } = header(width, incident({ title }));
    expect(lines.join("\n")).toContain("111122223333");
    expect(lines.join("\n")).toContain("us-east-1");
    expect(lines.join("\n")).toContain("responder/on-call");
    expect(lines[0]).toContain(title);
    if (width >= 120) expect(lines[0]).toContain("MAYDAY");
  });

  test("at 120 columns account and region stand on the first line where the title leaves room, also while something is held", () => {
    const { lines } = header(120, held("holding"));
    expect(lines[0]).toMatch(/MAYDAY.*Nessie unreachable.*111122223333 {2}us-east-1/);
    expect(lines[1]).not.toContain("111122223333");
    expect(lines[1]).toContain("a: mark contained?");
    // The clocks that run come before who is called.
    expect(lines[1]).toContain("L2 20:00  upd 12:30  held open: nessie 2->0");
  });

  test("at 80 columns the screen says that it is simulated, whose account it is, and the title", () => {
    const { lines } = header(80);
    expect(lines[0]).toContain("SIMULATED");
    expect(lines[0]).toContain("Nessie unreachable");
    expect(lines[0]).toContain("111122223333");
  });

  const busy = (state: CockpitState): CockpitState => {
    const badges = ["nessie 2->0", "dagster 1+1->0", "s3 freeze-deletion"];
    const heldOpen = badges.map((badge, at) => ({ ...held("holding")(state).heldOpen[0]!, runId: `r${at}`, badge }));
    return { ...later(22)(state), heldOpen };
  };

  test.each([
    [80, "Nessie unreachable"],
    [80, "Nessie unreachable, all commits of every pipeline fail since the last deployment"],
    [60, "Nessie unreachable"],
    [100, "Nessie unreachable"],
  ])(
    "at %i columns with three things held open and two things due nothing of it hides the account (%s)",
    (width, title) => {
      const { lines } = header(width, (state) => incident({ title })(busy(state)));
      expect(lines.join("\n")).toContain("111122223333");
      expect(lines[0]).toContain("T+00:41:07");
      expect(lines[1]).toMatch(
        width >= 80 ? /L2 DUE 02:00 \(e\) {2}update DUE 09:30 \(u\) {2}3 held open \(z\)/ : /3 held open \(z\)/,
      );
      if (width >= 80) expect(lines[0]).toContain("Nessie unreachabl");
      const [one, ...others] = busy(fixtureState()).heldOpen;
      const broken = header(width, (state) => ({
        ...busy(state),
        heldOpen: [{ ...one!, guard: "broken" }, ...others],
      }));
      expect(broken.lines[1]).toContain("3 held open: 1 BROKEN (z)");
      expect(broken.lines.join("\n")).toContain("111122223333");
    },
  );

  test("at 80 columns beside an endpoint of its own the title stays, and the account stands on the second line", () => {
    const { lines } = header(80, (state) => {
      const simulated = { ...state.incident, simulated: false, title: "Incident on lakehouse prod" };
      return { ...state, incident: simulated };
    });
    expect(lines[0]).toContain("Incident on lak");
    expect(lines[0]).toContain("endpoint 127.0.0.1:4566");
    expect(lines[1]).toContain("111122223333");
  });

  test("where there is room for it what is held open is named", () => {
    expect(header(200, busy).lines[1]).toContain("held open: nessie 2->0, dagster 1+1->0, s3 freeze-deletion (z)");
  });

  test("an endpoint that is no simulator is shown as one", () => {
    const { lines } = header(160, (state) => ({ ...state, incident: { ...state.incident, simulated: false } }));
    expect(lines[0]).toContain("endpoint http://127.0.0.1:4566");
  });
});

describe("second line and banners", () => {
  test("counts down to the acknowledgement, and says when it is overdue", () => {
    expect(header(120, unacknowledged(3)).lines[1]).toContain("L1 ack in 12:00");
    expect(header(120, unacknowledged(16)).lines[1]).toContain("L1 ack OVERDUE 01:00 (e)");
    expect(header(120).lines[1]).toContain("L1 acked 00:04");
  });

  test("counts down to the RTO of the affected component with the least time, and says when it is overdue", () => {
    const affected = (minutesAgo: number, ...components: Component[]) => {
      const at = new Date(NOW_MS - minutesAgo * MINUTE).toISOString();
      const entries = new EntriesBuilder().add(at, opened({ declared: at })).add(at, {
        kind: "incident.blast-radius",
        payload: { by: "kim", environment: "prod", components, reasons: [] },
      }).entries;
      return (state: CockpitState) => ({ ...state, objectives: recoveryObjectives(entries) });
    };
    expect(header(140, affected(41, "nessie")).lines[1]).toContain("RTO nessie 19:00 left");
    expect(header(140, affected(10, "nessie", "dagster")).lines[1]).toContain("RTO dagster 05:00 left +1");
    expect(header(140, affected(62, "nessie")).lines[1]).toContain("RTO nessie OVERDUE 02:00");
    const resolved = header(140, (state) => incident({ resolvedAtMs: NOW_MS })(affected(5, "nessie")(state)));
    expect(resolved.lines[1]).not.toContain("RTO");
    expect(header(140).lines[1]).not.toContain("RTO");
  });

  test("counts down to the next level and the next update, in short words where there is less room", () => {
    expect(header(140).lines[1]).toContain("L1 acked 00:04  L2 in 20:00  next update 12:30");
    const { lines } = header(80, held("holding"));
    expect(lines[1]).toContain("L2 20:00  upd 12:30");
    expect(lines[1]).toContain("held open: nessie 2->0");
  });

  test.each([80, 120, 200])(
    "at %i columns what is due stands there with its key, and how much more is due",
    (width) => {
      const due = header(width, later(22)).lines[1];
      expect(due).toContain("L2 DUE 02:00 (e)");
      expect(due).toContain("update DUE 09:30 (u)");
      expect(header(width, later(26)).lines[1]).toContain("L2 LATE 06:00 (e)");
      expect(header(width, later(201)).lines[1]).toContain("L2 LATE 3:01:00 +1 (e)");
    },
  );

  test("what nobody got, and who has not been told, is said", () => {
    const communication = (change: Partial<CockpitState["communication"]>) => (state: CockpitState) => ({
      ...state,
      communication: { ...state.communication, ...change },
    });
    const failed = header(160, communication({ unsent: { about: "status-update", why: "no answer" } }));
    expect(failed.lines[1]).toContain("NOT SENT: status update (u)");
    expect(header(160, communication({ stakeholdersWaiting: true })).lines[1]).toContain("a: tell stakeholders");
  });

  test("containment and resolution count from the declaration where the alarm came later", () => {
    expect(header(120).lines[1]).toContain("not contained");
    expect(header(120, incident({ containedAtMs: NOW_MS - 34 * MINUTE })).lines[1]).toContain("contained 00:07");
    expect(header(120, incident({ resolvedAtMs: NOW_MS })).lines[1]).toContain("resolved 00:41");
  });

  test("asks quietly to mark the incident contained, once a containment is seen to hold and nobody did", () => {
    expect(header(120, held("holding")).lines[1]).toContain("a: mark contained?");
    expect(header(120, held("unknown")).lines[1]).not.toContain("mark contained");
    const marked = header(120, (state) => incident({ containedAtMs: NOW_MS })(held("holding")(state)));
    expect(marked.lines[1]).not.toContain("mark contained");
    expect(header(80, held("holding")).lines[1]).toContain("held open: nessie 2->0");
  });

  test("a broken guard is shouted on a line of its own", () => {
    const { lines, styled } = header(120, held("broken", "nessie was scaled back up to 2"));
    expect(lines[1]).toContain("nessie 2->0 BROKEN");
    expect(lines[2]).toContain("CONTAINMENT BROKEN (z): nessie 2->0; nessie was scaled back up to 2");
    expect(styled.split("\n")[2]).toMatch(/^\x1b\[1;7;31m/);
    // A narrow screen says what, by whom, and how much more there is.
    const by = (arn: string) => (state: CockpitState) => {
      const [one] = held("broken", "nessie was scaled back up while it should be contained")(state).heldOpen;
      return { ...state, heldOpen: Array.from({ length: 4 }, (_, at) => ({ ...one!, runId: `r${at}`, by: arn })) };
    };
    const own = header(80, by("arn:aws:sts::111122223333:assumed-role/ci/deploy (UpdateService at 03:33:11)"));
    expect(own.lines[2]).toContain("CONTAINMENT BROKEN (z): nessie 2->0, by ci/deploy (UpdateSer");
    expect(own.lines[4]).toMatch(/\(and 1 more\)$/);
    const foreign = header(120, by("arn:aws:iam::999988887777:user/eve (UpdateService at 03:33:11)"));
    expect(foreign.lines[2]).toContain("by arn:aws:iam::999988887777:user/eve");
  });

  test("the age of the data is the typical one, and names a source that is worse", () => {
    expect(header(120).lines[1]).toContain("data live");
    const { lines } = header(120, (state) => ({
      ...state,
      logs: { ...state.logs, receivedAt: { atMs: 0, monotonicMs: -43_000 } } as CockpitState["logs"],
    }));
    expect(lines[1]).toContain("data live logs 45s");
  });

  test("a slow and a failed recorder are said", () => {
    expect(header(120, (state) => ({ ...state, recorder: { status: "slow", pending: 7 } })).lines[1]).toContain(
      "rec slow 7",
    );
    const failed = header(120, (state) => ({
      ...state,
      recorder: { status: "failed", pending: 7, reason: "disk full" },
    }));
    expect(failed.lines[1]).toContain("rec FAILED");
    expect(failed.lines[2]).toContain("RECORD NOT WRITTEN: disk full; changes to AWS are refused");
  });

  test.each([80, 120, 200])("that changes are made without a record is said at %i columns", (width) => {
    const { lines } = header(width, (state) => ({
      ...state,
      recorder: { status: "failed", pending: 7, reason: "disk full", allowsUnsaved: true },
    }));
    expect(lines[2]).toContain("RECORD NOT WRITTEN: disk full; you ALLOWED changes to AWS");
    expect(lines[2]).not.toContain("refused");
  });

  test.each([80, 120, 200])("that no bell rings is said at %i columns, and nothing where one does", (width) => {
    expect(header(width, undefined, 2000, "utc", true).lines[1]).toContain("bell off");
    expect(header(width).lines[1]).not.toContain("bell");
  });
});
