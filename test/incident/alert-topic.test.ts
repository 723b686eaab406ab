import { describe, expect, it } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { account, entriesOf, opened, stateFolder } from "./support.ts";

const PENDING = "platform-oncall@example.com";
const topicOf = ({ world }: RunningSimulator) => world.sns.topic([...world.sns.byArn.keys()][0]);

describe("who gets the alarms", () => {
  it("is told, with who has not confirmed and which alarms tell nobody", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const prepared = await incident.prepare("check-alert-topic", {});
    expect(prepared.facts).toMatchObject({
      topic: topicOf(simulator).arn,
      "email data-oncall@example.com": "confirmed",
      [`email ${PENDING}`]: "NOT CONFIRMED: gets nothing",
    });
    expect(prepared.checks[0]).toMatchObject({ status: "warn", detail: `not confirmed: ${PENDING}` });
    expect(prepared.checks[1]?.status).toBe("pass");
    expect((await incident.execute(prepared, { yes: true })).status).toBe("done");
    expect((await entriesOf(incident, "incident.note")).at(-1)?.payload.text).toContain(PENDING);

    topicOf(simulator).subscriptions = [];
    for (const alarm of simulator.world.alarms.byName.values()) alarm.alarmActions = [];
    const silent = await incident.prepare("check-alert-topic", { topic: topicOf(simulator).arn });
    expect(silent.checks.map(({ detail }) => detail)).toEqual([
      "nobody is subscribed",
      expect.stringMatching(/^alarms that tell nobody: lakehouse-prod-/),
    ]);
    await expect(incident.prepare("check-alert-topic", {})).rejects.toThrow(/no alarm sends to a topic/);
  });
});

describe("subscribing an address", () => {
  it("that was not confirmed asks its addressee again, waits for them, and undo takes it away", async () => {
    const simulator = await account();
    const topic = topicOf(simulator);
    const subscription = () => topic.subscriptions.find(({ endpoint }) => endpoint === PENDING);
    const human = async () => {
      simulator.world.sns.confirm(topic, subscription()?.token);
      return "kim";
    };
    const incident = await opened(simulator, stateFolder(), { human });
    const prepared = await incident.prepare("resubscribe", { endpoint: PENDING });
    expect(prepared.checks[0]?.detail).toMatch(/not confirmed: a new confirmation is sent/);
    const result = await incident.execute(prepared, { yes: true });
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(subscription()?.token).toBeUndefined();
    // Once it is confirmed, subscribing again would change nothing, and its undo would take it away.
    const again = async (protocol: string) =>
      (await incident.prepare("resubscribe", { endpoint: PENDING, protocol })).refusedReason;
    expect(await again("email")).toMatch(/subscribed and confirmed already/);
    expect(await again("email-json")).toBeUndefined();
    const undone = await incident.execute(await incident.prepareUndo(result.runId), { yes: true });
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(subscription()).toBeUndefined();
  });

  it("is not done while nobody confirms", async () => {
    const simulator = await account({ speed: 1200 });
    const incident = await opened(simulator, stateFolder(), { human: async () => "kim" });
    const prepared = await incident.prepare("resubscribe", { endpoint: "new@example.com" });
    const result = await incident.execute(prepared, { yes: true });
    expect(result.status).toBe("partial");
    expect(result.failure?.why).toMatch(/pending = false/);
    // SNS deletes nothing that is pending: the undo says so instead of trying, and finds it gone two days later.
    const refused = await incident.execute(await incident.prepareUndo(result.runId), { yes: true });
    expect([refused.status, refused.failure?.why]).toEqual(["refused", expect.stringMatching(/48 hours/)]);
    const isThere = () => topicOf(simulator).subscriptions.some(({ endpoint }) => endpoint === "new@example.com");
    expect(isThere()).toBe(true);
    simulator.world.advanceBy(48 * 3_600_000);
    expect(isThere()).toBe(false);
    const gone = await incident.execute(await incident.prepareUndo(result.runId), { yes: true });
    expect(gone.outcomes.map(({ status }) => status)).toEqual(["already"]);
    expect(incident.store.getState().heldOpen).toEqual([]);
  }, 60_000);
});

describe("a test message", () => {
  it("reaches those who have confirmed, and says that it is a test", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder(), { human: async () => "kim" });
    const prepared = await incident.prepare("test-alert-topic", {});
    expect((await incident.execute(prepared, { yes: true })).status).toBe("done");
    const sent = simulator.world.sns.messages.at(-1);
    expect(sent?.deliveredTo).toEqual(["data-oncall@example.com"]);
    expect(sent?.message).toMatch(/This is a test/);
  });
});
