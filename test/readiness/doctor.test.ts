import { afterEach, describe, expect, it } from "vitest";
import type { AwsLayer } from "../../src/aws/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import type { Deployment } from "../../src/config/deployment.ts";
import type { CheckResult } from "../../src/readiness/check.ts";
import { examine } from "../../src/readiness/doctor.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { COMPOSE, composeAccount, dockerLayer } from "../incident/docker-support.ts";
import { account, clockOf, layerOf, stateFolder } from "../incident/support.ts";
import { addCockpitRole, deploymentOf, documentFor } from "./policy-support.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Look {
  accessKeyId?: string;
  deployment?: Partial<Deployment>;
  readOnly?: boolean;
  aws?: AwsLayer;
}

async function look(simulator: RunningSimulator, { accessKeyId, deployment = {}, readOnly = false, aws }: Look = {}) {
  const layer = aws ?? (await layerOf(simulator, accessKeyId));
  closers.push(() => layer.close());
  const shown: CheckResult[] = [];
  const diagnosis = await examine({
    aws: layer,
    deployment: { ...deploymentOf(simulator), ...deployment },
    clock: clockOf(simulator),
    stateDirectory: stateFolder(),
    terminal: { columns: 80, rows: 24, environment: { TERM: "xterm", LANG: "C.UTF-8" } },
    readOnly,
    onCheck: (result) => shown.push(result),
  });
  const of = (check: string, status?: string) =>
    diagnosis.checks.filter((result) => result.check === check && (status === undefined || result.status === status));
  return { ...diagnosis, shown, of };
}

describe("mayday doctor", () => {
  it("in the default lakehouse everything is there, and nothing is written", async () => {
    const simulator = await account();
    const { ready, checks, shown, detectors } = await look(simulator);
    expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(ready).toBe(true);
    expect(shown).toEqual(checks);
    expect(new Set(checks.map(({ check }) => check))).toEqual(
      new Set([
        "terminal",
        "clipboard",
        "state folder",
        "credentials",
        "expiry",
        "mfa",
        "clock",
        "account",
        "permissions",
        "names",
        "reachability",
      ]),
    );
    expect(detectors.every(({ status }) => status === "done")).toBe(true);
    expect(
      simulator.calls.every(({ operation }) => /^(Get|Describe|List|Head|Lookup|Filter|Simulate)/.test(operation)),
    ).toBe(true);
  });

  it("with exactly the printed policy everything is there, with the one for looking only the writes are missing", async () => {
    const simulator = await account();
    const place = {
      deployment: deploymentOf(simulator),
      accountId: simulator.accountId,
      region: simulator.region,
      partition: "aws",
    };
    const whole = await look(simulator, { accessKeyId: addCockpitRole(simulator, documentFor(place)) });
    expect(
      whole
        .of("permissions")
        .map(({ status, detail }) => `${status} ${detail}`)
        .filter((line) => !line.startsWith("pass")),
    ).toEqual([]);
    const other = await account();
    const accessKeyId = addCockpitRole(other, documentFor(place, "read"));
    const reading = await look(other, { accessKeyId });
    const missing = reading.of("permissions", "fail").map(({ detail }) => detail);
    expect(missing.join("\n")).toMatch(
      /^ecs:UpdateService: no policy of the caller allows it; without it fails: contain-nessie, contain-dagster/m,
    );
    expect(missing.join("\n")).toMatch(/^s3:PutBucketPolicy: .* contain-s3$/m);
    expect(reading.ready).toBe(false);
    const looking = await look(other, { accessKeyId, readOnly: true });
    expect(looking.of("permissions", "fail")).toEqual([]);
    expect(looking.ready).toBe(true);
  });

  it("a policy that forgot one action of one resource is told to the resource", async () => {
    const simulator = await account();
    const place = {
      deployment: deploymentOf(simulator),
      accountId: simulator.accountId,
      region: simulator.region,
      partition: "aws",
    };
    const document = documentFor(place);
    const nessie = `arn:aws:ecs:us-east-1:111122223333:service/${simulator.world.names.cluster}/nessie`;
    for (const statement of document.Statement)
      if (statement.Action.includes("ecs:UpdateService")) statement.Resource = [nessie];
    const { of } = await look(simulator, { accessKeyId: addCockpitRole(simulator, document) });
    const [missing] = of("permissions", "fail");
    expect(missing?.detail).toContain(
      "ecs:UpdateService on arn:aws:ecs:us-east-1:111122223333:service/lakehouse-prod-dagster/dagster-webserver",
    );
    expect(missing?.detail).not.toContain(nessie);
  });

  it("what a bucket policy denies although the caller's own policies allow it is told as that", async () => {
    const simulator = await account();
    const { world } = simulator;
    const bucket = world.buckets.byName.get(world.names.lakehouseBucket)!;
    bucket.policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Deny", Principal: "*", Action: "s3:GetBucketVersioning", Resource: `arn:aws:s3:::${bucket.name}` },
      ],
    });
    const { of } = await look(simulator);
    expect(
      of("permissions", "fail")
        .map(({ detail }) => detail)
        .join(),
    ).toMatch(/s3:GetBucketVersioning.*though the caller's own policies allow it.*contain-s3/);
  });

  it("without iam:SimulatePrincipalPolicy reads are tried, and writes are not known", async () => {
    const simulator = await account();
    simulator.faults.add({ kind: "deny", operation: "SimulatePrincipalPolicy" });
    simulator.faults.add({ kind: "deny", operation: "FilterLogEvents" });
    const { of, ready } = await look(simulator);
    expect(
      of("permissions", "fail")
        .map(({ detail }) => detail)
        .join(),
    ).toMatch(/logs:FilterLogEvents.*the Logs pane.*preserve-logs/);
    expect(of("permissions", "unknown")).toHaveLength(1);
    expect(ready).toBe(false);
  });

  it("somebody without any grant is told every permission and what fails without it", async () => {
    const simulator = await account();
    const { of, detectors } = await look(simulator, { accessKeyId: ACCESS_KEYS.powerless });
    expect(of("permissions", "fail").length).toBeGreaterThan(20);
    expect(of("credentials")[0]?.detail).toContain("assumed-role/visitor/guest");
    expect(detectors.every(({ status }) => status === "unknown")).toBe(true);
  });

  it("names that are not there fail with the setting, in another deployment of the same account", async () => {
    const simulator = await account();
    const { nessie } = deploymentOf(simulator);
    const { of, ready } = await look(simulator, {
      deployment: {
        nessie: { ...nessie!, service: "renamed", targetGroup: "gone", logGroup: "/nowhere" },
        buckets: { lakehouse: "no-such-bucket-of-ours", audit: "nor-this" },
        breakGlass: { user: "nobody" },
      },
    });
    const said = of("names", "fail").map(({ detail }) => detail.split(":")[0]);
    expect(said).toEqual([
      "nessie.service lakehouse-prod-nessie/renamed",
      "nessie.targetGroup gone",
      "nessie.logGroup /nowhere",
      "buckets.lakehouse no-such-bucket-of-ours",
      "breakGlass.user nobody",
    ]);
    expect(of("names", "warn")[0]?.detail).toContain("buckets.audit nor-this");
    expect(ready).toBe(false);
  });

  it("expired credentials end the questions to AWS, and the rest is still checked", async () => {
    const simulator = await account();
    const { ready, of, identity } = await look(simulator, { accessKeyId: ACCESS_KEYS.expired });
    expect(of("credentials", "fail")[0]?.next).toMatch(/Log in again/);
    expect(of("permissions")).toMatchObject([{ status: "skip" }]);
    expect(of("state folder")).toHaveLength(1);
    expect(identity).toBeUndefined();
    expect(ready).toBe(false);
  });

  it("an endpoint where nobody answers is told as that", async () => {
    const simulator = await account();
    const credentials = { accessKeyId: "ASIAX", secretAccessKey: "x" };
    const aws = await createAwsLayer({
      clock: clockOf(simulator),
      region: simulator.region,
      endpoint: "http://127.0.0.1:9",
      credentials,
      loopbackOnly: true,
    });
    const { of } = await look(simulator, { aws });
    expect(of("credentials", "fail")[0]?.detail).toMatch(/no answer from http:\/\/127\.0\.0\.1:9/);
  });

  it("a service that breaks every connection is named", async () => {
    const simulator = await account();
    simulator.faults.add({ kind: "drop-before", service: "cloudtrail" });
    const { of, ready } = await look(simulator);
    expect(of("reachability")).toMatchObject([{ status: "fail", detail: "no answer from cloudtrail" }]);
    expect(ready).toBe(false);
  });

  it("a clock that is off is told in seconds", async () => {
    const simulator = await account({ speed: 1 });
    simulator.faults.add({ kind: "skew", skewMs: 90_000 });
    const { of } = await look(simulator);
    expect(of("clock")[0]).toMatchObject({ status: "warn", detail: expect.stringMatching(/(89|90|91) s behind AWS/) });
  });

  it("the break-glass user's own key is long-term and carries no MFA", async () => {
    const simulator = await account();
    const { of } = await look(simulator, { accessKeyId: "AKIASIMULATEDBRGLASS" });
    expect(of("expiry")[0]).toMatchObject({ status: "warn" });
    expect(of("mfa")[0]?.detail).toContain("though the user has a device");
    expect(of("permissions", "fail")).toEqual([]);
  });

  it("the root user is limited by no policy", async () => {
    const simulator = await account();
    const { of } = await look(simulator, { accessKeyId: ACCESS_KEYS.root });
    expect(of("permissions").every(({ status }) => status === "pass")).toBe(true);
  });

  it("docker is asked where Dagster runs in compose, and is told when it is not there or lacks a service", async () => {
    const { simulator } = await composeAccount();
    const deployment = { dagster: undefined, compose: COMPOSE };
    const docker = async (change: Partial<Deployment>, command?: string[]) =>
      (
        await look(simulator, { aws: await dockerLayer(simulator, command), deployment: { ...deployment, ...change } })
      ).of("docker");
    expect(await docker({})).toEqual([
      {
        check: "docker",
        status: "pass",
        detail: "compose project lakehouse-prod: dagster-daemon 1/1 up, dagster-webserver 1/1 up",
      },
    ]);
    expect(await docker({ compose: { ...COMPOSE, services: ["dagster-gateway"] } })).toMatchObject([
      { status: "fail", detail: "compose project lakehouse-prod has no container of dagster-gateway" },
    ]);
    expect(await docker({}, ["/no/such/docker"])).toMatchObject([{ status: "fail" }]);
    expect((await look(simulator)).of("docker")).toEqual([]);
  });

  it("of a Glue lakehouse with other names in another region", async () => {
    const simulator = await account({ catalogType: "glue", project: "acme", environment: "dev", region: "eu-west-1" });
    const { ready, checks } = await look(simulator);
    expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
    expect(ready).toBe(true);
  });
});
