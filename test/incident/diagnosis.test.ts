import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import type { RecordEntry } from "../../src/record/entries.ts";
import { timelineLine } from "../../src/record/timeline.ts";
import { account, entriesOf, opened, stateFolder, until } from "./support.ts";

const deployment = {
  ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
  dagster: dagsterOnEcs("lakehouse", "prod"),
};

/** The entry of the first diagnosis: nobody who asks waits for the record. */
async function recorded(incident: OpenIncident): Promise<RecordEntry<"diagnosis.finished">> {
  await until(async () => (await entriesOf(incident, "diagnosis.finished")).length > 0);
  return (await entriesOf(incident, "diagnosis.finished"))[0]!;
}

describe("a diagnosis of an incident", () => {
  it("is recorded, stands in the timeline, and is cited by the post-mortem without becoming the root cause", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const incident = await opened(simulator, stateFolder(), { deployment });
    const seen: string[] = [];
    const result = await incident.diagnosis.run("nessie-unreachable", ({ id }) => seen.push(id));
    expect(result.verdicts[0]?.id).toBe("container-memory-limit");
    expect(seen.sort()).toEqual(result.checks.map(({ id }) => id).sort());

    const entry = await recorded(incident);
    expect(entry.payload).toMatchObject({
      diagnosisId: "nessie-unreachable",
      conclusion: "causes",
      verdicts: [
        {
          id: "container-memory-limit",
          certainty: "proven",
          for: expect.arrayContaining([expect.stringMatching(/exit 137/)]),
        },
      ],
      unknown: [],
    });
    expect(timelineLine(entry)).toMatchObject({
      label: "DIAGNOSIS",
      tone: "bad",
      text: "Nessie's container is killed at its memory limit (proven)",
    });
    const postmortem = renderPostmortem(await incident.recorder.entries());
    const cause = postmortem.slice(postmortem.indexOf("### Root Cause"), postmortem.indexOf("### Impact"));
    expect(cause).toMatch(/description of the root cause/);
    expect(cause).toMatch(
      /What guided diagnoses said:\n\n- Diagnosis "Nessie unreachable" at .*killed at its memory limit \(proven\)\. .*exit 137/,
    );
  });

  it("says what it could not look at, in the record too; and works in read-only mode", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    simulator.faults.add({ kind: "deny", service: "ecs", operation: "DescribeTasks" });
    const incident = await opened(simulator, stateFolder(), { deployment });
    incident.setReadOnly(true);
    const result = await incident.diagnosis.run("nessie-unreachable");
    expect(result.conclusion).toBe("inconclusive");
    const entry = await recorded(incident);
    expect(timelineLine(entry)).toMatchObject({
      tone: "warn",
      text: expect.stringContaining("needs ecs:DescribeTasks"),
    });
  });

  it("that is asked before it is known who we are asks that first: S3 refuses a bucket of nobody's", async () => {
    const simulator = await account({ scenario: "quiet" });
    const incident = await opened(simulator, stateFolder(), { deployment });
    incident.store.setState(({ identity: { accountId: _unknown, ...identity } }) => ({ identity }));
    const result = await incident.diagnosis.run("s3-403");
    expect(result.checks.flatMap(({ missingPermissions }) => missingPermissions)).toEqual([]);
    expect(result.conclusion).toBe("nothing-wrong");
  });

  it("that is cancelled is not recorded", async () => {
    const simulator = await account({ scenario: "quiet" });
    simulator.faults.add({ kind: "latency", operation: "DescribeServices", latencyMs: 5000 });
    const incident = await opened(simulator, stateFolder(), { deployment });
    const abort = new AbortController();
    const running = incident.diagnosis.run("nessie-unreachable", undefined, abort.signal);
    abort.abort(new Error("put away"));
    await expect(running).rejects.toThrow("put away");
    expect(await entriesOf(incident, "diagnosis.finished")).toEqual([]);
  });

  it("is proposed when something turns red, first in the list, and is news until it was asked", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const incident = await opened(simulator, stateFolder(), { deployment, watch: true });
    const proposals = () => incident.store.getState().proposals;
    await until(() => proposals().some(({ isNew, why }) => isNew && why.includes("exit 137")));
    expect(incident.diagnosis.list()[0]).toMatchObject({
      id: "nessie-unreachable",
      why: expect.stringContaining("exit 137"),
    });
    // Other reasons may turn up meanwhile, and are news until it is asked again.
    await until(async () => {
      await incident.diagnosis.run("nessie-unreachable");
      return proposals().some(({ diagnosisId, isNew }) => diagnosisId === "nessie-unreachable" && !isNew);
    });
    expect(proposals().find(({ isNew }) => !isNew)?.why).toContain("exit 137");
  });

  it("is proposed by what jobs said up to an hour ago, before the tail of the logs begins", async () => {
    const simulator = await account({ scenario: "quiet" });
    const { world } = simulator;
    const [daemon] = [...world.dagster.onEcs.daemon.tasks].filter(({ lastStatus }) => lastStatus === "RUNNING");
    const say = (minutesAgo: number, message: string) =>
      world.taskLogs.say(daemon!, world.now() - minutesAgo * 60_000, message);
    say(70, "pyiceberg.exceptions.NoSuchTableError: Table does not exist");
    say(45, "FileNotFoundError: The specified key does not exist.");
    const incident = await opened(simulator, stateFolder(), { deployment, watch: true });
    await until(() => incident.store.getState().proposals.length > 0);
    expect(incident.store.getState().proposals).toMatchObject([
      { diagnosisId: "data-loss", why: "files are missing", isNew: true },
    ]);
  });

  it("of a healthy lakehouse proposes nothing", async () => {
    const simulator = await account({ scenario: "quiet" });
    const incident = await opened(simulator, stateFolder(), { deployment, watch: true });
    const { store } = incident;
    await until(() =>
      ["services", "targets", "alarms", "metrics"].every(
        (name) => store.getState()[name as "services"].status === "ok",
      ),
    );
    expect(store.getState().proposals).toEqual([]);
    expect(incident.diagnosis.list()[0]).toMatchObject({ id: "everything" });
  });
});
