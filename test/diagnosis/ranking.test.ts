import { describe, expect, test } from "vitest";
import type { CheckResult, Finding, Strength } from "../../src/diagnosis/check.ts";
import { rank } from "../../src/diagnosis/ranking.ts";
import { verdicts } from "../../src/diagnosis/registry.ts";
import type { VerdictId } from "../../src/diagnosis/verdict-ids.ts";
import { scope } from "./facts.ts";

const finding = (verdict: VerdictId, strength: Strength): Finding & { lines: string[] } => ({
  verdict,
  strength,
  text: `${verdict} ${strength}`,
  lines: [],
});

const result = (change: Partial<CheckResult>): CheckResult => ({
  id: "c",
  title: "A check",
  verdicts: [],
  status: "answered",
  findings: [],
  reasons: [],
  missingPermissions: [],
  lines: [],
  tookMs: 1,
  ...change,
});

/** The ranking of findings written as `verdict strength`. */
function ranked(...findings: string[]) {
  const parsed = findings.map((text) => {
    const [verdict, strength] = text.split(" ") as [VerdictId, Strength];
    return finding(verdict, strength);
  });
  return rank([result({ findings: parsed })], verdicts, scope());
}

const told = ({ verdicts: all }: ReturnType<typeof ranked>) => all.map(({ id, certainty }) => `${id} ${certainty}`);
const hints = ({ possible }: ReturnType<typeof ranked>) => possible.map(({ id }) => id);

describe("certainty", () => {
  test.each([
    ["a proof", ["jvm-heap proves"], ["jvm-heap proven"], []],
    ["a proof, contested", ["jvm-heap proves", "jvm-heap against"], ["jvm-heap likely"], []],
    ["two that support", ["jvm-heap supports", "jvm-heap supports"], ["jvm-heap likely"], []],
    [
      "two that support and one against",
      ["jvm-heap supports", "jvm-heap supports", "jvm-heap against"],
      [],
      ["jvm-heap"],
    ],
    ["one that supports is a hint", ["jvm-heap supports"], [], ["jvm-heap"]],
    ["only against", ["jvm-heap against"], [], []],
    ["only information", ["jvm-heap information"], [], []],
  ])("%s", (_name, findings, expected, possible) => {
    const ranking = ranked(...findings);
    expect(told(ranking).filter((one) => !one.startsWith("nothing-wrong"))).toEqual(expected);
    expect(hints(ranking)).toEqual(possible);
  });
});

describe("order", () => {
  test("proven before likely, more reasons before fewer", () => {
    const ranking = ranked(
      "jvm-heap supports",
      "jvm-heap supports",
      "security-group proves",
      "dynamodb-throttling proves",
      "dynamodb-throttling supports",
    );
    expect(told(ranking)).toEqual(["dynamodb-throttling proven", "security-group proven", "jvm-heap likely"]);
  });

  test("of a verdict's reasons, what proves it before what only supports it", () => {
    const {
      verdicts: [first],
    } = ranked("security-group supports", "security-group supports", "security-group proves");
    expect(first?.for.map(({ strength }) => strength)).toEqual(["proves", "supports", "supports"]);
  });

  test("our own containment before everything", () => {
    expect(told(ranked("jvm-heap proves", "jvm-heap supports", "contained-by-us proves"))).toEqual([
      "contained-by-us proven",
      "jvm-heap proven",
    ]);
  });
});

describe("symptoms", () => {
  test("what follows from a cause is told with it, and is no cause of its own", () => {
    const ranking = ranked(
      "crash-loop proves",
      "load-balancer-without-targets proves",
      "container-memory-limit proves",
    );
    expect(told(ranking)).toEqual(["container-memory-limit proven"]);
    expect(ranking.verdicts[0]?.consequences).toHaveLength(2);
  });

  test("of a chain the first link is the cause", () => {
    const ranking = ranked("load-balancer-without-targets proves", "scaled-to-zero proves", "contained-by-us proves");
    expect(told(ranking)).toEqual(["contained-by-us proven"]);
    expect(ranking.verdicts[0]?.consequences.sort()).toEqual([
      "Nessie is scaled to zero",
      "The load balancer has no targets",
    ]);
  });

  test("without a cause the symptom is what there is", () => {
    expect(told(ranked("crash-loop proves"))).toEqual(["crash-loop proven"]);
  });

  test("a hint at what follows from a cause is no hint", () => {
    expect(hints(ranked("container-memory-limit proves", "crash-loop supports"))).toEqual([]);
  });
});

describe("what could not be looked at", () => {
  const open = result({
    title: "Stopped tasks",
    status: "unknown",
    verdicts: ["container-memory-limit"],
    reasons: ["needs ecs:DescribeTasks"],
  });
  const words = "Stopped tasks: needs ecs:DescribeTasks";

  test("nothing wrong is said only when everything was answered", () => {
    expect(rank([result({})], verdicts, scope())).toMatchObject({
      conclusion: "nothing-wrong",
      verdicts: [{ id: "nothing-wrong" }],
    });
    expect(rank([result({}), open], verdicts, scope())).toMatchObject({
      conclusion: "inconclusive",
      verdicts: [],
      unknown: [words],
      summary: `Nothing found, but not everything was readable: ${words}`,
    });
  });

  test("a verdict says what it would need", () => {
    const one = result({ findings: [finding("container-memory-limit", "supports")] });
    const ranking = rank([one, open], verdicts, scope());
    expect(ranking.possible[0]).toMatchObject({ id: "container-memory-limit", unknown: [words] });
  });

  test("a check that does not apply is no gap", () => {
    const none = result({ status: "not-applicable", reasons: ["no ECS here"] });
    expect(rank([none], verdicts, scope()).conclusion).toBe("nothing-wrong");
  });
});
