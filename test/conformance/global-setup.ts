import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { figuresLine } from "./figures.ts";
import { conformancePython } from "./python.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Python with boto3 and moto. */
    python: string;
    /** `http://127.0.0.1:PORT` of moto's server. */
    motoEndpoint: string;
    /** Where the test files put their figures. */
    figures: string;
  }
}

/** How long moto's server may take to answer, ms. */
const MOTO_START_MS = 60_000;
/** moto issues a certificate so long after its request, seconds: long enough to be seen pending, and not its own minute. */
const CERTIFICATE_AFTER_S = 5;

/** A port that is free now: moto's server cannot be asked which one it took. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/moto-api/data.json`)).ok;
  } catch {
    return false;
  }
}

/** @throws Error with moto's own words when it ends or does not answer. */
async function startMoto(python: string): Promise<{ endpoint: string; process: ChildProcess }> {
  const port = await freePort();
  const moto = spawn(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
    env: {
      ...process.env,
      MOTO_IAM_LOAD_MANAGED_POLICIES: "true",
      MOTO_ACM_VALIDATION_WAIT: String(CERTIFICATE_AFTER_S),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let words = "";
  moto.stderr.on("data", (chunk) => {
    words = `${words}${chunk}`.slice(-4_000);
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const untilMs = Date.now() + MOTO_START_MS;
  while (!(await answers(endpoint))) {
    if (moto.exitCode !== null || Date.now() > untilMs) {
      moto.kill();
      throw new Error(`moto's server does not answer:\n${words}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { endpoint, process: moto };
}

/** Makes the virtual environment, starts moto's server, and says the figures at the end. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const python = conformancePython();
  const moto = await startMoto(python);
  const figures = mkdtempSync(join(tmpdir(), "mayday-conformance-"));
  provide("python", python);
  provide("motoEndpoint", moto.endpoint);
  provide("figures", figures);
  return async () => {
    const ended = new Promise((resolve) => moto.process.once("exit", resolve));
    moto.process.kill();
    await ended;
    const parts = readdirSync(figures).map((name) => JSON.parse(readFileSync(join(figures, name), "utf8")));
    rmSync(figures, { recursive: true });
    process.stdout.write(`\n${figuresLine(Object.assign({}, ...parts))}\n`);
  };
}
