import { describe, expect, it } from "vitest";
import { messageSession } from "../support/message-session.ts";
import { messagingServer } from "../support/messaging-server.ts";
import { runProgram } from "../support/run-program.ts";
import { simulatedConnection } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const session = terminalSession("communication-demo");
const { open, entriesOf, nothingHas } = messageSession(session);

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
    expect(proposed).toEqual(expect.arrayContaining(["L1", "L2"]));
    expect(await entriesOf("escalation.late")).toContainEqual(expect.objectContaining({ threshold: "L1" }));
    nothingHas("xoxb-a-real-token-of-somebody");
  }, 150_000);

  it("is the only one that a headless run on its incident tells, whatever the environment says", async () => {
    const real = await messagingServer({ status: 200, body: '{"ok":true}' });
    const program = open(["demo", "quiet"], { columns: 200 });
    await program.waitFor(/SIMULATED 127\.0\.0\.1:\d+/);
    await program.waitFor(/nessie +2\/2/);
    const endpoint = `http://${/127\.0\.0\.1:\d+/.exec(program.screen())?.[0]}`;
    const run = await runProgram(
      ["run", "status-update", "--yes", "--incident", "latest", ...simulatedConnection(endpoint, session.folder)],
      {
        SLACK_BOT_TOKEN: "xoxb-a-real-token-of-somebody",
        MAYDAY_SLACK_API_URL: real.url,
        XDG_CONFIG_HOME: session.folder,
      },
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
