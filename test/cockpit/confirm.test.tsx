import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tier } from "../../src/actions/contract.ts";
import { Failure } from "../../src/base/failure.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { containPlan } from "../support/fixture-actions.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const NAME = "lakehouse-prod-nessie";

async function openPlan(tier: Tier, change: { refusedReason?: string } = {}): Promise<Harness> {
  const harness = createHarness();
  harness.incident.prepared = async (actionId, parameters) => {
    const prepared = containPlan(actionId, parameters);
    return { ...prepared, ...change, plan: { ...prepared.plan, tier } };
  };
  harness.press("a", "enter");
  await settle();
  return harness;
}

const executed = (harness: Harness) => harness.incident.calls.filter((call) => call.name === "execute");

describe("Enter and Esc never confirm", () => {
  for (const tier of ["yes", "name", "name-and-account"] as const) {
    test(`tier ${tier}: no sequence of Enter, Esc, Tab, Space and arrows runs anything`, async () => {
      const keys = fc.constantFrom("enter", "esc", "tab", "space", "up", "down", "pagedown", "backspace");
      await fc.assert(
        fc.asyncProperty(fc.array(keys, { maxLength: 12 }), async (pressed) => {
          const harness = await openPlan(tier);
          expect(harness.dialog()).toBe("plan");
          for (const key of pressed) if (harness.dialog() === "plan") harness.press(key);
          expect(executed(harness)).toEqual([]);
        }),
        { numRuns: 30 },
      );
    });
  }
});

describe("confirming", () => {
  test("y runs a plan of tier yes, and Enter says that it does not", async () => {
    const harness = await openPlan("yes");
    harness.press("enter");
    expect(harness.frame().at(-1)).toContain("Enter does not confirm");
    harness.press("y");
    expect(executed(harness)).toMatchObject([{ confirmation: { yes: true } }]);
    expect(harness.dialog()).toBe("run");
  });

  test("a wrong name is refused and says what does not match; the right one runs", async () => {
    const harness = await openPlan("name");
    harness.type("lakehouse-prod-nessi");
    harness.press("enter");
    expect(executed(harness)).toEqual([]);
    expect(harness.frame().join("\n")).toContain(`"lakehouse-prod-nessi" is not ${NAME}`);
    harness.type("e");
    harness.press("enter");
    expect(executed(harness)).toMatchObject([{ confirmation: { typedName: NAME } }]);
  });

  test("y is a letter of the name where a name is asked", async () => {
    const harness = await openPlan("name");
    harness.press("y");
    expect(executed(harness)).toEqual([]);
    expect(harness.frame().join("\n")).toContain("to confirm: y");
  });

  test("name and account are both needed", async () => {
    const harness = await openPlan("name-and-account");
    harness.type(NAME);
    harness.press("enter");
    expect(executed(harness)).toEqual([]);
    harness.type("999999999999");
    harness.press("enter");
    expect(executed(harness)).toEqual([]);
    harness.press("ctrl+u");
    harness.type("111122223333");
    harness.press("enter");
    expect(executed(harness)).toMatchObject([{ confirmation: { typedName: NAME, typedAccount: "111122223333" } }]);
  });

  test("a refused plan cannot be confirmed at all", async () => {
    const harness = await openPlan("yes", { refusedReason: "read-only mode is on" });
    harness.press("y", "enter");
    expect(executed(harness)).toEqual([]);
    expect(harness.frame().join("\n")).toContain("Refused: read-only mode is on");
  });

  test("Esc leaves a plan without running it", async () => {
    const harness = await openPlan("yes");
    harness.press("esc");
    expect(harness.dialog()).toBeUndefined();
    expect(executed(harness)).toEqual([]);
  });
});

describe("preparing", () => {
  test("shows effects, checks, aws lines, before and after", async () => {
    const harness = await openPlan("name");
    const text = harness.frame().join("\n");
    expect(text).toContain("Every query and every write through the catalog fails");
    expect(text).toMatch(/WARN\s+Deployment in flight/);
    expect(text).toContain("$ aws ecs update-service --cluster lakehouse-prod-nessie");
    expect(text).toContain("desired 2 → 0");
  });

  test("an answer that comes after Esc opens nothing", async () => {
    const harness = createHarness();
    let answer: () => void = () => {};
    harness.incident.prepared = (actionId, parameters) =>
      new Promise((resolve) => {
        answer = () => resolve(containPlan(actionId, parameters));
      });
    harness.press("a", "enter");
    expect(harness.dialog()).toBe("busy");
    harness.press("esc");
    answer();
    await settle();
    expect(harness.dialog()).toBeUndefined();
  });

  test("a failure says what failed, why, and what to do next", async () => {
    const harness = createHarness();
    harness.incident.prepared = async () => {
      throw new Failure({
        kind: "denied",
        what: "ecs:DescribeServices",
        why: "The caller may not.",
        next: "Ask for it.",
        missingPermission: "ecs:DescribeServices",
      });
    };
    harness.press("a", "enter");
    await settle();
    expect(harness.dialog()).toBe("failure");
    const text = harness.frame().join("\n");
    for (const part of ["ecs:DescribeServices", "The caller may not.", "Ask for it."]) expect(text).toContain(part);
  });

  test("an action that cannot run now is listed with its reason and does nothing", () => {
    const harness = createHarness();
    harness.press("a", "down");
    expect(harness.frame().join("\n")).toContain("not now: read-only mode is on");
    harness.press("enter");
    expect(harness.incident.calls).toEqual([]);
  });
});

describe("notes and forms", () => {
  test("a note is written, Enter sends it, without a plan to confirm", async () => {
    const incident = createFixtureIncident();
    const { prepared } = incident;
    // As the real one: its only step is an entry in the record.
    incident.prepared = async (id, parameters) => {
      const found = await prepared(id, parameters);
      return { ...found, plan: { ...found.plan, steps: [] } };
    };
    const harness = createHarness({ incident });
    harness.press("n");
    harness.type("queue is full");
    harness.press("enter");
    await settle();
    expect(harness.incident.calls[0]).toEqual({
      name: "prepare",
      actionId: "note",
      parameters: { text: "queue is full" },
    });
    expect(executed(harness).length).toBe(1);
    expect(harness.dialog()).toBeUndefined();
  });

  test("an empty note is not sent; a pasted one is made safe and one line", async () => {
    const harness = createHarness();
    harness.press("n", "enter");
    expect(harness.incident.calls).toEqual([]);
    expect(harness.frame().join("\n")).toContain("Note is needed");
    harness.paste("a\x1b]52;c;x\x07b\nc");
    harness.press("enter");
    await settle();
    expect(harness.incident.calls[0]).toMatchObject({ parameters: { text: "ab c" } });
  });

  test("a form longer than the dialog keeps the field that is filled in visible", () => {
    const incident = createFixtureIncident();
    const fields = ["One", "Two", "Three", "Four", "Five"].map((label) => ({
      name: label.toLowerCase(),
      label,
      description: `What ${label} is`,
      required: false,
    }));
    incident.summaries = incident.summaries.map((action) => (action.id === "note" ? { ...action, fields } : action));
    const harness = createHarness({ columns: 60, rows: 16, incident });
    harness.press("n");
    for (const { label } of fields) {
      expect(harness.frame().join("\n")).toMatch(new RegExp(`› ${label} [\\s\\S]*What ${label} is`));
      harness.press("tab");
    }
    expect(harness.frame().join("\n")).toContain("› One ");
  });

  test("a choice is changed with arrows or its letter; optional fields may stay empty", async () => {
    const harness = createHarness();
    harness.press("s", "2", "enter", "enter");
    await settle();
    expect(harness.incident.calls[0]).toMatchObject({
      actionId: "severity",
      parameters: { severity: "P2", reason: "" },
    });
  });
});
