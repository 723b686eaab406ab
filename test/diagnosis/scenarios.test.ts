import { describe, expect, test } from "vitest";
import type { DiagnosisResult } from "../../src/diagnosis/run.ts";
import { listScenarios } from "../../src/sim/index.ts";
import type { CatalogType } from "../../src/sim/world/names.ts";
import { sample } from "../support/thorough.ts";
import { accountAt, contextOf, diagnose } from "./support.ts";

const SEEDS = sample([1, 2, 3, 4, 5], 1);
/** Minutes into a scenario at which somebody may ask, for the seeds in turn: at once, when the alarm fires, and later. */
const MINUTES = [0.5, 3, 12];
/** Scenarios of Nessie, Dagster, and none; the data's have a test of their own. */
const OURS = /^(nessie|dynamodb|security-group|bad-deployment|dagster|quiet)/;

const NEEDS_NESSIE = /^(Commits on Nessie's main|Whether Nessie can read its history)/;
/** What a check says when Nessie, or the load balancer in front of it, gives no answer that says anything. */
const SILENT = /no answer from Nessie|load balancer [\w.-]+ answers 50\d|Nessie answers 429/;

const scenarios = listScenarios().filter(({ id }) => OURS.test(id));
const cases = scenarios.flatMap(({ id, catalogs, diagnosis }) =>
  catalogs.map((catalogType: CatalogType) => ({ scenario: id, catalogType, verdict: diagnosis.verdict })),
);

/** Findings about verdicts that their check does not say it may speak about: these would not be open when it is unknown. */
const strangers = ({ checks }: DiagnosisResult) =>
  checks.flatMap(({ id, verdicts, findings }) =>
    findings.flatMap(({ verdict }) => (verdict && !verdicts.includes(verdict) ? [`${id}: ${verdict}`] : [])),
  );

describe("the top verdict is the scenario's own answer, and nothing else is claimed", () => {
  test.each(cases)("$scenario with $catalogType", { timeout: 60_000 }, async ({ scenario, catalogType, verdict }) => {
    for (const [index, seed] of SEEDS.entries()) {
      const minutes = MINUTES[index % MINUTES.length]!;
      const simulator = await accountAt(minutes, { scenario, catalogType, seed });
      const result = await diagnose(await contextOf(simulator));
      const told = result.verdicts.map(({ id, certainty }) => `${id} ${certainty}`);
      expect(told, `seed ${seed}, minute ${minutes}`).toEqual([`${verdict} proven`]);
      // Nessie's own API cannot be asked while nobody reaches it; everything else can.
      expect(result.unknown.filter((text) => !NEEDS_NESSIE.test(text) && !SILENT.test(text))).toEqual([]);
      expect(strangers(result)).toEqual([]);
    }
  });

  test.each(sample(cases, 10))("$scenario with $catalogType, under other names, elsewhere", async (one) => {
    const { scenario, catalogType, verdict } = one;
    const place = { project: "acme-data", environment: "dev", region: "eu-central-1", accountId: "222233334444" };
    const simulator = await accountAt(4, { scenario, catalogType, seed: 9, ...place });
    const result = await diagnose(await contextOf(simulator));
    expect(result.verdicts.map(({ id }) => id)).toEqual([verdict]);
    // IAM's and STS's events are kept in us-east-1, wherever the lakehouse is.
    const evidence = JSON.stringify(result).replaceAll(/aws cloudtrail lookup-events .*?--region us-east-1/g, "");
    expect(evidence).not.toMatch(/lakehouse-prod|us-east-1|111122223333/);
  });
});

describe("the evidence is named", () => {
  const evidenceOf = async (scenario: string) => {
    const simulator = await accountAt(4, { scenario });
    const result = await diagnose(await contextOf(simulator));
    const [verdict] = result.verdicts;
    return { verdict: verdict!, text: [...verdict!.for, ...verdict!.information].map(({ text }) => text).join("\n") };
  };

  test.each([
    ["nessie-oom", [/killed: exit 137, "OutOfMemoryError/, /log of \w{8} just ends at/, /Memory was at (9\d|100) %/]],
    ["nessie-heap", [/java\.lang\.OutOfMemoryError/, /exit 3/, /MaxRAMPercentage=25 .* 512 MB/]],
    ["nessie-cpu-high", [/at 6 of 6 tasks: it has nothing left/, /times usual/, /come from 172\.20\.14\.23/]],
    [
      "dynamodb-throttling",
      [/GetItem \d+, BatchGetItem \d+/, /12 read units/, /cost-review changed lakehouse-prod-nessie_objs/],
    ],
    [
      "security-group-closed:targets",
      [/No rule of sg-\w+ \(lakehouse-prod-nessie-ecs\)/, /revoked at 02:58:20 UTC by platform-engineer\/marco/],
    ],
    [
      "security-group-closed:clients",
      [/10\.0\.10\.0\/24.* on port 80/, /counted no request/, /RevokeSecurityGroupIngress/],
    ],
    [
      "bad-deployment:image",
      [
        /CannotPullContainerError/,
        /0\.99\.0 to .*0\.99\.10/,
        /deploy-pipeline deployed it/,
        /no deployment circuit breaker/,
      ],
    ],
    ["bad-deployment:crash", [/exit 1/, /SRCFG00029/, /variables NESSIE_VERSION_STORE_TYPE/]],
    ["dagster-oom", [/dagster-daemon killed: exit 137/, /event_stream_backfill .*pandas\.read_parquet/]],
    ["dagster-app-error", [/exit 1/, /ModuleNotFoundError/, /release-2026\.46\.0 deployed/]],
  ] as const)("of %s", async (scenario, patterns) => {
    const { verdict, text } = await evidenceOf(scenario);
    for (const pattern of patterns) expect(text).toMatch(pattern);
    for (const finding of verdict.for) expect(finding.lines?.[0], finding.text).toMatch(/^aws \w/);
  });

  test("and the values of variables are not: they may be secrets", async () => {
    const simulator = await accountAt(4, { scenario: "bad-deployment:crash" });
    const { container } = simulator.world.lakehouse.definition;
    container.environment.push({ name: "DATABASE_PASSWORD", value: "correct-horse" });
    const result = await diagnose(await contextOf(simulator));
    expect(JSON.stringify(result)).toContain("DATABASE_PASSWORD");
    expect(JSON.stringify(result)).not.toContain("correct-horse");
  });
});

test("nothing of Nessie or Dagster is claimed where the data is what is wrong", { timeout: 60_000 }, async () => {
  const others = listScenarios().filter(({ id }) => !OURS.test(id));
  for (const { id, catalogs } of others) {
    for (const catalogType of catalogs) {
      const simulator = await accountAt(5, { scenario: id, catalogType });
      const context = await contextOf(simulator);
      for (const diagnosis of ["nessie-unreachable", "dagster-oom"]) {
        const { conclusion, verdicts } = await diagnose(context, diagnosis);
        expect({ id, catalogType, diagnosis, conclusion, found: verdicts.map((verdict) => verdict.id) }).toEqual({
          id,
          catalogType,
          diagnosis,
          conclusion: "nothing-wrong",
          found: ["nothing-wrong"],
        });
      }
    }
  }
});
