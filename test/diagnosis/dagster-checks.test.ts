import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/check.ts";
import { dagsterChecks } from "../../src/diagnosis/dagster/checks.ts";
import { openRuns } from "../../src/diagnosis/dagster/runs.ts";
import { CHUNKED_READ, dagsterVerdicts } from "../../src/diagnosis/dagster/verdicts.ts";
import type { Fact } from "../../src/diagnosis/fact.ts";
import type { LogEnd } from "../../src/diagnosis/sources/logs.ts";
import {
  ago,
  definition,
  definitions,
  ended,
  event,
  known,
  OUT_OF_MEMORY,
  revision,
  said,
  scope,
  series,
  service,
  task,
  unknown,
} from "./facts.ts";

const RUN = "5a2f9c1e-0000-4000-8000-000000000001";
const daemon = service({ name: "dagster-daemon", cluster: "lakehouse-prod-dagster", desired: 1, running: 1 });
const text = (findings: readonly Finding[]) => findings.map((finding) => finding.text).join("\n");
const line = (rest: string, id = RUN) => ({
  atMs: ago(4),
  text: `2026-11-23 02:56:00 +0000 - dagster - INFO - backfill - ${id} - ${rest}`,
});

/** The findings of the check of this id. */
function judge(id: string, facts: object, more: object = {}): Finding[] {
  const check = dagsterChecks.find((candidate) => candidate.id === id)!;
  return check.judge(facts as never, scope(), {
    definitions: unknown,
    ends: unknown,
    changes: unknown,
    ...more,
  } as never);
}

const of = (one: ReturnType<typeof ended>) => ({ ...one, service: "dagster-daemon" });
const ends = (...lines: LogEnd["lines"]): Fact<LogEnd[]> =>
  known([{ task: "0123456789abcdef", container: "nessie", lines }]);

describe("Dagster killed at its memory limit", () => {
  const killed = (tasks: ReturnType<typeof task>[], more: object = {}) =>
    judge(
      "dagster-killed-for-memory",
      { services: [daemon], tasks },
      { definitions: definitions(definition()), ...more },
    );

  test.each([
    ["exit 137 and a reason that names memory", [of(ended(137, OUT_OF_MEMORY))], ["dagster-memory-limit proves"]],
    [
      "137 alone is only SIGKILL",
      [of(task({ stoppedAtMs: ago(2), containers: [{ name: "d", exitCode: 137, reason: "" }] }))],
      [],
    ],
    ["an application error", [of(ended(1))], []],
    ["an hour ago", [of(ended(137, OUT_OF_MEMORY, { stoppedAtMs: ago(59) }))], []],
    ["Nessie's task", [ended(137, OUT_OF_MEMORY)], []],
  ])("%s", (_name, tasks, expected) => {
    expect(said(killed(tasks))).toEqual(expected);
  });

  test("names the run that was open, limits now and proposed", () => {
    const findings = killed([of(ended(137, OUT_OF_MEMORY))], {
      ends: ends(
        line('79 - load - STEP_START - Started execution of step "load".'),
        line("79 - load - Reading 412 files with pandas.read_parquet"),
      ),
    });
    expect(text(findings)).toMatch(/limit 2 GB; last 01234567 at 02:57:00 UTC/);
    expect(text(findings)).toMatch(
      /the run backfill \(5a2f9c1e\), step load: "Reading 412 files with pandas\.read_parquet"/,
    );
    expect(findings[0]?.details).toMatchObject({ service: "dagster-daemon", memoryMb: 2048, proposedMb: 4096 });
  });

  test("with more memory by now it is an old story", () => {
    expect(
      said(killed([of(ended(137, OUT_OF_MEMORY))], { definitions: definitions(definition({ memoryMb: 4096 })) })),
    ).toEqual([]);
  });

  test.each([
    [97, ["dagster-memory-limit supports"]],
    [60, []],
  ])("memory at %i %%", (peak, expected) => {
    const memory = new Map([["dagster-daemon", series(50, peak)]]);
    expect(said(judge("dagster-memory-use", { services: [daemon], memory }))).toEqual(expected);
  });
});

describe("Dagster's own errors", () => {
  const failed = (tasks: ReturnType<typeof task>[], more: object = {}) =>
    judge("dagster-application-error", { services: [{ ...daemon, taskDefinition: revision(2) }], tasks }, more);
  const crashed = of(ended(1, "", { taskDefinition: revision(2) }));

  test.each([
    [
      "exit 1 with an error in its log",
      [crashed],
      { ends: ends({ atMs: 0, text: "ModuleNotFoundError: No module named 'x'" }) },
      ["proves"],
    ],
    ["exit 1, twice", [crashed, { ...crashed, id: "b" }], {}, ["proves"]],
    ["exit 1, once, with no word", [crashed], {}, ["supports"]],
    ["killed for memory", [of(ended(137, OUT_OF_MEMORY, { taskDefinition: revision(2) }))], {}, []],
    ["of the revision before", [of(ended(1))], {}, []],
  ])("%s", (_name, tasks, more, expected) => {
    expect(said(failed(tasks, more))).toEqual(expected.map((strength) => `dagster-application-error ${strength}`));
  });

  test("names the release, who deployed it, and what to go back to", () => {
    const findings = failed([crashed], {
      ends: ends({ atMs: 0, text: "ModuleNotFoundError: No module named 'x'" }),
      changes: known([{ service: "dagster-daemon", event: event("UpdateService", { taskDefinition: revision(2) }) }]),
      definitions: definitions(
        definition(),
        definition({ revision: 2, containers: [{ name: "nessie", image: "dagster:2", environment: {} }] }),
      ),
    });
    expect(text(findings)).toMatch(/ModuleNotFoundError: No module named 'x'/);
    expect(text(findings)).toMatch(/platform-engineer\/marco deployed lakehouse-prod-nessie:2 at 02:55:00 UTC/);
    expect(text(findings)).toMatch(/to dagster:2/);
    expect(findings[0]?.details).toMatchObject({ previousRevision: revision(1) });
  });
});

test("a service at zero is named, with who did it", () => {
  const findings = judge(
    "dagster-desired",
    { services: [{ ...daemon, desired: 0, running: 0 }] },
    { changes: known([{ service: "dagster-daemon", event: event("UpdateService", { desiredCount: 0 }) }]) },
  );
  expect(said(findings)).toEqual(["dagster-stopped proves"]);
  expect(text(findings)).toMatch(/asked for 0 tasks, by platform-engineer\/marco/);
});

describe("runs that were open", () => {
  const other = "5a2f9c1e-0000-4000-8000-000000000002";
  test("are those that began and did not end, who spoke last first", () => {
    const runs = openRuns([
      line('Started execution of run for "backfill".'),
      line('77 - RUN_START - Started execution of run for "asset".', other),
      line('79 - load - STEP_START - Started execution of step "load".'),
      line("77 - RUN_SUCCESS - Finished execution of run.", other),
      line("79 - load - Reading 412 files"),
      { text: "a line of the daemon" },
    ]);
    expect(runs).toEqual([{ id: RUN, job: "backfill", step: "load", doing: "Reading 412 files" }]);
  });

  test("of several the last to speak comes first", () => {
    expect(openRuns([line("one"), line("two", other)]).map(({ id }) => id)).toEqual([other, RUN]);
  });
});

test("the advice on reading in batches is one that works", () => {
  const fixes = dagsterVerdicts.find(({ id }) => id === "dagster-memory-limit")!.fixes([], scope());
  const advice = fixes.flatMap((fix) => (fix.kind === "text" ? fix.text : [])).join("\n");
  expect(advice).toBe(CHUNKED_READ);
  expect(advice).toContain("pq.ParquetFile(source).iter_batches(batch_size=100_000");
  expect(advice).not.toContain("chunksize");
});
