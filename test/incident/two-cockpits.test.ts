import { describe, expect, it } from "vitest";
import { containNessie } from "../../src/actions/contain-nessie.ts";
import { competingRun } from "../../src/incident/open-runs.ts";
import type { RecordEntry } from "../../src/record/entries.ts";
import { account, entriesOf, NESSIE, opened, stateFolder, until, YES } from "./support.ts";

async function both(scenario = "quiet") {
  const simulator = await account({ scenario });
  const stateDirectory = stateFolder();
  const first = await opened(simulator, stateDirectory, { watch: true });
  const second = await opened(simulator, stateDirectory, { watch: true, incidentId: first.id, reason: "resume" });
  return { simulator, first, second };
}

describe("two cockpits on one incident", () => {
  it("see each other's entries, and only one records observations", async () => {
    const { first, second } = await both("nessie-oom");
    await second.execute(await second.prepare("note", { text: "from the second" }), {});
    await first.execute(await first.prepare("note", { text: "from the first" }), {});
    for (const incident of [first, second]) {
      await until(() => {
        const text = incident.store.getState().timeline.map((line) => line.text);
        return text.includes("from the first") && text.includes("from the second");
      });
    }
    await until(async () => (await entriesOf(first, "observation.task-stopped", "observation.alarm")).length >= 2);
    const observations = (await first.recorder.entries()).filter((entry) => entry.kind.startsWith("observation."));
    expect(new Set(observations.map((entry) => entry.writerId)).size).toBe(1);
    expect([first, second].filter((incident) => incident.recorder.isObserver)).toHaveLength(1);
    const tasks = observations.flatMap((entry) =>
      entry.kind === "observation.task-stopped" ? [entry.payload.task] : [],
    );
    expect(new Set(tasks).size).toBe(tasks.length);
  });

  it("the second is refused on the same resource from the first's plan on, also while it only collects evidence", async () => {
    const { simulator, first, second } = await both();
    const [plan, other] = [await first.prepare("contain-nessie", {}), await second.prepare("contain-nessie", {})];
    const remove = simulator.faults.add({ kind: "latency", operation: "DescribeTaskDefinition", latencyMs: 3000 });
    const running = first.execute(plan, NESSIE);
    await until(async () => (await entriesOf(second, "step.intent")).length > 0);
    await until(() => second.store.getState().timeline.some((line) => line.label === "ACTION"));
    const refused = await second.execute(other, NESSIE);
    expect(refused).toMatchObject({ status: "refused", failure: { why: expect.stringMatching(/another cockpit/) } });
    remove();
    expect((await running).status).toBe("done");
  });

  it("of two that confirm at the same moment exactly one goes on", async () => {
    const { first, second } = await both();
    const [plan, other] = [await first.prepare("contain-nessie", {}), await second.prepare("contain-nessie", {})];
    const results = await Promise.all([first.execute(plan, NESSIE), second.execute(other, NESSIE)]);
    expect(results.map((result) => result.status).sort()).toEqual(["done", "refused"]);
    const calls = simulatorCalls(results.flatMap((result) => result.outcomes));
    expect(calls).toBe(2);
  });

  it("a broken containment is recorded once, and another cockpit's undo does not break it", async () => {
    const { simulator, first, second } = await both();
    const contained = await first.execute(await first.prepare("contain-nessie", {}), NESSIE);
    expect(contained.status).toBe("done");
    const guardOf = (incident: typeof first) => incident.store.getState().heldOpen[0]?.guard;
    for (const incident of [first, second]) await until(() => guardOf(incident) === "holding");
    simulator.world.external.asSomebodyElse("terraform-ci").updateService({ desiredCount: 1 });
    for (const incident of [first, second]) await until(() => guardOf(incident) === "broken");
    simulator.world.external.asSomebodyElse("terraform-ci").updateService({ desiredCount: 0 });
    for (const incident of [first, second]) await until(() => guardOf(incident) === "holding");
    const told = async () => (await entriesOf(first, "guard.broken", "guard.restored")).map((entry) => entry.kind);
    await until(async () => (await told()).includes("guard.restored"));
    const soFar = await told();
    // A second entry only adds who did it, once CloudTrail tells.
    expect(soFar.filter((kind) => kind === "guard.broken").length).toBeLessThanOrEqual(2);
    expect(soFar.filter((kind) => kind === "guard.restored")).toHaveLength(1);

    const undone = await second.execute(await second.prepareUndo(contained.runId), YES);
    expect(undone.status).toBe("done");
    await until(() => first.store.getState().heldOpen.length === 0);
    expect(await told()).toEqual(soFar);
  });
});

const simulatorCalls = (outcomes: { stepId: string; status: string }[]) =>
  outcomes.filter(
    ({ stepId, status }) => status === "done" && ["suspend-autoscaling", "scale-to-zero"].includes(stepId),
  ).length;

describe("competingRun", () => {
  const plan = (resource: string) => ({
    actionId: containNessie.id,
    title: "t",
    steps: [{ kind: "call", id: "a", title: "a", resource }],
  });
  const planned = (seq: number, runId: string, writerId: string, resource: string) =>
    ({
      seq,
      writerId,
      kind: "action.planned",
      payload: { runId, actionId: "a", plan: plan(resource) },
    }) as unknown as RecordEntry;
  const self = { runId: "mine", writerId: "me" };
  const wanted = plan("service nessie") as never;

  it("the earlier plan in the record goes on, the later one gives way", () => {
    const entries = [planned(1, "theirs", "them", "service nessie"), planned(2, "mine", "me", "service nessie")];
    expect(competingRun(entries, wanted, self, () => true)?.runId).toBe("theirs");
    expect(competingRun(entries, wanted, { runId: "theirs", writerId: "them" }, () => true)).toBeUndefined();
  });
  it("dead writers and other resources do not stand in the way", () => {
    expect(competingRun([planned(1, "x", "dead", "service nessie")], wanted, self, () => false)).toBeUndefined();
    expect(competingRun([planned(1, "x", "them", "service dagster")], wanted, self, () => true)).toBeUndefined();
  });
});
