import { describe, expect, test } from "vitest";
import { actionDefinitions } from "../../src/actions/registry.ts";
import { knownOperations, operationOf } from "../../src/aws/operations.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import { type AnyCheck, type CheckResult, defineCheck } from "../../src/diagnosis/check.ts";
import { dagsterChecks } from "../../src/diagnosis/dagster/checks.ts";
import { dagsterVerdicts } from "../../src/diagnosis/dagster/verdicts.ts";
import type { DiagnosisContext, FactSource } from "../../src/diagnosis/fact.ts";
import { FACT_BOX_MS, FactDesk } from "../../src/diagnosis/fact-desk.ts";
import { nessieVerdicts } from "../../src/diagnosis/nessie/index.ts";
import { checks, checksOf, diagnoses, verdicts } from "../../src/diagnosis/registry.ts";
import { runDiagnosis } from "../../src/diagnosis/run.ts";
import { VERDICT_IDS } from "../../src/diagnosis/verdict-ids.ts";
import { NOW_MS, scope } from "./facts.ts";
import { accountAt, contextOf } from "./support.ts";

/** A context without AWS: sources that call nothing need none. */
function bare(clock = new ManualClock(NOW_MS)): DiagnosisContext {
  const { window, deployment } = scope();
  const aws = {} as DiagnosisContext["aws"];
  return { aws, deployment, clock, where: { region: "us-east-1" }, accountId: "1", window, held: [] };
}

const source = <T>(fetch: FactSource<T>["fetch"], id = "x"): FactSource<T> => ({
  id,
  title: `the ${id}`,
  operations: [],
  fetch,
});
const denied = () => {
  throw new Failure({ kind: "denied", what: "ecs:ListTasks", why: "no", next: "", missingPermission: "ecs:ListTasks" });
};
const answered = (check: AnyCheck, context = bare()): Promise<CheckResult> =>
  runDiagnosis({ id: "d", title: "D" }, [check], [], context).then((result) => result.checks[0]!);

describe("a fact", () => {
  test("is fetched once, however many ask for it", async () => {
    let fetched = 0;
    const one = source(async () => ++fetched);
    const desk = new FactDesk(bare());
    const two = source(async (reader) => (await reader.need(one)) * 10, "two");
    const facts = await Promise.all([desk.get(one), desk.get(one), desk.get(two)]);
    expect(facts.map((fact) => fact.status === "known" && fact.value)).toEqual([1, 1, 10]);
    expect(fetched).toBe(1);
  });

  test("says which permission it lacks, and what is built on it says the same", async () => {
    const one = source<number>(denied);
    const two = source(async (reader) => (await reader.need(one)) + 1, "two");
    const fact = await new FactDesk(bare()).get(two);
    expect(fact).toMatchObject({ status: "unknown", missingPermission: "ecs:ListTasks" });
  });

  test("that this lakehouse does not have is absent, and so is what is built on it", async () => {
    const one = source<number>(async (reader) => reader.absent("no Nessie here"));
    const two = source(async (reader) => reader.need(one), "two");
    expect(await new FactDesk(bare()).get(two)).toMatchObject({ status: "absent", reason: "no Nessie here" });
  });

  test("can look at another one as far as it is known", async () => {
    const one = source<number>(denied);
    const two = source(async (reader) => (await reader.fact(one)).status, "two");
    expect(await new FactDesk(bare()).get(two)).toMatchObject({ status: "known", value: "unknown" });
  });

  test("that does not come in time is unknown, and costs the others nothing", async () => {
    const clock = new ManualClock(NOW_MS);
    const desk = new FactDesk(bare(clock));
    const slow = desk.get(source(() => new Promise<number>(() => undefined)));
    expect(await desk.get(source(async () => 1, "quick"))).toMatchObject({ status: "known" });
    clock.advance(FACT_BOX_MS);
    expect(await slow).toMatchObject({ status: "unknown", reason: "no answer within 15 s" });
  });

  test("whose fetch has a bug is unknown and names it", async () => {
    const broken = source<number>(async () => {
      throw new TypeError("x is not iterable");
    });
    expect(await new FactDesk(bare()).get(broken)).toMatchObject({ status: "unknown", reason: "x is not iterable" });
  });

  test("rejects when the diagnosis is cancelled", async () => {
    const abort = new AbortController();
    const desk = new FactDesk({ ...bare(), signal: abort.signal });
    const waiting = desk.get(
      source(
        (reader) =>
          new Promise<number>((_resolve, reject) => {
            reader.signal?.addEventListener("abort", () => reject(new Error("stopped")));
          }),
      ),
    );
    abort.abort(new Error("cancelled"));
    await expect(waiting).rejects.toThrow("cancelled");
  });

  test("keeps the calls that it took as aws lines, and may make no other than it declares", async () => {
    const simulator = await accountAt(0, { scenario: "quiet" });
    const desk = new FactDesk(await contextOf(simulator));
    const fetch: FactSource<unknown>["fetch"] = (reader) => reader.call("sts", "GetCallerIdentity", {});
    const declared = await desk.get({ id: "who", title: "who", operations: ["sts:GetCallerIdentity"], fetch });
    expect(declared).toMatchObject({
      status: "known",
      lines: [expect.stringMatching(/^aws sts get-caller-identity --region us-east-1 --endpoint-url/)],
    });
    const secret = await desk.get({ id: "other", title: "other", operations: [], fetch });
    expect(secret).toMatchObject({ status: "unknown", reason: expect.stringContaining("does not declare") });
  });
});

describe("where Dagster runs", () => {
  const asked = async (place: Partial<Pick<DiagnosisContext["deployment"], "dagster" | "compose">>) => {
    const context = bare();
    const { dagster: _ecs, compose: _compose, ...deployment } = context.deployment;
    return runDiagnosis({ id: "d", title: "D" }, dagsterChecks, verdicts, {
      ...context,
      deployment: { ...deployment, ...place },
    });
  };

  test("is not known: nothing is said to be well", async () => {
    const { conclusion, unknown } = await asked({});
    expect(conclusion).toBe("inconclusive");
    expect(unknown).toEqual([
      expect.stringMatching(
        /where Dagster runs is not configured .*\(4 checks\): Tasks that Dagster is asked to run; /,
      ),
    ]);
  });

  test("in docker compose: the checks of ECS do not apply", async () => {
    const { checks: all } = await asked({ compose: { project: "p", services: [] } });
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(["not-applicable"]));
  });
});

describe("a check", () => {
  const base = { id: "c", title: "The check", diagnoses: [], verdicts: ["crash-loop" as const] };
  const good = source(async () => 1, "good");
  const bad = source<number>(denied, "bad");

  test("is unknown where a fact that it needs is, and is not asked then", async () => {
    const result = await answered(
      defineCheck({ ...base, needs: { good, bad }, judge: () => [{ strength: "proves", text: "!" }] }),
    );
    expect(result).toMatchObject({
      status: "unknown",
      findings: [],
      reasons: ["needs ecs:ListTasks"],
      missingPermissions: ["ecs:ListTasks"],
    });
  });

  test("says once why several facts could not be read", async () => {
    const broken = async () => {
      throw new Failure({ kind: "unreachable", what: "it", why: "Nessie answers 503.", next: "wait" });
    };
    const [one, two] = [source<number>(broken, "log"), source<number>(broken, "tables")];
    const result = await answered(defineCheck({ ...base, needs: { one, two }, judge: () => [] }));
    expect(result.reasons).toEqual(["the log: Nessie answers 503"]);
  });

  test("does not apply where a fact that it needs does not exist here", async () => {
    const none = source<number>(async (reader) => reader.absent("no ECS here"), "none");
    const result = await answered(defineCheck({ ...base, needs: { none, bad }, judge: () => [] }));
    expect(result).toMatchObject({ status: "not-applicable", reasons: ["no ECS here"] });
  });

  test("is answered without a fact that it only uses", async () => {
    const check = defineCheck({
      ...base,
      needs: { good },
      uses: { bad },
      judge: ({ good: value }, _scope, { bad: more }) => [{ strength: "information", text: `${value} ${more.status}` }],
    });
    expect((await answered(check)).findings[0]?.text).toBe("1 unknown");
  });

  test("with a bug is unknown and names it; the others go on", async () => {
    const broken = defineCheck({
      ...base,
      needs: {},
      judge: () => {
        throw new TypeError("undefined is not a function");
      },
    });
    expect(await answered(broken)).toMatchObject({ status: "unknown", reasons: ["undefined is not a function"] });
  });

  test("has its text made safe to draw", async () => {
    const check = defineCheck({
      ...base,
      needs: {},
      judge: () => [{ strength: "information", text: "a\x1b[31mred\nline" }],
    });
    expect((await answered(check)).findings[0]?.text).toBe("ared line");
  });

  test("is handed out as soon as it is answered, not when all are", async () => {
    const clock = new ManualClock(NOW_MS);
    const slow = source(() => new Promise<number>(() => undefined), "slow");
    const seen: string[] = [];
    const running = runDiagnosis(
      { id: "d", title: "D" },
      [
        defineCheck({ ...base, id: "slow", needs: { slow }, judge: () => [] }),
        defineCheck({ ...base, id: "quick", needs: { good }, judge: () => [] }),
      ],
      [],
      bare(clock),
      ({ id }) => seen.push(id),
    );
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(["quick"]);
    clock.advance(FACT_BOX_MS);
    expect((await running).checks.map(({ id }) => id)).toEqual(["slow", "quick"]);
  });
});

describe("what is proven before everything is answered", () => {
  const says = (id: string, verdict: "crash-loop" | "jvm-heap", needs: AnyCheck["needs"]) =>
    defineCheck({
      id,
      title: id,
      diagnoses: [],
      verdicts: [verdict],
      needs,
      judge: () => [{ verdict, strength: "proves", text: id }],
    });

  test("is handed out with the answers, but nothing that may turn out to be a symptom", async () => {
    const clock = new ManualClock(NOW_MS);
    const slow = source(() => new Promise<number>(() => undefined), "slow");
    const told: string[][] = [];
    const running = runDiagnosis(
      { id: "d", title: "D" },
      [says("symptom", "crash-loop", {}), says("cause", "jvm-heap", {}), says("late", "jvm-heap", { slow })],
      verdicts,
      bare(clock),
      (_check, soFar) => told.push(soFar.map(({ id }) => id)),
    );
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual([[], ["jvm-heap"]]);
    clock.advance(FACT_BOX_MS);
    expect((await running).verdicts[0]).toMatchObject({ id: "jvm-heap", consequences: [expect.any(String)] });
  });

  test("a source may have a shorter time of its own", async () => {
    const clock = new ManualClock(NOW_MS);
    const fact = new FactDesk(bare(clock)).get({ ...source(() => new Promise<number>(() => undefined)), boxMs: 100 });
    clock.advance(100);
    expect(await fact).toMatchObject({ status: "unknown", reason: "no answer within 0.1 s" });
  });
});

describe("the registry", () => {
  const sources = [...new Set(checks.flatMap(({ needs, uses }) => [...Object.values(needs), ...Object.values(uses)]))];

  test("has each id once", () => {
    for (const all of [checks, verdicts, diagnoses, sources]) {
      const ids = all.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
    }
  });

  test("every check belongs to a diagnosis that exists, and speaks of verdicts that are defined", () => {
    const defined = new Set<string>(verdicts.map(({ id }) => id));
    const known = new Set(diagnoses.map(({ id }) => id));
    for (const { id, diagnoses: own, verdicts: spoken } of checks) {
      expect(
        own.filter((name) => !known.has(name)),
        id,
      ).toEqual([]);
      expect(
        spoken.filter((name) => !defined.has(name)),
        id,
      ).toEqual([]);
    }
    expect([...defined].filter((id) => !(VERDICT_IDS as readonly string[]).includes(id))).toEqual([]);
  });

  test("every source reads only, with operations that the client layer knows", () => {
    const operations = sources.flatMap((one) => one.operations);
    expect(operations.filter((name) => !knownOperations().includes(name))).toEqual([]);
    expect(
      operations.filter((name) => operationOf(...(name.split(":") as [string, string]))?.access !== "read"),
    ).toEqual([]);
  });

  test("every fix of Nessie and Dagster is an action that exists", () => {
    const ids = new Set(actionDefinitions.map(({ id }) => id));
    const fixes = [...nessieVerdicts, ...dagsterVerdicts].flatMap((verdict) =>
      verdict.fixes(
        [
          {
            strength: "proves",
            text: "",
            details: {
              service: "dagster-daemon",
              table: "t",
              maximumRead: 1,
              ours: false,
              client: "10.0.0.1",
              rule: {},
            },
          },
        ],
        scope(),
      ),
    );
    // Recoveries are offered where they are there (offered-fixes.test.ts).
    const missing = fixes.flatMap((fix) => (fix.kind === "action" && !ids.has(fix.actionId) ? [fix.actionId] : []));
    expect(missing.filter((id) => !id.startsWith("recover-"))).toEqual([]);
  });

  test("everything asks all checks; a diagnosis that does not exist names the others", () => {
    expect(checksOf("everything").checks).toEqual(checks);
    expect(() => checksOf("nope")).toThrow(/no diagnosis with this id/);
  });
});
