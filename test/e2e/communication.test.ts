import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EntryKind, RecordEntry } from "../../src/record/entries.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { PAGERDUTY_ROUTING_KEY } from "../../src/sim/world/messaging/pagerduty.ts";
import { SLACK_TOKEN } from "../../src/sim/world/messaging/slack.ts";
import { messagingServer } from "../support/messaging-server.ts";
import { runProgram } from "../support/run-program.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
const programs: TerminalProgram[] = [];
const simulators: RunningSimulator[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-communication-"));
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
  for (const simulator of simulators.splice(0)) await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function lakehouse(): Promise<RunningSimulator> {
  const simulator = await startSimulator({ scenario: "nessie-oom" });
  simulators.push(simulator);
  return simulator;
}

function open(args: string[], options: { env?: Record<string, string>; columns?: number; rows?: number } = {}) {
  const program = new TerminalProgram([...args, "--state-directory", folder], {
    columns: 80,
    rows: 24,
    record: true,
    // What is on this machine must not matter.
    ...options,
    env: { ...SIMULATED_CREDENTIALS, XDG_CONFIG_HOME: folder, ...options.env },
  });
  programs.push(program);
  return program;
}

/** `mayday start` on the simulated account, with its Slack and PagerDuty in the place of the real ones. */
function start(simulator: RunningSimulator, env: Record<string, string> = {}) {
  const connection = simulatedConnection(simulator.endpoint, folder).slice(0, -2);
  return open(["start", ...connection, "--title", "Nessie unreachable"], {
    env: { ...messagingAt(simulator), ...env },
  });
}

const messagingAt = ({ endpoint }: RunningSimulator) => ({
  MAYDAY_SLACK_API_URL: `${endpoint}/slack/api`,
  MAYDAY_PAGERDUTY_EVENTS_URL: `${endpoint}/pagerduty/v2/enqueue`,
});

const TOKENS = { SLACK_BOT_TOKEN: SLACK_TOKEN, PAGERDUTY_ROUTING_KEY };

async function entriesOf<K extends EntryKind>(kind: K): Promise<RecordEntry<K>["payload"][]> {
  const [summary] = await listIncidents(folder);
  const entries: RecordEntry[] = await readRecord(summary?.folder ?? "");
  return entries.filter((entry) => entry.kind === kind).map(({ payload }) => payload as RecordEntry<K>["payload"]);
}

const nothingHas = (secret: string) => {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) expect(readFileSync(path).includes(secret), path).toBe(false);
  }
  for (const { raw } of programs) expect(raw).not.toContain(secret);
};

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
    const status = await runProgram(["status", "--json", "--state-directory", folder]);
    expect(status.status, status.output).toBe(0);
    expect(JSON.parse(status.output)).toMatchObject({
      title: "Nessie unreachable",
      phase: "open",
      messages: [{ about: "status-update", status: "sent", to: ["Slack #incidents"] }],
    });
    expect(await entriesOf("communication.message")).toMatchObject([{ status: "sent", failures: [] }]);
    const brief = await runProgram(["status", "--handover", "--state-directory", folder]);
    expect(brief.output).toMatch(
      /^# P1 Nessie unreachable[\s\S]*## For whoever takes over[\s\S]*Nobody has acknowledged it/,
    );
    const both = await runProgram(["status", "--handover", "--json", "--state-directory", folder]);
    expect(both.status).toBe(2);
    const noAction = await runProgram(["run", "handover", "--state-directory", folder]);
    expect([noAction.status, noAction.output]).toEqual([2, expect.stringContaining("mayday status --handover")]);

    // And a headless run tells the on-call engineer, on the same record.
    const page = await runProgram(
      ["run", "notify-on-call", "--yes", "--incident", "latest", ...simulatedConnection(simulator.endpoint, folder)],
      { ...messagingAt(simulator), ...TOKENS, XDG_CONFIG_HOME: folder },
    );
    expect(page.status, page.output).toBe(0);
    expect(simulator.world.pagerDuty.events).toHaveLength(1);

    program.press("q");
    await program.waitFor(/keep it open/i);
    program.press("\u001b[B\u001b[B\r");
    expect((await program.exited).exitCode).toBe(0);
    const [summary] = await listIncidents(folder);
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
    await program.waitFor(/u update/);
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

describe("the demo", () => {
  it("proposes what is due on the escalation path, takes the answer, and tells the simulated Slack alone", async () => {
    const real = await messagingServer({ status: 200, body: '{"ok":true}' });
    const program = open(["demo", "nessie-oom", "--speed", "120"], {
      env: {
        SLACK_BOT_TOKEN: "xoxb-a-real-token-of-somebody",
        ALERT_SLACK_WEBHOOK_URL: `${real.url}/services/real`,
        PAGERDUTY_ROUTING_KEY: "99999999999999999999999999999999",
        MAYDAY_SLACK_API_URL: real.url,
        MAYDAY_PAGERDUTY_EVENTS_URL: real.url,
      },
    });
    await program.waitFor(/L1 ack (in )?\d+:\d\d/);
    await program.waitFor(/L1 ack OVERDUE/, 40_000);
    // The bell and both forms of the notification, once.
    expect(program.raw.match(/\u0007\u001b\]9;mayday: [^\u0007]*L1 is due/g)).toHaveLength(1);
    expect(program.raw).toMatch(/\u001b\]777;notify;mayday;[^\u0007]*L1 is due/);
    program.press("e");
    await program.waitFor(/L1 on-call engineer: nobody acknowledged within 15 minutes/);
    program.press("y");
    await program.waitFor(/sent to PagerDuty, Slack #incidents, SNS/, 20_000);
    program.press("e");
    await program.waitFor(/d acknowledges/);
    program.press("d");
    await program.waitFor(/Acknowledged\./);
    await program.waitFor(/L2 (DUE|LATE)/, 60_000);
    // By now the update is due as well; the escalation has its own key.
    program.press("e");
    await program.waitFor(/L2 platform team lead: not resolved within 1 hour/);
    program.press("n");
    await program.waitFor(/why not L2:/);
    program.press("a fix rolls out\r");
    await program.waitFor(/L2 declined/);
    expect(real.seen).toEqual([]);
    expect(await entriesOf("escalation.declined")).toMatchObject([{ threshold: "L2", reason: "a fix rolls out" }]);
    const proposed = (await entriesOf("escalation.proposed")).map(({ threshold }) => threshold);
    expect(proposed).toEqual([...new Set(proposed)]);
    nothingHas("xoxb-a-real-token-of-somebody");
  }, 150_000);

  it("is the only one that a headless run on its incident tells, whatever the environment says", async () => {
    const real = await messagingServer({ status: 200, body: '{"ok":true}' });
    const program = open(["demo", "quiet"], { columns: 200 });
    await program.waitFor(/SIMULATED 127\.0\.0\.1:\d+/);
    await program.waitFor(/nessie +2\/2/);
    const endpoint = `http://${/127\.0\.0\.1:\d+/.exec(program.screen())?.[0]}`;
    const run = await runProgram(
      ["run", "status-update", "--yes", "--incident", "latest", ...simulatedConnection(endpoint, folder)],
      { SLACK_BOT_TOKEN: "xoxb-a-real-token-of-somebody", MAYDAY_SLACK_API_URL: real.url, XDG_CONFIG_HOME: folder },
    );
    expect(run.status, run.output).toBe(0);
    expect(real.seen).toEqual([]);
    expect(await entriesOf("communication.message")).toMatchObject([
      { status: "sent", to: ["Slack #incidents"], text: expect.stringContaining("SIMULATED, no real incident") },
    ]);
  }, 60_000);

  it("is silent with --no-notifications", async () => {
    const program = open(["demo", "nessie-oom", "--speed", "240", "--no-notifications"]);
    await program.waitFor(/L1 ack OVERDUE/, 40_000);
    await program.waitFor(/update DUE/, 40_000);
    expect(program.raw).not.toContain("]777;notify");
    expect(program.raw).not.toContain("]9;mayday");
  }, 100_000);
});
