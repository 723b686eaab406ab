import { describe, expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import type { CheckResult, DiagnosisResult, RankedVerdict } from "../../src/incident/contract.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { fixtureDiagnosis } from "../support/fixture-diagnosis.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const text = (harness: Harness) => harness.frame().join("\n");
const copied = (harness: Harness) =>
  harness.written.map((sequence) =>
    Buffer.from(sequence.slice(sequence.lastIndexOf(";") + 1), "base64").toString("utf8"),
  );

async function diagnosed(size = { columns: 80, rows: 24 }): Promise<Harness> {
  const harness = createHarness(size);
  harness.press("d");
  await settle();
  return harness;
}

/** A harness whose diagnosis is answered by hand. */
function byHand() {
  const incident = createFixtureIncident();
  let answer: (check: CheckResult, soFar: RankedVerdict[]) => void = () => undefined;
  let finish: (result: DiagnosisResult) => void = () => undefined;
  let signal: AbortSignal | undefined;
  incident.diagnosed = (onCheck, given) => {
    answer = onCheck;
    signal = given;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const harness = createHarness({ columns: 80, rows: 24, incident });
  return {
    harness,
    answer: (check: CheckResult, soFar: RankedVerdict[] = []) => answer(check, soFar),
    finish: (result: DiagnosisResult) => finish(result),
    signal: () => signal,
  };
}

describe("d", () => {
  test("asks everything at once and shows the ranked verdicts with their reasons", async () => {
    const harness = await diagnosed();
    expect(harness.incident.calls).toContainEqual({ name: "diagnose", id: "everything" });
    const screen = text(harness);
    expect(screen).toContain("1 verdict from 3 checks in 1.2 s");
    expect(screen).toMatch(/› Nessie's container is killed at its memory limit +proven/);
    expect(screen).toMatch(/A security group closes the way to Nessie +only a hint/);
    expect(screen).toContain("What speaks for it");
    expect(screen).toContain("exit 137");
    // What can be done is seen without a scroll: the best of it above the reasons, all of it below them.
    expect(screen).toMatch(
      /only a hint[\s\S]*Enter: Raise Nessie's memory to 4 GB, or 1 more[\s\S]*What speaks for it/,
    );
  });

  test("shows each check as it is answered, with why the diagnosis is proposed", async () => {
    const { harness, answer, finish } = byHand();
    harness.incident.store.setState({
      proposals: [
        { diagnosisId: "nessie-unreachable", title: "Nessie unreachable", why: "targets unhealthy", isNew: true },
      ],
    });
    harness.press("d");
    expect(text(harness)).toContain("0 of 3 checks answered; nothing is changed");
    expect(text(harness)).toContain("proposed because: targets unhealthy (Nessie unreachable)");
    const [first, second] = fixtureDiagnosis().checks;
    answer(first!);
    answer(second!);
    const screen = text(harness);
    expect(screen).toContain("2 of 3 checks answered");
    expect(screen).toContain("Tasks of Nessie killed at their memory limit");
    expect(screen).toContain("unknown: needs ec2:DescribeSecurityGroups");
    finish(fixtureDiagnosis());
    await settle();
    expect(text(harness)).toContain("1 verdict from 3 checks");
  });

  test("shows a cause as soon as it is proven: its fix need not wait for the rest", async () => {
    const { harness, answer, finish } = byHand();
    harness.press("d");
    const { checks, verdicts, possible } = fixtureDiagnosis();
    answer(checks[0]!, verdicts);
    expect(text(harness)).toContain("1 of 3 checks answered");
    expect(text(harness)).toMatch(/› Nessie's container is killed at its memory limit +proven/);
    expect(text(harness)).toContain("What speaks for it");
    harness.press("enter");
    expect(harness.dialog()).toBe("fixes");
    harness.press("esc");
    // What is selected stays selected when something else comes to stand before it.
    finish({ ...fixtureDiagnosis(), verdicts: [{ ...possible[0]!, certainty: "proven" }, ...verdicts], possible: [] });
    await settle();
    expect(text(harness)).toMatch(/› Nessie's container is killed at its memory limit +proven/);
    expect(text(harness)).toMatch(/ {2}A security group closes the way to Nessie +proven/);
  });

  test("what answers a pasted alert stands before the verdicts' reasons", async () => {
    const { harness, answer, finish } = byHand();
    harness.press("d");
    const { checks, ...rest } = fixtureDiagnosis();
    const told: CheckResult = {
      ...checks[0]!,
      id: "pasted-drift-alert",
      title: "The alert that was pasted",
      findings: [{ strength: "information", text: "The alert says of lakehouse.orders: missing total.", lines: [] }],
      answersTold: true,
    };
    answer(told);
    expect(text(harness)).toMatch(/What you told it[\s\S]*The alert says of lakehouse\.orders/);
    finish({ ...rest, checks: [...checks, told] });
    await settle();
    expect(text(harness)).toMatch(
      /What you told it[\s\S]*The alert says of lakehouse\.orders[\s\S]*What speaks for it/,
    );
  });

  test("every check shows its call, and how to leave stays in the footer at 80 columns", async () => {
    const harness = await diagnosed();
    expect(harness.frame().at(-1)).toMatch(/^ Enter fix {2}y copy lines .*Esc back/);
    harness.press("end");
    expect(text(harness)).toContain("$ aws ecs describe-tasks --cluster lakehouse-prod-nessie");
    const narrow = await diagnosed({ columns: 50, rows: 24 });
    expect(narrow.frame().at(-1)).toMatch(/^ Enter fix .*Esc back/);
  });

  test("is stopped by Esc, and answers that come later change nothing", async () => {
    const { harness, answer, signal } = byHand();
    harness.press("d", "esc");
    expect(harness.dialog()).toBeUndefined();
    expect(signal()?.aborted).toBe(true);
    answer(fixtureDiagnosis().checks[0]!);
    expect(harness.dialog()).toBeUndefined();
  });

  test("says what failed when it could not be asked", async () => {
    const incident = createFixtureIncident();
    incident.diagnosed = async () => {
      throw new Failure({
        kind: "expired",
        what: "sts:GetCallerIdentity",
        why: "the token has expired",
        next: "Log in again.",
      });
    };
    const harness = createHarness({ incident });
    harness.press("d");
    await settle();
    expect(harness.dialog()).toBe("failure");
    expect(text(harness)).toContain("the token has expired");
  });

  test.each([
    ["nothing-wrong", /Nothing wrong, by 3 checks/],
    ["inconclusive", /Nothing found, but not everything was readable/],
  ] as const)("%s is said as what it is", async (conclusion, pattern) => {
    const incident = createFixtureIncident();
    incident.diagnosed = async () => ({ ...fixtureDiagnosis(), conclusion, verdicts: [], possible: [] });
    const harness = createHarness({ columns: 80, rows: 24, incident });
    harness.press("d");
    await settle();
    expect(text(harness)).toMatch(pattern);
    harness.press("enter");
    expect(text(harness)).toContain("There is no verdict to act on.");
  });

  test.each([
    [40, 10],
    [80, 24],
    [200, 60],
  ])("fits %ix%i", async (columns, rows) => {
    const harness = await diagnosed({ columns, rows });
    const lines = harness.frame();
    expect(lines).toHaveLength(rows);
    expect(text(harness)).toContain("1 verdict from 3 checks");
  });
});

describe("a verdict", () => {
  test("offers its fixes: a plan is prepared, a text is copied", async () => {
    const harness = await diagnosed();
    harness.press("enter");
    expect(harness.dialog()).toBe("fixes");
    harness.press("down", "enter");
    expect(copied(harness)).toContain("nessie_memory = 4096");
    harness.press("up", "enter");
    await settle();
    expect(harness.incident.calls).toContainEqual({
      name: "prepare",
      actionId: "raise-memory",
      parameters: { service: "nessie" },
    });
    expect(harness.dialog()).toBe("plan");
  });

  test("says of each fix what Enter does with it", async () => {
    const incident = createFixtureIncident();
    const [verdict] = fixtureDiagnosis().verdicts;
    const note = { kind: "action" as const, title: "Write it down", actionId: "note", parameters: {} };
    incident.diagnosed = async () => ({
      ...fixtureDiagnosis(),
      verdicts: [{ ...verdict!, fixes: [note, ...verdict!.fixes] }],
    });
    const harness = createHarness({ columns: 80, rows: 24, incident });
    harness.press("d");
    await settle();
    harness.press("enter");
    expect(text(harness)).toMatch(/› Write it down +at once/);
    expect(text(harness)).toContain("Enter carries it out at once: it changes nothing in AWS.");
    expect(text(harness)).toMatch(/Raise Nessie's memory to 4 GB +plan/);
    expect(text(harness)).toMatch(/Line for your tfvars +copy/);
  });

  test("what we contain ourselves is undone from the ledger, one key away", async () => {
    const incident = createFixtureIncident();
    const { verdicts, ...result } = fixtureDiagnosis();
    incident.diagnosed = async () => ({
      ...result,
      verdicts: [{ ...verdicts[0]!, id: "contained-by-us" as const, title: "Contained by us", fixes: [] }],
    });
    const harness = createHarness({ incident });
    harness.press("d");
    await settle();
    expect(harness.frame().at(-1)).toContain("Enter undo");
    harness.press("enter");
    expect(harness.dialog()).toBe("undo");
    harness.press("esc");
    expect(harness.dialog()).toBe("diagnosis");
  });

  test("without a fix says so, and its key is not offered", async () => {
    const harness = await diagnosed();
    expect(harness.frame().at(-1)).toContain("Enter fix");
    harness.press("down");
    expect(harness.frame().at(-1)).not.toContain("Enter");
    harness.press("enter");
    expect(text(harness)).toContain("There is no plan for this here.");
  });

  test("is chosen with the arrows, and its reasons follow", async () => {
    const harness = await diagnosed();
    harness.press("down");
    expect(text(harness)).toMatch(/› A security group closes the way/);
    expect(text(harness)).toContain("Target 10.0.10.14 is unhealthy: Target.Timeout.");
    expect(text(harness)).toContain("needs ec2:DescribeSecurityGroups");
    harness.press("down");
    expect(text(harness)).toMatch(/› Nessie's container/);
  });

  test("has the aws lines behind it copied by y, once each", async () => {
    const harness = await diagnosed();
    harness.press("y");
    expect(copied(harness)).toContain("aws ecs describe-tasks --cluster lakehouse-prod-nessie --region us-east-1");
  });

  test("is pinned to the timeline by p, with its reasons", async () => {
    const harness = await diagnosed();
    harness.press("p");
    await settle();
    const note = harness.incident.calls.find((call) => call.name === "prepare");
    expect(note).toMatchObject({
      actionId: "note",
      parameters: {
        text: expect.stringMatching(/^Verdict: Nessie's container .* \(proven\)\. Task 1231cf3d was killed/),
      },
    });
    expect(text(harness)).toContain("Pinned the verdict to the timeline.");
  });
});

describe("other diagnoses", () => {
  test("D lists them, those that fit what is red first, and why", async () => {
    const harness = createHarness({ columns: 80, rows: 24 });
    harness.press("D");
    const screen = text(harness);
    expect(screen).toMatch(/› Nessie unreachable +proposed: targets unhealthy, exit 137/);
    expect(screen).toContain("mayday diagnose nessie-unreachable");
    harness.press("enter");
    await settle();
    expect(harness.incident.calls).toContainEqual({ name: "diagnose", id: "nessie-unreachable" });
  });

  test("o in a diagnosis lists them too, and r asks again", async () => {
    const harness = await diagnosed();
    harness.press("r");
    await settle();
    expect(harness.incident.calls.filter(({ name }) => name === "diagnose")).toHaveLength(2);
    expect(harness.controller.ui.getState().dialogs).toHaveLength(1);
    harness.press("o");
    expect(harness.dialog()).toBe("diagnoses");
  });
});

describe("the footer", () => {
  const proposal = {
    diagnosisId: "nessie-unreachable",
    title: "Nessie unreachable",
    why: "targets unhealthy, exit 137",
    isNew: true,
  };
  const footer = (harness: Harness) => harness.frame().at(-1) ?? "";

  test("proposes it unasked, until it was asked, and nothing else moves", () => {
    const harness = createHarness({ columns: 80, rows: 24 });
    const before = harness.frame();
    expect(footer(harness)).toMatch(/d diagnose {2}/);
    harness.incident.store.setState({ proposals: [proposal] });
    expect(footer(harness)).toMatch(/^ d diagnose: targets unhealthy, exit 137 {2}/);
    expect(harness.frame().slice(0, -1)).toEqual(before.slice(0, -1));
    harness.incident.store.setState({ proposals: [{ ...proposal, isNew: false }] });
    expect(footer(harness)).toMatch(/d diagnose {2}/);
  });

  test("cuts many reasons short", () => {
    const harness = createHarness({ columns: 80, rows: 24 });
    harness.incident.store.setState({
      proposals: [{ ...proposal, why: "targets unhealthy, exit 137, alarm unhealthy-hosts, DynamoDB throttles" }],
    });
    expect(footer(harness)).toMatch(/ d diagnose: targets unhealthy, exit 137, alarm unhealth…/);
  });
});
