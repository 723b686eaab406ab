import { stripVTControlCharacters } from "node:util";
import { cleanup, render } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { App, Screen } from "../../src/cockpit/app.tsx";
import { listDialog } from "../../src/cockpit/dialogs/list.ts";
import { planDialog } from "../../src/cockpit/dialogs/plan.ts";
import { Suspending } from "../../src/cockpit/suspending.tsx";
import { openDialog } from "../../src/cockpit/ui.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { containPlan } from "../support/fixture-actions.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

afterEach(cleanup);

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The screen on ink-testing-library's terminal of 100 columns, drawn by its own rendering. */
function show(harness: Harness): () => string {
  harness.resize(100, 32);
  const app = render(<Screen controller={harness.controller} />);
  return () => stripVTControlCharacters(app.lastFrame() ?? "");
}

const held = {
  runId: "run-1",
  title: "Contain nessie: scale lakehouse-prod-nessie to 0",
  badge: "nessie 2->0",
  sinceMs: 0,
  guard: "holding" as const,
};

describe("dialogs", () => {
  test("actions: titles, what they ask, description and runbook heading", () => {
    const harness = createHarness();
    harness.press("a");
    const text = show(harness)();
    expect(text).toMatch(/› Contain Nessie: scale its service to 0\s+asks the name/);
    expect(text).toContain("Runbook: Incident Response > Containment");
    expect(text).toContain("(not now: read-only mode is on)");
  });

  test("actions are narrowed by typing", () => {
    const harness = createHarness();
    harness.press("a");
    harness.type("sev");
    const text = show(harness)();
    expect(text).toContain("› Set the severity");
    expect(text).not.toContain("Add a note");
  });

  test("actions are found by their ids as well, in the list and among the commands", () => {
    for (const list of ["a", ":"]) {
      const harness = createHarness();
      harness.press(list);
      harness.type("contain-nes");
      expect(show(harness)()).toContain("› Contain Nessie: scale its service to 0");
      harness.type("x");
      expect(show(harness)()).toMatch(/No (action|command)[a-z ]* has these letters/);
    }
  });

  test("the beginning of an id is not taken for the same letters in another label", () => {
    const harness = createHarness();
    const items = [
      { id: "recover", label: "Recover the Terraform state: put an earlier version back", hint: "", detail: "" },
      { id: "resubscribe", label: "Subscribe an address to the alarms", hint: "", detail: "" },
    ];
    const list = { kind: "actions", title: "Actions", items, empty: "", searchable: true, verb: "prepare" };
    openDialog(harness.controller.ui, listDialog({ ...list, choose: () => undefined }));
    harness.type("resub");
    expect(show(harness)()).toContain("› Subscribe an address");
  });

  test("a list longer than the dialog keeps the selected line visible", () => {
    const harness = createHarness({ columns: 60, rows: 12 });
    harness.press(":", "up");
    const text = harness.frame().join("\n");
    expect(text).toContain("› Mark the incident as resolved");
  });

  test("help lists every key of the table", () => {
    const harness = createHarness({ columns: 120, rows: 140 });
    harness.press("?");
    const text = harness.frame().join("\n");
    for (const binding of harness.controller.bindings) expect(text).toContain(binding.description.slice(0, 40));
  });

  test("help scrolls and closes with Esc and q", () => {
    const harness = createHarness();
    harness.press("?", "G");
    expect(harness.controller.topDialog()?.scroll).toBeGreaterThan(10);
    harness.press("esc", "?", "q");
    expect(harness.dialog()).toBeUndefined();
  });

  test("the command log: newest first, changes marked, request id, error, and the line to copy", () => {
    const harness = createHarness();
    harness.press("@");
    const frame = show(harness);
    expect(frame()).toMatch(/ERROR\s+aws cloudwatch get-metric-data/);
    expect(frame()).toContain("ThrottlingException: Rate exceeded");
    harness.press("j");
    const again = show(harness)();
    expect(again).toMatch(/CHANGE\s+aws ecs update-service/);
    expect(again).toContain("request id 5f1c0a52-9f0e-4c3a-8a0e-0d3d2f6f1a11");
    expect(again).toMatch(/141ms/);
    harness.press("y");
    expect(Buffer.from(/52;c;([^\x07]*)/.exec(harness.written[0] ?? "")?.[1] ?? "", "base64").toString()).toMatch(
      /^aws ecs update-service/,
    );
    harness.press("m");
    expect(show(harness)()).not.toContain("get-metric-data");
  });

  test("the undo ledger prepares the undo plan of what is chosen", async () => {
    const harness = createHarness();
    harness.press("z");
    expect(show(harness)()).toContain("there is nothing to undo");
    harness.press("esc");
    harness.incident.store.setState({ heldOpen: [held] });
    harness.press("z");
    expect(show(harness)()).toMatch(/Contain nessie.*nessie 2->0 holds/);
    // What holds needs nothing; what is broken can be set again.
    harness.press("r");
    expect(harness.incident.calls).toEqual([]);
    harness.press("enter");
    await settle();
    expect(harness.incident.calls).toEqual([{ name: "prepareUndo", runId: "run-1" }]);
    expect(harness.dialog()).toBe("plan");
    expect(show(harness)()).toContain("Undo: read the plan");
    harness.press("esc");
    harness.incident.store.setState({ heldOpen: [{ ...held, guard: "broken", message: "scaled up", by: "eve" }] });
    harness.press("z");
    expect(show(harness)()).toMatch(/2->0 BROKEN/);
    expect(show(harness)()).toMatch(/scaled up, by eve/);
    expect(show(harness)()).toMatch(/r sets it again, Enter undoes it/);
    harness.press("r");
    await settle();
    expect(harness.incident.calls.at(-1)).toMatchObject({ name: "prepareAgain" });
    expect(harness.dialog()).toBe("plan");
  });

  test("in a run that failed, what is not done waits no more", () => {
    const harness = createHarness();
    const steps = [
      { id: "a", title: "Compare", status: "failed" as const, detail: "" },
      { id: "b", title: "Switch", status: "waiting" as const, detail: "" },
    ];
    harness.incident.store.setState({
      run: { runId: "r", title: "Restore", status: "partial", steps, startedAtMs: 0 },
    });
    harness.press("v");
    expect(show(harness)()).toMatch(/not done +Switch/);
  });

  test("a run: steps with their state, a spinner only while it runs; Esc puts it aside and the footer keeps it", () => {
    const harness = createHarness();
    const steps = [
      { id: "a", title: "Suspend autoscaling", status: "done" as const, detail: "" },
      { id: "b", title: "Set desired to 0", status: "running" as const, detail: "waiting" },
    ];
    const run = {
      runId: "r",
      title: "Contain nessie",
      status: "running" as const,
      steps,
      startedAtMs: harness.incident.clock.now() - 61_000,
    };
    harness.incident.store.setState({ run });
    harness.press("v");
    const running = show(harness)();
    expect(running).toMatch(/● done\s+Suspend autoscaling/);
    expect(running).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] running\s+Set desired to 0/);
    expect(running).toContain("00:01:01");
    // On a small screen the step that it is at is in sight, and how long it has taken.
    const small = createHarness({ columns: 80, rows: 24 });
    const long = { id: "0", title: "Collect", status: "partial" as const, detail: "denied, ".repeat(200) };
    small.incident.store.setState({ run: { ...run, steps: [long, ...steps] } });
    small.press("v");
    expect(show(small)()).toMatch(/running\s+Set desired to 0[\s\S]*waiting[\s\S]*00:01:01/);
    harness.press("esc", "o");
    // A dialog that is open meanwhile keeps its own keys.
    expect(harness.frame().at(-1)).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] step 2\/2 +j move {2}Enter ways to recover it {2}Esc back/);
    harness.press("esc");
    expect(harness.frame().at(-1)).toMatch(/Contain nessie: step 2\/2 Set desired to 0 {2}v view/);
    harness.incident.store.setState({
      run: {
        ...run,
        status: "unverified",
        steps: steps.map((step) => ({ ...step, status: "done" as const })),
        message: "running is 1, not 0",
      },
    });
    const held = { runId: "r", title: "Contain nessie", badge: "", sinceMs: 0, guard: "none" as const };
    harness.incident.store.setState({ heldOpen: [held] });
    harness.press("v");
    const done = show(harness)();
    expect(done).toContain("applied, but NOT verified");
    expect(done).toContain("It is held open: Esc, then z undoes it.");
    // What has ended can neither be stopped nor go on.
    expect(harness.frame().at(-1)).toMatch(/^ Esc close {2}j scroll *$/);
    expect(done).toContain("running is 1, not 0");
    expect(done).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  test("what a list has to cut is whole below it, once it is chosen", () => {
    const label = `Deactivate every key of ci-uploader at once, delete AKIAEXAMPLEEXAMPLE2, and make a new one`;
    const harness = createHarness({ columns: 80, rows: 24 });
    const items = [
      { id: "long", label, hint: "plan", detail: "Enter prepares the plan." },
      { id: "short", label: "Then delete it", hint: "plan", detail: "Enter prepares the plan." },
    ];
    const list = { kind: "fixes", title: "Fixes", items, empty: "", searchable: false, verb: "prepare" };
    openDialog(harness.controller.ui, listDialog({ ...list, choose: () => undefined }));
    const text = () =>
      harness
        .frame()
        .join(" ")
        .replaceAll(/[\s│]+/g, " ");
    expect(text()).toContain(`… plan`);
    expect(text()).toContain(`${label} Enter prepares`);
    harness.press("down");
    expect(text()).not.toContain("make a new one");
  });

  test("a long name of what was found never runs into its value", () => {
    const prepared = containPlan("contain-nessie", {});
    const facts = { "ci-uploader AKIASIMULATEDCIUPLDR": "active", region: "us-east-1" };
    const harness = createHarness({ columns: 80, rows: 24 });
    openDialog(
      harness.controller.ui,
      planDialog({ ...prepared, facts }, () => undefined),
    );
    harness.press("pagedown", "pagedown");
    const text = harness.frame().join("\n");
    expect(text).toMatch(/ci-uploader AKIASIMULATEDCIUPLDR {2}active/);
    expect(text).toMatch(/region {28}us-east-1/);
  });

  test("notices are shown at once and go when they were read", async () => {
    const incident = createFixtureIncident();
    incident.store.setState({ notices: [{ id: "n1", tone: "warn", text: "Step scale was in flight: it happened." }] });
    const harness = createHarness({ incident });
    harness.resize(100, 32);
    const app = render(<App controller={harness.controller} suspending={new Suspending()} />);
    await expect.poll(() => stripVTControlCharacters(app.lastFrame() ?? "")).toContain("it happened");
    app.stdin.write("\r");
    await expect.poll(() => incident.calls).toEqual([{ name: "dismissNotice", id: "n1" }]);
    expect(harness.dialog()).toBeUndefined();
  });

  test("several characters in one read are each a key", async () => {
    const harness = createHarness();
    harness.resize(100, 32);
    const app = render(<App controller={harness.controller} suspending={new Suspending()} />);
    await expect.poll(() => app.lastFrame() ?? "").toContain("Timeline");
    app.stdin.write("5 kkk");
    await expect.poll(() => harness.controller.ui.getState().logs.paused?.cursor.sequence).toBe(197);
    app.stdin.write("nqueue full\r");
    await expect.poll(() => harness.incident.calls.map((call) => call.name)).toEqual(["prepare", "execute"]);
  });

  test("acting without a record needs its phrase typed, and only while the record fails", () => {
    const harness = createHarness();
    harness.incident.store.setState({ recorder: { status: "failed", pending: 2, reason: "disk full" } });
    expect(harness.frame().join("\n")).toContain("RECORD NOT WRITTEN: disk full");
    harness.press(":");
    harness.type("allow actions");
    harness.press("enter", "enter");
    expect(harness.incident.calls).toEqual([]);
    harness.type("act without record");
    harness.press("enter");
    expect(harness.incident.calls).toEqual([{ name: "setAllowUnsaved", allow: true }]);
  });
});

describe("leaving", () => {
  test("q asks how; the default is to stay", () => {
    const harness = createHarness();
    harness.press("q");
    const text = show(harness)();
    expect(text).toContain("› Stay");
    expect(text).toContain("Nothing is held open.");
    harness.press("enter");
    expect(harness.dialog()).toBeUndefined();
    expect(harness.incident.calls).toEqual([]);
  });

  test("says what is still in place and that the watch ends with the program", () => {
    const harness = createHarness();
    harness.incident.store.setState({ heldOpen: [held] });
    harness.press("q");
    const text = show(harness)();
    expect(text).toContain("still in place: Contain nessie");
    expect(text).toContain("The watch over it ends with this program");
  });

  test("of what is not a containment it says that it stays and can be undone, and nothing about a watch", () => {
    const harness = createHarness();
    harness.incident.store.setState({ heldOpen: [{ ...held, title: "Undelete 3 objects", badge: "", guard: "none" }] });
    harness.press("q");
    const text = show(harness)();
    expect(text).toMatch(/still in place: Undelete 3 objects +│/);
    expect(text).toContain("z undoes it, also after mayday resume");
    expect(text).not.toContain("watch");
  });

  for (const [presses, mode] of [
    [1, "resolved"],
    [2, "handover"],
    [3, "suspended"],
  ] as const) {
    test(`closes as ${mode} and hands the paths on`, async () => {
      const harness = createHarness();
      harness.press("q", ...Array.from({ length: presses }, () => "j"), "enter");
      await settle();
      expect(harness.incident.calls).toEqual([{ name: "close", mode }]);
      expect(harness.finished[0]?.files[0]?.path).toContain("postmortem.md");
    });
  }

  test("does not leave while an action runs, and shows why closing failed", async () => {
    const harness = createHarness();
    harness.incident.store.setState({
      run: { runId: "r", title: "Contain", status: "running", steps: [], startedAtMs: 0 },
    });
    harness.press("q", "j", "enter");
    expect(harness.incident.calls).toEqual([]);
    harness.incident.store.setState({ run: null });
    harness.incident.close = () => Promise.reject(new Error("disk full"));
    harness.press("enter");
    await settle();
    expect(harness.dialog()).toBe("failure");
    expect(harness.frame().join("\n")).toContain("disk full");
    expect(harness.finished).toEqual([]);
  });
});
