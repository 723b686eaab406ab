import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import { notificationSequence, notifyWhenDue } from "../../src/cockpit/notifications.ts";
import type { PreparedAction } from "../../src/incident/contract.ts";
import type { Threshold } from "../../src/state/escalation.ts";
import { createHarness, type Harness } from "../support/cockpit-harness.tsx";
import { containPlan, fixtureActions } from "../support/fixture-actions.ts";
import { NOW_MS } from "../support/fixture-data.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const DRAFT = "[P1] lakehouse prod: Nessie unreachable\nNow:\n- targets: 0 of 2 healthy";
const MINUTE = 60_000;

/** A message as the incident prepares it: the draft, or the words that were given. */
function messagePrepared(actionId: string, parameters: Record<string, string>, refusedReason?: string): PreparedAction {
  const text = parameters.text || DRAFT;
  const about = actionId === "escalate" ? "escalation" : actionId === "status-update" ? "status-update" : "on-call";
  const prepared = containPlan(actionId, parameters);
  const sends = ["pagerduty", "slack"].filter((via) => !parameters.to || parameters.to.includes(via));
  return {
    ...prepared,
    facts: { to: sends.join(", ") },
    checks: [],
    lines: {},
    ...(refusedReason ? { refusedReason } : {}),
    plan: {
      ...prepared.plan,
      title: `Message ${actionId}`,
      parameters: { text, to: parameters.to ?? "" },
      tier: "yes",
      effects: [],
      caveats: [],
      guard: null,
      verify: null,
      steps: sends.map((via) => ({
        kind: "call",
        id: `send-${via}`,
        title: `Send to ${via}`,
        transport: "http",
        service: "slack",
        operation: "ChatPostMessage",
        input: {},
        resource: via,
        optional: true,
      })),
      message: { about, text },
    },
  };
}

function messaging(options: { columns?: number; rows?: number; refusedReason?: string } = {}): Harness {
  const incident = createFixtureIncident();
  incident.summaries = [
    ...fixtureActions(),
    ...["status-update", "notify-on-call", "escalate"].map((id) => ({
      id,
      title: `Message ${id}`,
      description: "",
      runbook: "",
      tier: "yes" as const,
      fields: [],
      message: true as const,
    })),
  ];
  incident.prepared = async (actionId, parameters) =>
    ["status-update", "notify-on-call", "escalate"].includes(actionId)
      ? messagePrepared(actionId, parameters, options.refusedReason)
      : containPlan(actionId, parameters);
  return createHarness({ incident, columns: options.columns ?? 80, rows: options.rows ?? 24 });
}

const shown = async (harness: Harness, kind: string) => expect.poll(() => harness.dialog()).toBe(kind);
const executed = ({ incident }: Harness) => incident.calls.filter((call) => call.name === "execute");
const text = ({ incident }: Harness) => incident.calls.findLast((call) => call.name === "prepare");

/** L2 became due five minutes ago; nobody has answered. */
function makeL2Due(harness: Harness): void {
  harness.incident.store.setState(({ communication }) => ({
    communication: {
      ...communication,
      thresholds: communication.thresholds.map(
        (threshold): Threshold =>
          threshold.id === "L2" ? { ...threshold, dueAtMs: NOW_MS - 5 * MINUTE, lateAtMs: NOW_MS + MINUTE } : threshold,
      ),
    },
  }));
}

describe("a message", () => {
  it("is shown with its places and words before anything is sent, whole at 80x24", async () => {
    const harness = messaging();
    harness.press("u");
    await shown(harness, "message");
    const frame = harness.frame().join("\n");
    expect(frame).toContain("To: pagerduty, slack");
    expect(frame).toContain("- targets: 0 of 2 healthy");
    expect(frame).toContain("y sends it   e edits it   c copies it   n skips it");
    expect(executed(harness)).toEqual([]);
  });

  it("goes out by y and by nothing else", async () => {
    const harness = messaging();
    harness.press("u");
    await shown(harness, "message");
    harness.press("enter", "space", "a");
    expect(executed(harness)).toEqual([]);
    harness.press("y");
    expect(executed(harness)).toMatchObject([{ plan: { message: { text: DRAFT } }, confirmation: { yes: true } }]);
    expect(harness.dialog()).toBeUndefined();
    await expect.poll(() => harness.frame().at(-1)).toContain("sent to pagerduty, slack");
  });

  it("is edited in several lines; Esc leaves it as it was, Tab takes it, and neither sends", async () => {
    const harness = messaging();
    harness.press("u");
    await shown(harness, "message");
    harness.press("e");
    await shown(harness, "compose");
    harness.type("!");
    harness.press("esc");
    expect(harness.dialog()).toBe("message");
    harness.press("e", "enter");
    harness.type("Kim is on it");
    harness.press("up", "home", "delete", "delete");
    harness.paste("* pasted\n* twice ");
    harness.press("tab");
    await expect
      .poll(() => text(harness))
      .toMatchObject({
        parameters: {
          text: "[P1] lakehouse prod: Nessie unreachable\nNow:\n* pasted\n* twice targets: 0 of 2 healthy\nKim is on it",
        },
      });
    await shown(harness, "message");
    expect(executed(harness)).toEqual([]);
  });

  it("keeps its changed words when it is put aside, until they are written anew", async () => {
    const harness = messaging();
    harness.press("u");
    await shown(harness, "message");
    harness.press("e", "enter");
    harness.type("kept");
    harness.press("tab");
    await expect.poll(() => harness.frame().join("\n")).toContain("kept");
    harness.press("esc", "u");
    await expect.poll(() => harness.frame().join("\n")).toContain("These are the words you kept.");
    harness.press("r");
    await shown(harness, "message");
    await expect.poll(() => harness.frame().join("\n")).not.toContain("you kept");
  });

  it("is copied for sending by hand, through tmux, and that is recorded", async () => {
    const incident = messaging().incident;
    const harness = createHarness({ incident, columns: 80, rows: 24, env: { TMUX: "/tmp/tmux" } });
    harness.press("u");
    await shown(harness, "message");
    harness.press("c");
    const base64 = Buffer.from(DRAFT).toString("base64");
    expect(harness.written).toEqual([`\x1bPtmux;\x1b\x1b]52;c;${base64}\x07\x1b\\`]);
    expect(incident.calls.at(-1)).toEqual({
      name: "noteMessage",
      about: "status-update",
      status: "copied",
      text: DRAFT,
    });
  });

  it("that cannot be sent says why, and can be copied all the same", async () => {
    const harness = messaging({ refusedReason: "SLACK_BOT_TOKEN is not set" });
    harness.press("u");
    await shown(harness, "message");
    expect(harness.frame().join("\n")).toContain("Cannot be sent: SLACK_BOT_TOKEN is not set");
    harness.press("y");
    expect(executed(harness)).toEqual([]);
    harness.press("c");
    expect(harness.written).toHaveLength(1);
  });

  it("is skipped with n, and that is recorded", async () => {
    const harness = messaging();
    harness.press("u");
    await shown(harness, "message");
    harness.press("n");
    expect(harness.incident.calls.at(-1)).toMatchObject({ name: "noteMessage", status: "skipped" });
    expect(executed(harness)).toEqual([]);
  });

  it("that arrived at some places is kept for the others", async () => {
    const harness = messaging();
    const outcome = (stepId: string, status: "done" | "failed") => ({
      stepId,
      status,
      startedAtMs: 0,
      endedAtMs: 0,
      requestIds: [],
    });
    harness.incident.execute = async (prepared): Promise<RunResult> => ({
      runId: prepared.runId,
      status: "partial",
      plan: prepared.plan,
      outcomes: [outcome("send-pagerduty", "failed"), outcome("send-slack", "done")],
      failure: { kind: "unreachable", what: "pagerduty", why: "no answer", next: "" },
    });
    harness.press("u");
    await shown(harness, "message");
    harness.press("y");
    await expect.poll(() => harness.frame().at(-1)).toContain("NOT sent to pagerduty: no answer");
    harness.press("u");
    await expect.poll(() => text(harness)).toMatchObject({ parameters: { text: DRAFT, to: "pagerduty" } });
  });

  it("that another way had to carry says which, and who refused it", async () => {
    const harness = messaging();
    const { execute, prepare } = harness.incident;
    harness.incident.prepare = async (id, parameters) => {
      const prepared = await prepare.call(harness.incident, id, parameters);
      const [pager, slack] = prepared.plan.steps;
      if (pager?.kind !== "call" || slack?.kind !== "call") throw new Error("the fixture's message has two calls");
      const webhook = { ...slack, id: "send-slack-webhook", resource: "the webhook", insteadOf: [slack.id] };
      return { ...prepared, plan: { ...prepared.plan, steps: [pager, slack, webhook] } };
    };
    harness.incident.execute = async (prepared, confirmation): Promise<RunResult> => {
      const result = await execute.call(harness.incident, prepared, confirmation);
      const failure = { kind: "denied", what: "slack", why: "Slack says invalid_auth", next: "" } as const;
      const outcomes = result.outcomes.map((outcome) =>
        outcome.stepId === "send-slack" ? { ...outcome, status: "failed" as const, failure } : outcome,
      );
      return { ...result, outcomes };
    };
    harness.press("u");
    await shown(harness, "message");
    harness.press("y");
    await expect
      .poll(() => harness.controller.ui.getState().message?.text)
      .toBe(
        "Message status-update: sent to pagerduty, the webhook. slack: Slack says invalid_auth; the webhook has it instead.",
      );
  });

  it("never stands in the way: keys work while it is being sent", async () => {
    const harness = messaging();
    harness.incident.execute = () => new Promise(() => undefined);
    harness.press("u");
    await shown(harness, "message");
    harness.press("y");
    harness.press("?");
    expect(harness.dialog()).toBe("help");
  });

  it.each([
    [40, 10],
    [80, 24],
    [200, 60],
  ])("stays inside the frame at %ix%i, with its editor at the cursor", async (columns, rows) => {
    const harness = messaging({ columns, rows });
    harness.press("u");
    await shown(harness, "message");
    expect(harness.frame()).toHaveLength(rows);
    harness.press("e");
    for (let line = 0; line < 60; line++) harness.press("enter");
    harness.type("the end");
    const frame = harness.frame();
    expect(frame).toHaveLength(rows);
    expect(frame.join("\n")).toContain("the end");
    expect(frame.join("\n")).toContain("Tab takes this text");
  });
});

describe("the escalation path", () => {
  it("what is due opens its own message: why, whom, and how to answer", async () => {
    const harness = messaging();
    makeL2Due(harness);
    harness.press("e");
    await shown(harness, "message");
    const frame = harness.frame().join("\n");
    expect(frame).toContain("L2 platform team lead: not resolved within 1 hour");
    expect(frame).toContain("Whom: Sam Roe, +1 555 0100");
    expect(frame).toContain("n declines   d done by hand");
    harness.press("y");
    expect(executed(harness)).toMatchObject([{ plan: { actionId: "escalate" } }]);
  });

  it("is declined with a reason, and not without one", async () => {
    const harness = messaging();
    makeL2Due(harness);
    harness.press("e");
    await shown(harness, "message");
    harness.press("n", "enter");
    expect(harness.frame().at(-1)).toContain("Not declined: it needs a reason.");
    harness.press("e");
    await shown(harness, "message");
    harness.press("n");
    expect(harness.frame().at(-1)).toContain("why not L2:");
    harness.type("fix rolls out");
    harness.press("enter");
    await expect
      .poll(() => text(harness))
      .toMatchObject({
        actionId: "decline-escalation",
        parameters: { level: "L2", reason: "fix rolls out" },
      });
  });

  it("is done by hand with whom was told", async () => {
    const harness = messaging();
    makeL2Due(harness);
    harness.press("e");
    await shown(harness, "message");
    harness.press("d");
    harness.type("phoned Sam");
    harness.press("enter");
    await expect
      .poll(() => text(harness))
      .toMatchObject({
        actionId: "escalation-done",
        parameters: { level: "L2", how: "phoned Sam" },
      });
  });

  it("shows the whole path while nothing is due, with what was answered", async () => {
    const harness = messaging();
    harness.press("e");
    expect(harness.dialog()).toBe("escalation");
    const frame = harness.frame().join("\n");
    expect(frame).toMatch(/L1 on-call engineer .*done/);
    expect(frame).toMatch(/L2 platform team lead +in 20:00/);
    expect(frame).toMatch(/L3 engineering director and security +in 3:20:00/);
    // The countdowns go on while it is looked at.
    const { atMs, monotonicMs } = harness.controller.moment();
    harness.controller.ui.setState({ moment: { atMs: atMs + 60_000, monotonicMs: monotonicMs + 60_000 } });
    expect(harness.frame().join("\n")).toMatch(/L2 platform team lead +in 19:00/);
    // What has not happened is not said to have.
    harness.press("j");
    expect(harness.frame().join("\n")).toContain("Due when it is not resolved within 1 hour, or at once");
    harness.press("enter");
    await shown(harness, "message");
    expect(harness.frame().join("\n")).toContain("L2 platform team lead: ahead of its time, which comes in 19:00");
  });
});

describe("notifications", () => {
  it("ring and ask for a desktop notification, wrapped for tmux and screen, the bell outside of it", () => {
    expect(notificationSequence("L2 is due; now", {})).toBe(
      "\x07\x1b]9;mayday: L2 is due, now\x07\x1b]777;notify;mayday;L2 is due, now\x07",
    );
    expect(notificationSequence("x", { TMUX: "1" })).toBe(
      "\x07\x1bPtmux;\x1b\x1b]9;mayday: x\x07\x1b\\\x1bPtmux;\x1b\x1b]777;notify;mayday;x\x07\x1b\\",
    );
    expect(notificationSequence("x", { STY: "1" })).toBe(
      "\x07\x1bP\x1b]9;mayday: x\x07\x1b\\\x1bP\x1b]777;notify;mayday;x\x07\x1b\\",
    );
  });

  it.each(["linux", "dumb"])("only ring where TERM is %s: it would print the rest", (TERM) => {
    expect(notificationSequence("x", { TERM })).toBe("\x07");
  });

  it("cannot be broken out of by a title from outside", () => {
    const sequence = notificationSequence("a\x07\x1b]52;c;ZXZpbA==\x07b\x9c", {});
    expect(sequence.split("\x1b")).toHaveLength(3);
    expect(sequence).not.toContain("]52");
  });

  it("come once for each thing that becomes due, and not for what was due before", () => {
    const harness = messaging();
    makeL2Due(harness);
    const { controller, incident, written } = harness;
    const tick = (minutes: number) => {
      incident.clock.advance(minutes * MINUTE);
      controller.ui.setState({ moment: { atMs: incident.clock.now(), monotonicMs: incident.clock.monotonic() } });
    };
    const stop = notifyWhenDue(controller, {});
    tick(1);
    expect(written).toEqual([]);
    tick(12);
    expect(written).toHaveLength(1);
    expect(written[0]).toContain("status update is due");
    tick(1);
    expect(written).toHaveLength(1);
    tick(200);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain("L3 is due: not resolved within 4 hours");
    stop();
    tick(500);
    expect(written).toHaveLength(2);
  });
});
