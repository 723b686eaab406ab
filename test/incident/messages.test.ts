import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Secrets } from "../../src/base/secrets.ts";
import { DEMO_SECRETS } from "../../src/cli/demo-credentials.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { Messaging } from "../../src/incident/messaging.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { Fault, RunningSimulator } from "../../src/sim/index.ts";
import { PAGERDUTY_ROUTING_KEY } from "../../src/sim/world/messaging/pagerduty.ts";
import { SLACK_TOKEN, SLACK_WEBHOOK } from "../../src/sim/world/messaging/slack.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { httpTransport } from "../../src/transports/http/transport.ts";
import { withTransports } from "../../src/transports/route.ts";
import { account, clockOf, entriesOf, layerOf, NESSIE, opened, stateFolder, YES } from "./support.ts";

const SECRETS = {
  SLACK_BOT_TOKEN: SLACK_TOKEN,
  PAGERDUTY_ROUTING_KEY,
  PAGERDUTY_ROUTING_KEY_L2: PAGERDUTY_ROUTING_KEY,
};

interface Options {
  secrets?: Record<string, string>;
  messaging?: Partial<Messaging>;
  alertTopic?: boolean;
  accessKeyId?: string;
  folder?: string;
}

/** An incident on the simulated account, with the simulator's Slack, PagerDuty and alert topic. */
async function told(simulator: RunningSimulator, options: Options = {}): Promise<OpenIncident> {
  const { secrets = SECRETS, alertTopic = true } = options;
  const clock = clockOf(simulator);
  const { endpoint } = simulator;
  const transport = httpTransport({
    clock,
    secrets: new Secrets(new Map(Object.entries(secrets))),
    endpoints: { slackApi: `${endpoint}/slack/api`, pagerDutyEvents: `${endpoint}/pagerduty/v2/enqueue` },
    loopbackOnly: true,
    environment: {},
    patience: { connectMs: 1000, answerMs: 500 },
  });
  const { world, region } = simulator;
  const topic = [...world.sns.byArn.values()][0];
  return opened(simulator, options.folder ?? stateFolder(), {
    aws: withTransports(await layerOf(simulator, options.accessKeyId), [transport], clock),
    messaging: {
      secrets: Object.keys(secrets),
      slackChannel: "#incidents",
      invite: [],
      contacts: {},
      problems: [],
      ...options.messaging,
    },
    deployment: {
      ...deploymentByNamingRule("lakehouse", "prod", "nessie", region),
      ...(alertTopic && topic ? { alertTopic: topic.arn } : {}),
    },
  });
}

async function run(incident: OpenIncident, action: string, parameters: Record<string, string> = {}) {
  return incident.execute(await incident.prepare(action, parameters), YES);
}

const messages = async (incident: OpenIncident) =>
  (await entriesOf(incident, "communication.message")).map(({ payload }) => payload);

/** Every call of a service is disturbed. */
const fault = (service: string, kind: Fault["kind"], change: Partial<Fault> = {}): Fault => ({
  service,
  kind,
  ...change,
});

describe("notify on-call", () => {
  it("goes to PagerDuty, Slack and the alert topic with the draft, and is recorded with where it arrived", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    const result = await run(incident, "notify-on-call");
    expect(result.status).toBe("done");
    const { pagerDuty, slack, sns } = simulator.world;
    expect(pagerDuty.events).toMatchObject([
      {
        action: "trigger",
        dedupKey: `mayday-${incident.id}`,
        payload: {
          severity: "critical",
          source: "lakehouse-prod",
          summary: expect.stringContaining("Nessie unreachable"),
        },
      },
    ]);
    expect(slack.messages).toMatchObject([{ by: "api", text: expect.stringContaining("Please acknowledge") }]);
    expect(sns.messages).toMatchObject([
      { subject: expect.stringContaining("[P1] lakehouse prod: Nessie unreachable") },
    ]);
    expect(await messages(incident)).toMatchObject([
      {
        about: "on-call",
        status: "sent",
        to: ["PagerDuty", "Slack #incidents", "SNS lakehouse-prod-alerts"],
        failures: [],
      },
    ]);
    const timeline = incident.store.getState().timeline.map(({ label, text }) => `${label} ${text}`);
    expect(timeline.filter((line) => /^(MESSAGE|ACTION|STEP)/.test(line))).toHaveLength(1);
  });

  it("is one page however often it is sent; acknowledge and resolve go to PagerDuty alone", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    await run(incident, "notify-on-call");
    await run(incident, "notify-on-call", { event: "acknowledge" });
    await run(incident, "notify-on-call", { event: "resolve" });
    const { pagerDuty, slack } = simulator.world;
    expect(pagerDuty.events.map(({ action }) => action)).toEqual(["trigger", "acknowledge", "resolve"]);
    expect(new Set(pagerDuty.events.map(({ dedupKey }) => dedupKey)).size).toBe(1);
    expect(slack.messages).toHaveLength(1);
  });

  it("one place that is down keeps nothing from the others, and is named with why", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    simulator.faults.add(fault("pagerduty", "server-error"));
    const result = await run(incident, "notify-on-call");
    expect(result.status).toBe("partial");
    expect(simulator.world.slack.messages).toHaveLength(1);
    expect(await messages(incident)).toMatchObject([
      {
        status: "sent",
        to: ["Slack #incidents", "SNS lakehouse-prod-alerts"],
        failures: [{ to: "PagerDuty", why: expect.stringContaining("status 500") }],
      },
    ]);
  });

  it("only some of the places, and a word that is none of them", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    await run(incident, "notify-on-call", { to: "sns, pagerduty" });
    expect(simulator.world.slack.messages).toEqual([]);
    await expect(incident.prepare("notify-on-call", { to: "pager" })).rejects.toMatchObject({ kind: "invalid" });
  });

  it("names from outside neither call a whole channel nor become links", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    await run(incident, "notify-on-call", { text: "see <!channel> & <https://evil.example|here>" });
    expect(simulator.world.slack.messages[0]?.text).toBe(
      "see &lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;",
    );
    expect(simulator.world.sns.messages[0]?.message).toContain("<!channel>");
  });
});

describe("status updates", () => {
  it("say what changed since the last one, and move the countdown on", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    const before = incident.store.getState().communication.updates.dueAtMs ?? 0;
    await run(incident, "note", { text: "compaction began at three" });
    await run(incident, "status-update");
    await run(incident, "note", { text: "memory was doubled" });
    const { plan } = await incident.prepare("status-update", {});
    expect(plan.message?.text).toContain("memory was doubled");
    expect(plan.message?.text).not.toContain("compaction began");
    expect(simulator.world.slack.messages[0]?.text).toContain("compaction began at three");
    expect(incident.store.getState().communication.updates).toMatchObject({ count: 1 });
    expect(incident.store.getState().communication.updates.dueAtMs).toBeGreaterThan(before);
  });

  it("use the webhook where there is no bot token", async () => {
    const simulator = await account();
    const hook = `${simulator.endpoint}/slack/services/${SLACK_WEBHOOK}`;
    const incident = await told(simulator, { secrets: { ALERT_SLACK_WEBHOOK_URL: hook } });
    expect((await run(incident, "status-update", { text: "Still down" })).status).toBe("done");
    expect(simulator.world.slack.messages).toMatchObject([{ by: "webhook", text: "Still down" }]);
  });

  it("without any place are refused with what to set, and the draft is there to copy", async () => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: {}, alertTopic: false });
    const prepared = await incident.prepare("status-update", {});
    expect(prepared.refusedReason).toContain("SLACK_BOT_TOKEN");
    expect(prepared.plan.message?.text).toContain("Nessie unreachable");
    await incident.noteMessage({ about: "status-update", status: "copied", text: prepared.plan.message?.text ?? "" });
    expect(incident.store.getState().communication.updates.count).toBe(1);
  });

  it("that reached nobody are shown as not sent, until one is", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    simulator.faults.add(fault("slack", "hang", { times: 1 }));
    expect((await run(incident, "status-update")).status).toBe("partial");
    expect(await messages(incident)).toMatchObject([{ status: "failed", to: [] }]);
    await expect.poll(() => incident.store.getState().communication.unsent?.about).toBe("status-update");
    expect((await run(incident, "status-update")).status).toBe("done");
    await expect.poll(() => incident.store.getState().communication.unsent).toBeUndefined();
  });

  it("go out beside an action that is running", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    const containing = incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    await expect.poll(() => incident.store.getState().run?.status).toBe("running");
    expect((await run(incident, "status-update")).status).toBe("done");
    expect(incident.store.getState().run?.status).toBe("running");
    expect((await containing).status).toBe("done");
  });
});

describe("a Slack that refuses the bot", () => {
  const both = (simulator: RunningSimulator) => ({
    ...SECRETS,
    ALERT_SLACK_WEBHOOK_URL: `${simulator.endpoint}/slack/services/${SLACK_WEBHOOK}`,
  });

  it("gets the text by its webhook within the same plan, and the record says which way carried it", async () => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: both(simulator) });
    simulator.world.slack.tokens.clear();
    const prepared = await incident.prepare("notify-on-call", {});
    expect(prepared.facts.to).toBe("PagerDuty, Slack #incidents (else Slack (webhook)), SNS lakehouse-prod-alerts");
    const result = await incident.execute(prepared, YES);
    expect(result.status, JSON.stringify(result.outcomes)).toBe("done");
    expect(simulator.world.slack.messages).toMatchObject([{ by: "webhook" }]);
    expect(await messages(incident)).toMatchObject([
      {
        status: "sent",
        to: ["PagerDuty", "Slack (webhook)", "SNS lakehouse-prod-alerts"],
        failures: [
          {
            to: "Slack #incidents",
            why: expect.stringMatching(/^Slack says .*auth.*; Slack \(webhook\) has it instead$/),
          },
        ],
      },
    ]);
  });

  it.each(["#no-such-channel"])("that has no channel %s too", async (slackChannel) => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: both(simulator), messaging: { slackChannel } });
    expect((await run(incident, "status-update", { text: "Still down" })).status).toBe("done");
    expect(simulator.world.slack.messages).toMatchObject([{ by: "webhook", text: "Still down" }]);
  });

  it("is asked once where it takes the message", async () => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: both(simulator) });
    const result = await run(incident, "status-update", { text: "Still down" });
    expect(result.status).toBe("done");
    expect(result.outcomes.map(({ stepId, status }) => [stepId, status])).toEqual([
      ["send-slack", "done"],
      ["send-slack-webhook", "already"],
      ["send-sns", "already"],
    ]);
    expect(simulator.world.slack.messages).toMatchObject([{ by: "api" }]);
    expect(simulator.world.sns.messages).toEqual([]);
    expect(await messages(incident)).toMatchObject([{ to: ["Slack #incidents"], failures: [] }]);
  });

  it.each(["hang", "server-error"] as const)(
    "never gets it twice: where it may have arrived (%s) no other way is taken",
    async (kind) => {
      const simulator = await account();
      const incident = await told(simulator, { secrets: both(simulator) });
      simulator.faults.add(fault("slack", kind, { times: 1 }));
      const result = await run(incident, "status-update", { text: "Still down" });
      expect(result.status).toBe("partial");
      expect(result.failure?.why).toContain("may have arrived");
      expect(simulator.world.slack.messages.filter(({ by }) => by === "webhook")).toEqual([]);
      expect(simulator.world.sns.messages).toEqual([]);
      expect(await messages(incident)).toMatchObject([
        { status: "failed", to: [], failures: [{ to: "Slack #incidents" }] },
      ]);
    },
  );

  it("falls to the alert topic when the webhook is gone too", async () => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: both(simulator) });
    simulator.world.slack.tokens.clear();
    simulator.world.slack.webhooks.clear();
    expect((await run(incident, "status-update", { text: "Still down" })).status).toBe("done");
    expect(simulator.world.sns.messages).toMatchObject([{ message: "Still down" }]);
    expect(await messages(incident)).toMatchObject([
      { to: ["SNS lakehouse-prod-alerts"], failures: [{ to: "Slack #incidents" }, { to: "Slack (webhook)" }] },
    ]);
  });

  it("and nothing else configured fails with Slack's own word", async () => {
    const simulator = await account();
    const incident = await told(simulator, { alertTopic: false });
    simulator.world.slack.tokens.clear();
    const result = await run(incident, "status-update", { text: "Still down" });
    expect(result).toMatchObject({ status: "failed", failure: { kind: "denied" } });
  });
});

describe("the gates", () => {
  it("read-only mode sends nothing", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    const prepared = await incident.prepare("notify-on-call", {});
    incident.setReadOnly(true);
    expect((await incident.prepare("notify-on-call", {})).refusedReason).toBe("read-only mode is on");
    // Also of a plan that was made before.
    await incident.execute(prepared, YES);
    const { pagerDuty, slack, sns } = simulator.world;
    expect([...pagerDuty.events, ...slack.messages, ...sns.messages]).toEqual([]);
  });

  it("people are told also while AWS does not say who we are; what AWS itself would send is not", async () => {
    const simulator = await account();
    const incident = await told(simulator);
    simulator.faults.add(fault("sts", "expired"));
    const result = await run(incident, "notify-on-call");
    expect(result.status).toBe("partial");
    expect(simulator.world.pagerDuty.events).toHaveLength(1);
    expect(simulator.world.slack.messages).toHaveLength(1);
    expect(simulator.world.sns.messages).toEqual([]);
  });

  it("credentials of another account send nothing", async () => {
    const simulator = await account();
    const folder = stateFolder();
    const first = await told(simulator, { folder });
    const { id } = first;
    await first.release();
    const clock = clockOf(simulator);
    const transport = httpTransport({
      clock,
      secrets: new Secrets(new Map(Object.entries(SECRETS))),
      endpoints: {
        slackApi: `${simulator.endpoint}/slack/api`,
        pagerDutyEvents: `${simulator.endpoint}/pagerduty/v2/enqueue`,
      },
      loopbackOnly: true,
      environment: {},
    });
    const second = await opened(simulator, folder, {
      incidentId: id,
      aws: withTransports(await layerOf(simulator, ACCESS_KEYS.otherAccount), [transport], clock),
      messaging: { secrets: Object.keys(SECRETS), slackChannel: "#incidents", invite: [], contacts: {}, problems: [] },
    });
    await expect(second.prepare("notify-on-call", {})).rejects.toMatchObject({ kind: "refused" });
    expect(simulator.world.slack.messages).toEqual([]);
  });
});

describe("the incident's channel", () => {
  it("is created under the first free name, gets topic, members and what is known, and then the updates", async () => {
    const simulator = await account();
    const { slack } = simulator.world;
    const incident = await told(simulator, { messaging: { invite: ["U0ONCALL01"] } });
    const day = new Date(incident.store.getState().incident.declaredAtMs).toISOString().slice(0, 10);
    slack.create(`inc-${day}-nessie-unreachable`, false);
    const result = await run(incident, "create-channel");
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    const channel = slack.channel(`inc-${day}-nessie-unreachable-2`);
    expect(channel).toMatchObject({
      topic: expect.stringContaining("Nessie unreachable"),
      members: expect.arrayContaining(["U0ONCALL01"]),
    });
    expect(await entriesOf(incident, "communication.channel")).toMatchObject([
      { payload: { id: channel?.id, name: `inc-${day}-nessie-unreachable-2` } },
    ]);
    await run(incident, "status-update", { text: "In its own channel" });
    expect(slack.messages.at(-1)).toMatchObject({ channel: channel?.id, text: "In its own channel" });
  });

  it("cannot be made without a bot token: the name is said", async () => {
    const incident = await told(await account(), { secrets: {} });
    const { refusedReason, facts } = await incident.prepare("create-channel", { description: "Catalog is down!" });
    expect(facts.name).toMatch(/^#inc-\d{4}-\d\d-\d\d-catalog-is-down$/);
    expect(refusedReason).toContain("SLACK_BOT_TOKEN is not set");
  });
});

describe("escalation", () => {
  it("a flag makes L3 due at once; the message that goes out answers it, at PagerDuty with a page of its own", async () => {
    const simulator = await account();
    const incident = await told(simulator, { messaging: { contacts: { L3: "Pat Poe" } } });
    await run(incident, "flag", { flag: "data-breach", reason: "keys in a public bucket" });
    const prepared = await incident.prepare("escalate", { level: "L3" });
    expect(prepared.plan.message?.text).toContain("(Pat Poe): data breach.");
    await incident.execute(prepared, YES);
    // No key for L3 is configured: PagerDuty is left out.
    expect(simulator.world.pagerDuty.events).toEqual([]);
    expect(await entriesOf(incident, "escalation.done")).toMatchObject([
      { payload: { threshold: "L3-data-breach", level: "L3", how: expect.stringContaining("Slack #incidents") } },
    ]);
    await run(incident, "escalate", { level: "L2" });
    expect(simulator.world.pagerDuty.events).toMatchObject([{ dedupKey: `mayday-${incident.id}-L2` }]);
  });

  it("a message that reached nobody answers nothing; by hand and declined do", async () => {
    const simulator = await account();
    const incident = await told(simulator, { secrets: {} });
    simulator.faults.add(fault("sns", "server-error"));
    await run(incident, "escalate", { level: "L2" });
    expect(await entriesOf(incident, "escalation.done")).toEqual([]);
    await run(incident, "escalation-done", { level: "L2", how: "phoned Sam" });
    await run(incident, "decline-escalation", { level: "L3", reason: "a fix is under way" });
    const { thresholds } = incident.store.getState().communication;
    expect(thresholds.map(({ level, answer }) => [level, answer?.kind])).toEqual([
      ["L1", undefined],
      ["L2", "done"],
      ["L3", "declined"],
    ]);
  });
});

it("no secret is in anything that was written: record, folder, plans, command log, failures", async () => {
  const simulator = await account();
  const folder = stateFolder();
  const hook = `${simulator.endpoint}/slack/services/${SLACK_WEBHOOK}`;
  const wrongKey = "11112222333344445555666677778888";
  const secrets = { ...SECRETS, ALERT_SLACK_WEBHOOK_URL: hook, PAGERDUTY_ROUTING_KEY_L3: wrongKey };
  const incident = await told(simulator, { folder, secrets });
  const plans: unknown[] = [];
  const both = async (action: string, parameters: Record<string, string> = {}) => {
    const prepared = await incident.prepare(action, parameters);
    plans.push(prepared, await incident.execute(prepared, YES));
  };
  await both("notify-on-call");
  await both("escalate", { level: "L3" });
  await both("create-channel");
  simulator.world.slack.tokens.clear();
  await both("status-update");
  simulator.faults.add(fault("slack", "throttle", { retryAfterSeconds: 120 }));
  await both("status-update");
  const webhookOnly = await told(simulator, { folder, secrets: { ALERT_SLACK_WEBHOOK_URL: hook } });
  simulator.world.slack.webhooks.clear();
  plans.push(await run(webhookOnly, "status-update"));
  const shown = JSON.stringify([plans, incident.store.getState(), webhookOnly.store.getState()]);
  await incident.close("handover");
  await webhookOnly.close("resolved");
  const values = [SLACK_TOKEN, PAGERDUTY_ROUTING_KEY, wrongKey, hook, SLACK_WEBHOOK, "simulatedWebhookSecret01"];
  const files = filesBelow(folder);
  expect(files.length).toBeGreaterThan(6);
  for (const value of values) {
    expect(shown).not.toContain(value);
    for (const file of files) expect(readFileSync(file).includes(value), `${file} has ${value}`).toBe(false);
  }
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

it("the demo's secrets are those of the simulator", () => {
  expect(DEMO_SECRETS).toEqual({
    SLACK_BOT_TOKEN: SLACK_TOKEN,
    PAGERDUTY_ROUTING_KEY,
    ALERT_SLACK_WEBHOOK_PATH: `/slack/services/${SLACK_WEBHOOK}`,
  });
});
