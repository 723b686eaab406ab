import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Failure } from "../../src/base/failure.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { testSimulator } from "../support/simulator.ts";

const poll = { purpose: "poll" } as const;
const clock = systemClock();
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const caught = async (promise: Promise<unknown>): Promise<Failure> => {
  try {
    await promise;
  } catch (error) {
    return error as Failure;
  }
  throw new Error("did not fail");
};

async function layerOf(endpoint: string, accessKeyId: string = ACCESS_KEYS.responder, readOnly = false) {
  return createAwsLayer({
    clock,
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId, secretAccessKey: "very-secret-value" },
    loopbackOnly: true,
    readOnly,
  });
}

const update = { cluster: "lakehouse-prod-nessie", service: "nessie", desiredCount: 1 };

describe("the gates of the client layer", () => {
  it("read-only refuses a mutation that is called directly, and lets reads pass", async () => {
    const simulator = await testSimulator();
    const aws = await layerOf(simulator.endpoint, ACCESS_KEYS.responder, true);
    aws.pinAccount((await aws.identity(poll)).accountId);
    const failure = await caught(aws.call("ecs", "UpdateService", update, { purpose: "action" }));
    expect(failure.kind).toBe("refused");
    expect(failure.detail.why).toContain("read-only");
    await expect(aws.callByName("ecs", "DeleteCluster", {}, poll)).rejects.toMatchObject({ detail: { kind: "bug" } });
    expect(simulator.calls.some((call) => call.operation === "UpdateService")).toBe(false);
    aws.readOnly = false;
    await expect(aws.call("ecs", "UpdateService", update, { purpose: "action" })).resolves.toMatchObject({
      attempts: 1,
    });
  });

  it("refuses mutations before the account is known, and those of another account", async () => {
    const simulator = await testSimulator();
    const aws = await layerOf(simulator.endpoint);
    expect((await caught(aws.call("ecs", "UpdateService", update, { purpose: "action" }))).detail.why).toContain(
      "not known yet",
    );
    aws.pinAccount("999988887777");
    expect((await caught(aws.identity(poll))).detail.why).toContain("pinned to 999988887777");
    expect((await caught(aws.call("ecs", "UpdateService", update, { purpose: "action" }))).detail.why).toContain(
      "pinned to 999988887777",
    );
    expect(simulator.calls.some((call) => call.operation === "UpdateService")).toBe(false);
  });

  it("reports every call with its request id, timing and aws line, and never a secret", async () => {
    const simulator = await testSimulator();
    const aws = await layerOf(simulator.endpoint);
    const reports: unknown[] = [];
    aws.onCall((report) => reports.push(report));
    const { requestId, serverDateMs } = await aws.call("sts", "GetCallerIdentity", {}, poll);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      service: "sts",
      operation: "GetCallerIdentity",
      requestId,
      purpose: "poll",
      mutation: false,
      attempts: 1,
    });
    expect(serverDateMs).toBeGreaterThan(0);
    expect(JSON.stringify(reports)).toContain("aws sts get-caller-identity");
    expect(JSON.stringify(reports)).not.toContain("very-secret-value");
  });

  it("tries throttled calls again and reports how often", async () => {
    const simulator = await testSimulator();
    simulator.faults.add({ service: "sts", operation: "GetCallerIdentity", kind: "throttle", times: 2 });
    const aws = await layerOf(simulator.endpoint);
    expect((await aws.call("sts", "GetCallerIdentity", {}, poll)).attempts).toBe(3);
  });

  it("never tries a mutation again whose answer was lost", async () => {
    const simulator = await testSimulator();
    const aws = await layerOf(simulator.endpoint);
    aws.pinAccount((await aws.identity(poll)).accountId);
    simulator.faults.add({ service: "ecs", operation: "UpdateService", kind: "drop-after", times: 1 });
    const failure = await caught(aws.call("ecs", "UpdateService", update, { purpose: "action" }));
    expect(failure.kind).toBe("unreachable");
    expect(simulator.calls.filter((call) => call.operation === "UpdateService").length).toBeLessThanOrEqual(1);
  });

  it("asks the provider chain again when the credentials have expired, without a restart", async () => {
    const simulator = await testSimulator();
    const folder = await mkdtemp(join(tmpdir(), "mayday-test-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = join(folder, "credentials");
    const write = (key: string) =>
      writeFile(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = x\n`);
    await write(ACCESS_KEYS.expired);
    await withEnvironment(
      { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(folder, "none"), AWS_EC2_METADATA_DISABLED: "true" },
      async () => {
        const aws = await createAwsLayer({ clock, region: "us-east-1", endpoint: simulator.endpoint });
        const first = await caught(aws.call("ecs", "DescribeClusters", {}, poll));
        expect(first.kind).toBe("expired");
        expect(first.detail.next).toContain("aws sso login");
        await write(ACCESS_KEYS.responder);
        await expect(aws.call("ecs", "DescribeClusters", {}, poll)).resolves.toBeTruthy();
      },
    );
  });

  it("sends nothing anywhere but to the given endpoint, whatever the environment says", async () => {
    const simulator = await testSimulator();
    let strayRequests = 0;
    const stray = createServer((_request, response) => {
      strayRequests++;
      response.end("{}");
    });
    await new Promise<void>((resolve) => stray.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => stray.close(resolve)));
    const address = stray.address();
    const elsewhere = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const folder = await mkdtemp(join(tmpdir(), "mayday-test-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const config = join(folder, "config");
    await writeFile(
      config,
      `[profile real]\nregion = eu-central-1\nendpoint_url = ${elsewhere}\naws_access_key_id = AKIAREAL\naws_secret_access_key = x\nuse_fips_endpoint = true\n`,
    );
    const environment = {
      AWS_PROFILE: "real",
      AWS_CONFIG_FILE: config,
      AWS_ENDPOINT_URL: elsewhere,
      AWS_ENDPOINT_URL_S3: elsewhere,
      AWS_ENDPOINT_URL_STS: elsewhere,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "AKIAREAL",
      AWS_SECRET_ACCESS_KEY: "x",
    };
    await withEnvironment(environment, async () => {
      const aws = await layerOf(simulator.endpoint);
      expect((await aws.identity(poll)).accountId).toBe("111122223333");
      await aws.call("s3", "HeadBucket", { Bucket: "lakehouse-prod-lakehouse" }, poll);
    });
    expect(strayRequests).toBe(0);
    expect(simulator.calls.every((call) => call.accessKeyId === ACCESS_KEYS.responder)).toBe(true);
  });

  it("loopback only: an address elsewhere is refused before a byte leaves", async () => {
    const aws = await createAwsLayer({
      clock,
      region: "us-east-1",
      endpoint: "http://192.0.2.1:80",
      credentials: { accessKeyId: "A", secretAccessKey: "s" },
      loopbackOnly: true,
    });
    const failure = await caught(aws.call("sts", "GetCallerIdentity", {}, poll));
    expect(failure.kind).toBe("refused");
    expect(failure.detail.why).toContain("192.0.2.1");
  });
});

describe("settings of the client layer", () => {
  it("says what to do without a region or with a profile that is not there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mayday-test-"));
    cleanups.push(() => rm(folder, { recursive: true }));
    const nothing = {
      AWS_CONFIG_FILE: join(folder, "a"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "b"),
      AWS_REGION: undefined,
      AWS_DEFAULT_REGION: undefined,
      AWS_PROFILE: undefined,
    };
    await withEnvironment(nothing, async () => {
      expect((await caught(createAwsLayer({ clock }))).detail.next).toContain("AWS_REGION");
      expect((await caught(createAwsLayer({ clock, profile: "nobody" }))).detail.why).toContain("no such profile");
    });
  });

  it("reports a custom endpoint wherever it was set, without credentials in it", async () => {
    await withEnvironment({ AWS_ENDPOINT_URL: "http://user:hunter2@127.0.0.1:9", AWS_PROFILE: undefined }, async () => {
      const aws = await createAwsLayer({ clock, region: "us-east-1" });
      expect(aws.endpoint).toBe("http://***@127.0.0.1:9/");
    });
    await withEnvironment(
      { AWS_ENDPOINT_URL: undefined, AWS_ENDPOINT_URL_S3: "http://127.0.0.1:8", AWS_PROFILE: undefined },
      async () => {
        expect((await createAwsLayer({ clock, region: "us-east-1" })).endpoint).toBe("http://127.0.0.1:8");
      },
    );
  });
});

async function withEnvironment(values: Record<string, string | undefined>, work: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    await work();
  } finally {
    process.env = before;
  }
}
