import { describe, expect, test } from "vitest";
import { PANE_IDS } from "../../src/panes/pane.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("keys", () => {
  test("1 to 6, Tab and Shift-Tab move the focus", () => {
    const harness = createHarness();
    const focus = () => harness.controller.ui.getState().focus;
    for (const [index, pane] of PANE_IDS.entries()) {
      harness.press(String(index + 1));
      expect(focus()).toBe(pane);
    }
    harness.press("tab");
    expect(focus()).toBe("ecs");
    harness.press("shift+tab");
    expect(focus()).toBe("timeline");
  });

  test("Enter and + zoom, Esc and _ and q go back; Esc never leaves", () => {
    const harness = createHarness();
    const zoomed = () => harness.controller.ui.getState().zoomed;
    for (const [into, out] of [
      ["enter", "esc"],
      ["+", "_"],
      ["+", "q"],
    ] as const) {
      harness.press(into);
      expect(zoomed()).toBe(true);
      harness.press(out);
      expect(zoomed()).toBe(false);
    }
    harness.press("esc", "esc", "esc");
    expect(harness.dialog()).toBeUndefined();
    expect(harness.finished).toEqual([]);
  });

  test("a disabled command says why, a log key elsewhere says where it works", () => {
    const harness = createHarness();
    harness.press("v");
    expect(harness.frame().at(-1)).toContain("no action has run yet");
    harness.press("p");
    expect(harness.frame().at(-1)).toContain("p works in the log pane");
  });

  test("T shows times of day in this machine's zone, and T again in UTC", () => {
    const before = process.env.TZ;
    process.env.TZ = "Asia/Kolkata";
    try {
      const harness = createHarness();
      expect(harness.frame().join("\n")).toContain("UTC 03:41:07");
      harness.press("T");
      const local = harness.frame().join("\n");
      expect(local).toContain("UTC+5:30 09:11:07");
      expect(local).toContain("09:09:07 ✗ TASK");
      expect(local).not.toContain("03:39:07");
      harness.press("T");
      expect(harness.frame().join("\n")).toContain("03:39:07 ✗ TASK");
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
  });

  test("scrolls within its rows and says where it is; a refresh does not move the view", () => {
    const harness = createHarness({ columns: 120, rows: 30 });
    const top = () => harness.controller.ui.getState().scroll.ecs;
    harness.press("k");
    expect(top()).toBe(0);
    harness.press("j", "j");
    expect(top()).toBe(2);
    expect(harness.frame().join("\n")).toMatch(/1 ECS .* 3-\d+\/\d+ /);
    harness.incident.store.setState((state) => ({ services: { ...state.services } }));
    expect(harness.frame().join("\n")).toMatch(/1 ECS .* 3-\d+\/\d+ /);
    harness.press("G");
    const end = top();
    harness.press("j");
    expect(top()).toBe(end);
    harness.press("g");
    expect(top()).toBe(0);
  });

  test("the timeline follows its end until it is scrolled, and again after G", () => {
    const harness = createHarness({ columns: 100, rows: 30 });
    const { store } = harness.incident;
    const add = (seq: number) => {
      store.setState((state) => ({
        timeline: [
          ...state.timeline,
          { seq, atMs: harness.incident.clock.now(), tone: "info", label: "X", text: `entry ${seq}` },
        ],
      }));
    };
    harness.press("6");
    for (let seq = 100; seq < 120; seq++) add(seq);
    expect(harness.frame().join("\n")).toContain("entry 119");
    harness.press("k");
    add(120);
    add(121);
    expect(harness.frame().join("\n")).not.toContain("entry 121");
    harness.press("G");
    expect(harness.frame().join("\n")).toContain("entry 121");
    add(122);
    expect(harness.frame().join("\n")).toContain("entry 122");
  });

  test("r asks AWS again; pasted text is never a command", () => {
    const harness = createHarness();
    harness.press("r");
    harness.paste("qaz");
    expect(harness.incident.calls).toEqual([{ name: "refresh" }]);
    expect(harness.dialog()).toBeUndefined();
  });

  test("read-only is toggled through the palette, found by a few letters", () => {
    const harness = createHarness();
    harness.press(":");
    harness.type("read-only");
    harness.press("enter");
    expect(harness.incident.calls).toEqual([{ name: "setReadOnly", readOnly: true }]);
    expect(harness.frame()[0]).toContain("READ-ONLY");
  });

  test("the palette finds an action by its id as well", () => {
    const harness = createHarness();
    const [action] = harness.incident.actions();
    harness.press(":");
    harness.type(action?.id ?? "");
    expect(harness.frame().find((line) => line.includes("›"))).toContain(action?.title);
  });

  test("the palette keeps commands that cannot be done now, with the reason", () => {
    const harness = createHarness();
    harness.press(":");
    harness.type("allow actions");
    expect(harness.frame().join("\n")).toContain("not now: the record is being written");
    harness.press("enter");
    expect(harness.dialog()).toBe("palette");
    expect(harness.incident.calls).toEqual([]);
  });

  test("Ctrl-C stops what runs, a second one within 2 s asks how to leave, a later one does not", () => {
    const harness = createHarness();
    harness.incident.store.setState({
      run: { runId: "r", title: "Contain nessie", status: "running", steps: [], startedAtMs: 0 },
    });
    harness.press("ctrl+c");
    expect(harness.incident.calls).toEqual([{ name: "cancelRun" }]);
    harness.incident.clock.advance(2500);
    harness.press("ctrl+c");
    expect(harness.dialog()).toBeUndefined();
    harness.incident.clock.advance(500);
    harness.press("ctrl+c");
    expect(harness.dialog()).toBe("exit");
  });

  test("Ctrl-Z suspends, also while a dialog has the keys", () => {
    const harness = createHarness();
    harness.press("?", "ctrl+z");
    expect(harness.written).toEqual(["suspend"]);
  });
});

describe("the log", () => {
  test("pauses at a cursor, keeps its place while lines arrive, counts them, and follows again", () => {
    const harness = createHarness();
    harness.press("5", "space", "k", "k");
    const before = harness.frame().filter((line) => line.includes("#19"));
    harness.incident.logs.append([
      {
        eventId: "n",
        atMs: harness.incident.clock.now() + 1,
        logGroup: "g",
        stream: "s",
        level: "info",
        text: "arrived later",
      },
    ]);
    const after = harness.frame();
    expect(after.filter((line) => line.includes("#19"))).toEqual(before);
    expect(after.join("\n")).toContain("PAUSED +1 new");
    expect(after.join("\n")).not.toContain("arrived later");
    harness.press("G");
    expect(harness.frame().join("\n")).toContain("arrived later");
  });

  test("n and N go from match to match while a search is on, and n is a note otherwise", () => {
    const harness = createHarness();
    const cursor = () => harness.controller.ui.getState().logs.paused?.cursor.sequence;
    harness.press("5", "/");
    harness.type("OutOfMemory");
    harness.press("enter");
    const newest = cursor();
    expect(newest).toBeGreaterThan(190);
    harness.press("N");
    expect(cursor()).toBe((newest ?? 0) - 5);
    harness.press("n");
    expect(cursor()).toBe(newest);
    expect(harness.dialog()).toBeUndefined();
    harness.press("esc", "n");
    expect(harness.dialog()).toBe("form");
  });

  test("a filter leaves only its lines, Esc takes it away", () => {
    const harness = createHarness({ columns: 100, rows: 24 });
    harness.press("&");
    harness.type("GC pause");
    harness.press("enter");
    const logs = () => harness.frame().filter((line) => /03:4\d:\d\d [EWID] /.test(line));
    expect(logs().length).toBeGreaterThan(3);
    expect(logs().every((line) => line.includes("GC pause"))).toBe(true);
    harness.press("esc");
    expect(logs().every((line) => line.includes("GC pause"))).toBe(false);
  });

  test("pin and copy take the line under the cursor, and refuse a moving log", async () => {
    const harness = createHarness();
    harness.press("5", "p", "y");
    expect(harness.incident.calls).toEqual([]);
    expect(harness.written).toEqual([]);
    harness.press("space", "k", "p");
    await settle();
    const [call] = harness.incident.calls;
    expect(call).toMatchObject({ name: "pin", line: { eventId: "event-198" } });
    expect(harness.frame().at(-1)).toContain("Pinned");
    harness.press("y");
    const text = Buffer.from(/52;c;([^\x07]*)\x07/.exec(harness.written[0] ?? "")?.[1] ?? "", "base64").toString();
    expect(text).toContain("#198");
  });

  test("wrapped lines show their end, times can be hidden", () => {
    const harness = createHarness({ columns: 80, rows: 24 });
    harness.press("5", "w");
    expect(harness.frame().join("").replaceAll(/\s+/g, " ")).toContain("Commit.java:311");
    harness.press("t");
    expect(harness.frame().join("\n")).not.toMatch(/03:41:\d\d [EWID] /);
  });
});
