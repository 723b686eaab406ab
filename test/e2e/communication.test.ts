import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listIncidents } from "../../src/record/read.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { PAGERDUTY_ROUTING_KEY } from "../../src/sim/world/messaging/pagerduty.ts";
import { SLACK_TOKEN } from "../../src/sim/world/messaging/slack.ts";
import { messageSession } from "../support/message-session.ts";
import { messagingServer } from "../support/messaging-server.ts";
import { runProgram } from "../support/run-program.ts";
import { simulatedConnection } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const session = terminalSession("communication");
const { open, entriesOf, nothingHas } = messageSession(session);

async function lakehouse(): Promise<RunningSimulator> {
  const simulator = await startSimulator({ scenario: "nessie-oom" });
  session.simulators.push(simulator);
  return simulator;
}

/** `mayday start` on the simulated account, with its Slack and PagerDuty in the place of the real ones. */
function start(simulator: RunningSimulator, env: Record<string, string> = {}) {
  const connection = simulatedConnection(simulator.endpoint, session.folder).slice(0, -2);
  return open(["start", ...connection, "--title", "Nessie unreachable"], {
    env: { ...messagingAt(simulator), ...env },
  });
}

const messagingAt = ({ endpoint }: RunningSimulator) => ({
  MAYDAY_SLACK_API_URL: `${endpoint}/slack/api`,
  MAYDAY_PAGERDUTY_EVENTS_URL: `${endpoint}/pagerduty/v2/enqueue`,
});

const TOKENS = { SLACK_BOT_TOKEN: SLACK_TOKEN, PAGERDUTY_ROUTING_KEY };

describe("telling people from the keyboard", () => {
  it("sends the status update that was read and changed to Slack, at 80x24", async () => {
    const simulator = await lakehouse();
    const program = start(simulator, TOKENS);
    await program.waitFor(/nessie +\d\/\d/);
    await program.waitFor(/upd 29:\d\d|next update 29:\d\d/);
    program.press("u");
    await program.waitFor(/To: Slack #incidents/);
    expect(simulator.world.slack.messages).toEqual([]);
    program.press("e");
    await program.waitFor(/Tab takes this text/);
    program.press("\rThe on-call engineer is on it\t");
    await program.waitFor((shown) => /y sends it/.test(shown.screen()) && /engineer is on it/.test(shown.screen()));
    program.press("y");
    await program.waitFor(/sent to Slack #incidents/);
    expect(simulator.world.slack.messages).toMatchObject([
      { text: expect.stringMatching(/Nessie unreachable: status update[\s\S]*The on-call engineer is on it$/) },
    ]);

    // A second person looks while the cockpit is open.
    const status = await runProgram(["status", "--json", "--state-directory", session.folder]);
    expect(status.status, status.output).toBe(0);
    expect(JSON.parse(status.output)).toMatchObject({
      title: "Nessie unreachable",
      phase: "open",
      messages: [{ about: "status-update", status: "sent", to: ["Slack #incidents"] }],
    });
    expect(await entriesOf("communication.message")).toMatchObject([{ status: "sent", failures: [] }]);
    const brief = await runProgram(["status", "--handover", "--state-directory", session.folder]);
    expect(brief.output).toMatch(
      /^# P1 Nessie unreachable[\s\S]*## For whoever takes over[\s\S]*Nobody has acknowledged it/,
    );
    const both = await runProgram(["status", "--handover", "--json", "--state-directory", session.folder]);
    expect(both.status).toBe(2);
    const noAction = await runProgram(["run", "handover", "--state-directory", session.folder]);
    expect([noAction.status, noAction.output]).toEqual([2, expect.stringContaining("mayday status --handover")]);

    // And a headless run tells the on-call engineer, on the same record.
    const page = await runProgram(
      [
        "run",
        "notify-on-call",
        "--yes",
        "--incident",
        "latest",
        ...simulatedConnection(simulator.endpoint, session.folder),
      ],
      { ...messagingAt(simulator), ...TOKENS, XDG_CONFIG_HOME: session.folder },
    );
    expect(page.status, page.output).toBe(0);
    expect(simulator.world.pagerDuty.events).toHaveLength(1);

    program.press("q");
    await program.waitFor(/keep it open/i);
    program.press("\u001b[B\u001b[B\r");
    expect((await program.exited).exitCode).toBe(0);
    const [summary] = await listIncidents(session.folder);
    const written = (name: string) => readFileSync(join(summary?.folder ?? "", name), "utf8");
    expect(written("postmortem.md")).toContain("Status updates on time: 1 of 1");
    expect(written("handover.md")).toMatch(/## For whoever takes over[\s\S]*Nobody has acknowledged it/);
    nothingHas(SLACK_TOKEN);
    nothingHas(PAGERDUTY_ROUTING_KEY);
  }, 90_000);

  it("without a token the text is copied by hand, and the record says so", async () => {
    const simulator = await lakehouse();
    const program = start(simulator);
    await program.waitFor(/nessie +\d\/\d/);
    program.press("u");
    await program.waitFor(/Cannot be sent[\s\S]*SLACK_BOT_TOKEN/);
    program.press("c");
    await program.waitFor(/Copied the message/);
    const copied = /\u001b\]52;c;([A-Za-z0-9+/=]+)\u0007/.exec(program.raw)?.[1] ?? "";
    const text = Buffer.from(copied, "base64").toString("utf8");
    expect(text).toMatch(/Nessie unreachable: status update[\s\S]*Next update by/);
    await expect.poll(() => entriesOf("communication.message")).toMatchObject([{ status: "copied", text }]);
    program.press("\u001b");
    await program.waitFor(/ d diagnose/);
    expect(simulator.world.slack.messages).toEqual([]);
  }, 60_000);

  it("no way out of the network: keys are answered meanwhile, and the failure is said with what to do", async () => {
    const simulator = await lakehouse();
    const hanging = await messagingServer("hang");
    const program = start(simulator, { ...TOKENS, MAYDAY_SLACK_API_URL: hanging.url });
    await program.waitFor(/nessie +\d\/\d/);
    program.press("u");
    await program.waitFor(/To: Slack #incidents/);
    program.press("y");
    await program.waitFor(/sending to Slack/);
    program.press("?");
    await program.waitFor(/Help/);
    program.press("\u001b");
    await program.waitFor(/NOT sent to Slack #incidents/, 30_000);
    await program.waitFor(/NOT SENT \(u\)|NOT SENT: status update \(u\)/);
    expect(hanging.seen).toHaveLength(1);
  }, 60_000);
});
