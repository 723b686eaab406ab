import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../src/evidence/custody/manifest.ts";
import { verifyBundle } from "../../src/evidence/custody/verify.ts";
import { COMPOSE_SECRET } from "../../src/sim/world/dagster/in-compose.ts";
import { composeAccount, openedOn } from "./docker-support.ts";
import { account, entriesOf, opened, stateFolder, YES } from "./support.ts";

const STATE = { stateBucket: "my-tf-state" };
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "evidence", "manifest.json"), "utf8"));

describe("preserving containers", () => {
  it("keeps state and logs of every container, also in read-only mode; secrets go nowhere but into private files", async () => {
    const { simulator } = await composeAccount({ scenario: "dagster-oom" });
    const incident = await openedOn(simulator);
    incident.setReadOnly(true);
    const prepared = await incident.prepare("preserve-containers", {});
    expect(prepared.facts.containers).toMatch(
      /lakehouse-prod-dagster-daemon-1 \w+, lakehouse-prod-dagster-webserver-1 running/,
    );
    const result = await incident.execute(prepared, YES);
    expect(result.status, JSON.stringify(result.outcomes)).toBe("done");
    const { artifacts, missing } = manifestOf(incident.folder);
    expect(missing).toEqual([]);
    const daemon = "docker://lakehouse-prod/lakehouse-prod-dagster-daemon-1";
    const of = (sourceArn: string, api: string) =>
      artifacts.filter((one) => one.sourceArn === sourceArn && one.api === api);
    expect(of("docker://lakehouse-prod", "docker:ComposePs")).toHaveLength(1);
    expect(of("docker://lakehouse-prod", "docker:Events")).toHaveLength(1);
    expect(of(daemon, "docker:Inspect")).toHaveLength(1);
    const [log, index] = of(daemon, "docker:Logs");
    const lines = gunzipSync(readFileSync(join(incident.folder, "evidence", log?.path ?? ""))).toString("utf8");
    // The backfill that is killed, of both of its lives.
    expect(lines.match(/pandas\.read_parquet/g)?.length).toBeGreaterThanOrEqual(2);
    expect(JSON.parse(readFileSync(join(incident.folder, "evidence", index?.path ?? ""), "utf8"))).toMatchObject({
      complete: true,
      service: "dagster-daemon",
    });
    const verdict = await verifyBundle(join(incident.folder, "evidence"));
    expect(verdict.problems).toEqual([]);
    expect(JSON.stringify(await incident.recorder.entries())).not.toContain(COMPOSE_SECRET);
  }, 60_000);

  it("is part of preserving everything, before what ECS keeps for an hour", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    const prepared = await incident.prepare("preserve-everything", STATE);
    expect(prepared.plan.steps.map(({ id }) => id)).toEqual([
      "container-state",
      "export-live-state",
      "export-together",
      "seal-bundle",
    ]);
    const result = await incident.execute(prepared, YES);
    expect(result.status, JSON.stringify(result.outcomes.map(({ note }) => note))).toBe("done");
    const sources = manifestOf(incident.folder).artifacts.map(({ sourceArn }) => sourceArn);
    expect(sources.filter((source) => source.startsWith("docker://lakehouse-prod/"))).toHaveLength(6);
    expect(sources.some((source) => source.startsWith("arn:aws:s3:::my-tf-state"))).toBe(true);
  }, 60_000);

  it("a docker that does not let us is missing with the reason, and the rest is kept", async () => {
    const { simulator } = await composeAccount();
    const incident = await openedOn(simulator);
    simulator.faults.add({ service: "docker", kind: "deny" });
    const result = await incident.execute(await incident.prepare("preserve-everything", STATE), YES);
    expect(result.status).toBe("partial");
    const { missing, artifacts } = manifestOf(incident.folder);
    const why = missing.map((one) => `${one.what}: ${one.why}`).join("\n");
    expect(why).toMatch(/containers: this user may not use docker's socket/);
    expect(why).toMatch(/container logs of lakehouse-prod: this user may not use docker's socket/);
    expect(artifacts.length).toBeGreaterThan(5);
    await expect(incident.prepare("preserve-containers", {})).rejects.toMatchObject({ detail: { kind: "denied" } });
  }, 60_000);

  it("is nothing where Dagster runs elsewhere", async () => {
    const incident = await opened(await account(), stateFolder());
    expect(incident.actions().find(({ id }) => id === "preserve-containers")?.disabledReason).toMatch(
      /not run in docker compose/,
    );
    await expect(incident.prepare("preserve-containers", {})).rejects.toMatchObject({
      detail: { next: expect.stringMatching(/dagster\.composeProject \(such as lakehouse-prod\)/) },
    });
    expect(await entriesOf(incident, "evidence.stored")).toEqual([]);
  });
});
