import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { ECSClient, ListClustersCommand } from "@aws-sdk/client-ecs";
import { afterEach, expect, test } from "vitest";
import { connecting, otherAddresses } from "../support/addresses.ts";
import { LAUNCHER, SIMULATED_CREDENTIALS } from "../support/terminal-program.ts";

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
});

/** The endpoint of a `mayday sim` with these flags. */
async function simulator(flags: string[], env: Record<string, string> = {}): Promise<string> {
  const command = [LAUNCHER, "sim", "quiet", "--announce", "json", "--end-with-stdin", ...flags];
  const started = spawn(process.execPath, command, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  child = started;
  const line = await new Promise<string>((resolve) => createInterface({ input: started.stdout }).once("line", resolve));
  return JSON.parse(line).endpoint;
}

function refused(flags: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [LAUNCHER, "sim", "quiet", ...flags], { encoding: "utf8" });
}

test("faults of the command line hit what they name, as often as they say", async () => {
  const endpoint = await simulator(["--fault", "ecs:ListClusters:deny:1", "--fault", "ecs:*:latency=120"]);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = SIMULATED_CREDENTIALS;
  const client = new ECSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } });
  await expect(client.send(new ListClustersCommand())).rejects.toMatchObject({ name: "AccessDeniedException" });
  const startedMs = performance.now();
  expect((await client.send(new ListClustersCommand())).clusterArns).toHaveLength(2);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(115);
});

test("a fault that nobody knows is refused with what there is", () => {
  const { status, stderr } = refused(["--fault", "ecs:*:slow"]);
  expect(status).not.toBe(0);
  expect(stderr).toContain('there is no kind "slow": latency, throttle');
});

test("it listens on loopback alone, and no flag or setting changes that", async () => {
  const endpoint = await simulator(["--port", "0"], { HOST: "0.0.0.0", HOSTNAME: "0.0.0.0", BIND: "0.0.0.0" });
  const { hostname, port } = new URL(endpoint);
  expect(hostname).toBe("127.0.0.1");
  for (const address of otherAddresses()) {
    expect([address, await connecting(address, Number(port))]).not.toContain("connected");
  }
  for (const flag of ["--host", "--bind", "--listen", "--address", "--hostname", "--interface"]) {
    const { status, stderr } = refused([flag, "0.0.0.0"]);
    expect(status).not.toBe(0);
    expect(stderr).toContain(`unknown option '${flag}'`);
  }
  const { status, stderr } = refused(["--port", "0.0.0.0:0"]);
  expect(status).not.toBe(0);
  expect(stderr).toContain("expected a whole number");
});
