import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Credentials } from "../../src/aws/credentials.ts";
import { toFailure } from "../../src/aws/failure.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { testSimulator } from "../support/simulator.ts";

const clock = systemClock();
const poll = { purpose: "poll" } as const;
const fixed = { accessKeyId: ACCESS_KEYS.responder, secretAccessKey: "s" };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "mayday-test-"));
  cleanups.push(() => rm(path, { recursive: true }));
  return path;
}

/** A profile whose credential process counts how often it is asked. */
async function countingProcess(credentials: object) {
  const path = await folder();
  const answer = JSON.stringify({ Version: 1, SecretAccessKey: "x", SessionToken: "t", ...credentials });
  await writeFile(join(path, "process.sh"), `#!/bin/sh\necho asked >> ${path}/asked\necho '${answer}'\n`, {
    mode: 0o755,
  });
  await writeFile(join(path, "config"), `[default]\ncredential_process = ${path}/process.sh\n`);
  vi.stubEnv("AWS_CONFIG_FILE", join(path, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(path, "none"));
  return async () => (await readFile(join(path, "asked"), "utf8")).trim().split("\n").length;
}

describe("what the environment cannot do to the demo", () => {
  it("never asks the instance metadata service, whatever the defaults mode", async () => {
    const requests: string[] = [];
    const stray = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.end("us-west-2");
    });
    await new Promise<void>((resolve) => stray.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => stray.close(resolve)));
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${(stray.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_DEFAULTS_MODE", "auto");
    const simulator = await testSimulator();
    const { endpoint } = simulator;
    const aws = await createAwsLayer({ clock, region: "us-east-1", endpoint, credentials: fixed, loopbackOnly: true });
    await aws.identity(poll);
    await aws.call("ecs", "DescribeClusters", {}, poll);
    expect(requests).toEqual([]);
  });

  it.each([
    ["AWS_DEFAULTS_MODE", "bogus"],
    ["AWS_AUTH_SCHEME_PREFERENCE", "httpBearerAuth,sigv4a"],
    ["AWS_PROFILE", "nobody"],
  ])("works with %s=%s", async (name, value) => {
    vi.stubEnv(name, value);
    const { endpoint } = await testSimulator();
    const aws = await createAwsLayer({ clock, region: "us-east-1", endpoint, credentials: fixed, loopbackOnly: true });
    expect((await aws.identity(poll)).accountId).toBe("111122223333");
  });
});

describe("credentials that expire", () => {
  it("are fetched once for all who need them at the same time", async () => {
    const asked = await countingProcess({
      AccessKeyId: "A",
      Expiration: new Date(clock.wall() + 60_000).toISOString(),
    });
    const credentials = new Credentials({ region: "us-east-1" });
    await credentials.provider();
    await Promise.all(Array.from({ length: 8 }, () => credentials.provider()));
    expect(await asked()).toBe(2);
  });

  it("are renewed once for all calls that found them expired", async () => {
    const asked = await countingProcess({ AccessKeyId: ACCESS_KEYS.expired });
    const { endpoint } = await testSimulator();
    const aws = await createAwsLayer({ clock, region: "us-east-1", endpoint });
    await Promise.allSettled(Array.from({ length: 8 }, () => aws.call("sts", "GetCallerIdentity", {}, poll)));
    expect(await asked()).toBe(2);
  });
});

describe("settings and failures at the edges", () => {
  it("takes an empty variable for an unset one", async () => {
    vi.stubEnv("AWS_PROFILE", "");
    vi.stubEnv("AWS_REGION", "");
    vi.stubEnv("AWS_DEFAULT_REGION", "eu-west-1");
    expect((await createAwsLayer({ clock })).region).toBe("eu-west-1");
  });

  it("reports an endpoint of the profile's services section", async () => {
    const path = await folder();
    const text =
      "[profile p]\nregion = us-east-1\nservices = local\n[services local]\ns3 =\n  endpoint_url = http://127.0.0.1:7\n";
    await writeFile(join(path, "config"), text);
    vi.stubEnv("AWS_CONFIG_FILE", join(path, "config"));
    vi.stubEnv("AWS_PROFILE", "p");
    expect((await createAwsLayer({ clock })).endpoint).toBe("http://127.0.0.1:7");
  });

  it.each([
    ["RequestTimeTooSkewed", "The difference between the request time and the current time is too large."],
    ["InvalidSignatureException", "Signature expired: 20261123T030000Z is now earlier than 20261123T031000Z"],
  ])("says that the clock is off for %s, not that a permission is missing", (name, message) => {
    const error = { name, message, $metadata: { httpStatusCode: 403 } };
    const { detail } = toFailure(error, "s3", "HeadBucket", { region: "us-east-1" });
    expect(detail).toMatchObject({ kind: "invalid", next: expect.stringContaining("clock") });
    expect(detail.missingPermission).toBeUndefined();
  });

  it("reports a mutation that was cancelled before its answer", async () => {
    const simulator = await testSimulator();
    const { endpoint } = simulator;
    const aws = await createAwsLayer({ clock, region: "us-east-1", endpoint, credentials: fixed, loopbackOnly: true });
    aws.pinAccount((await aws.identity(poll)).accountId);
    simulator.faults.add({ kind: "latency", latencyMs: 5000, operation: "UpdateService" });
    const reports: unknown[] = [];
    aws.onCall((report) => reports.push(report));
    const input = { cluster: "lakehouse-prod-nessie", service: "nessie", desiredCount: 1 };
    const signal = AbortSignal.timeout(200);
    await expect(aws.call("ecs", "UpdateService", input, { purpose: "action", signal })).rejects.toThrow();
    expect(reports).toEqual([
      expect.objectContaining({ mutation: true, error: expect.objectContaining({ kind: "cancelled" }) }),
    ]);
  });
});
