import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { type Suggestion, suggestBlastRadius } from "../../src/incident/blast-radius.ts";
import { recentWrites } from "../../src/incident/recent-writes.ts";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import { incidentView } from "../../src/record/incident-view.ts";
import { fixtureState, NOW_MS } from "../support/fixture-data.ts";
import { account, CLUSTER, clockOf, entriesOf, layerOf, opened, stateFolder, until, YES } from "./support.ts";

const deployment = deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1");
const of = (suggestions: Suggestion[], component: string) =>
  suggestions.find((suggestion) => suggestion.component === component);

/** The fixture's broken Nessie; its service and alarms are named as the deployment names them. */
function state() {
  const found = fixtureState();
  if (found.services.status === "ok") for (const service of found.services.value) service.name = "nessie";
  if (found.alarms.status === "ok")
    for (const alarm of found.alarms.value) alarm.name = `lakehouse-prod-nessie-${alarm.name}`;
  return found;
}

describe("what live data proposes as the blast radius", () => {
  it("is what is broken, with the reasons", () => {
    const suggestions = suggestBlastRadius(state(), deployment, [], NOW_MS);
    const nessie = of(suggestions, "nessie");
    expect(nessie?.isSuggested).toBe(true);
    expect(nessie?.reasons.join("\n")).toMatch(
      /tasks running\n.*1 of 3 targets unhealthy\nalarm .*unhealthy-hosts since/,
    );
    expect(nessie?.reasons.join("\n")).toMatch(/14 % of the lines are errors/);
    expect(of(suggestions, "s3")).toMatchObject({ isSuggested: false, reasons: [] });
  });

  it("proposes nothing because somebody wrote to it, but says who did", () => {
    const write = { component: "s3" as const, atMs: NOW_MS, event: "PutBucketPolicy", resource: "b", by: "role/x" };
    const s3 = of(suggestBlastRadius(state(), deployment, [write, write, write, write], NOW_MS), "s3");
    expect(s3?.isSuggested).toBe(false);
    expect(s3?.reasons).toHaveLength(4);
    expect(s3?.reasons[0]).toContain("PutBucketPolicy on b by role/x");
    expect(s3?.reasons[3]).toBe("and 1 more changes in the last hour");
  });

  it("says what cannot be judged, and does not take it for healthy", () => {
    const found = state();
    const failure = { kind: "denied" as const, what: "ecs", why: "no", next: "ask" };
    const unread = {
      ...found,
      services: { status: "denied" as const, failure },
      targets: { status: "loading" as const },
    };
    const nessie = of(suggestBlastRadius(unread as never, deployment, [], NOW_MS), "nessie");
    expect(nessie?.reasons).toContain("cannot be judged by services: not readable");
  });

  it("has no Nessie where the lakehouse has none", () => {
    const glue = deploymentByNamingRule("lakehouse", "prod", "glue", "us-east-1");
    const parts = suggestBlastRadius(state(), glue, [], NOW_MS).map(({ component }) => component);
    expect(parts).not.toContain("nessie");
    expect(parts).toContain("s3");
  });
});

describe("who changed what lately", () => {
  it("names the part, the event and the caller; our own calls are left out", async () => {
    const simulator = await account();
    const aws = await layerOf(simulator);
    aws.pinAccount((await aws.identity({ purpose: "action" })).accountId);
    const input = { cluster: CLUSTER, service: "nessie", desiredCount: 3 };
    const { requestId } = await aws.call("ecs", "UpdateService", input, { purpose: "action" });
    const read = (isOwn: (id: string) => boolean) =>
      recentWrites(aws, deployment, clockOf(simulator).now(), isOwn, new AbortController().signal);
    const ours = async (isOwn: (id: string) => boolean) =>
      (await read(isOwn)).filter(({ by }) => by === "responder/on-call");
    await until(async () => (await ours(() => false)).length > 0);
    expect(await ours(() => false)).toMatchObject([
      { component: "nessie", event: "UpdateService", resource: "nessie" },
    ]);
    expect(await ours((id) => id === requestId)).toEqual([]);
    aws.close();
  });
});

describe("saying the blast radius", () => {
  it("is one entry, reaches the screen's state and the post-mortem's Impact, and the last word counts", async () => {
    const incident = await opened(await account(), stateFolder());
    const say = async (components: string) => {
      const prepared = await incident.prepare("blast-radius", { components, reasons: "1 of 2 tasks; 5xx" });
      expect((await incident.execute(prepared, YES)).status).toBe("done");
    };
    await say("nessie");
    await say("nessie, S3");
    expect(await entriesOf(incident, "incident.blast-radius")).toHaveLength(2);
    const entries = await incident.recorder.entries();
    expect(incidentView(entries).blastRadius).toMatchObject({ environment: "prod", components: ["nessie", "s3"] });
    await until(() => incident.store.getState().incident.blastRadius?.components.length === 2);
    expect(renderPostmortem(entries)).toMatch(
      /### Impact[\s\S]*- Blast radius: prod: nessie, s3 \(said by .*because: 1 of 2 tasks; 5xx\)/,
    );
  });

  it("refuses what is no part of a lakehouse", async () => {
    const incident = await opened(await account(), stateFolder());
    await expect(incident.prepare("blast-radius", { components: "nessie,kafka" })).rejects.toThrow(/kafka/);
    await expect(incident.prepare("blast-radius", { components: " , " })).rejects.toThrow(/nothing is named/);
  });
});
