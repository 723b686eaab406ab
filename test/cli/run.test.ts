import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import { type RunOptions, runAction } from "../../src/cli/commands/run.ts";
import { resultText } from "../../src/cli/commands/run-text.ts";
import { exitCodeOf } from "../../src/cli/exit.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { account, liveState, opened, stateFolder } from "../incident/support.ts";

const undoneByName: RunResult = {
  runId: "r",
  status: "done",
  plan: {
    actionId: "rotate-access-key",
    title: "Rotate",
    parameters: {},
    tier: "name",
    resourceName: "kim",
    effects: [],
    caveats: [],
    steps: [],
    verify: null,
    guard: null,
    undoing: { effects: [], tier: "name-and-account" },
  },
  outcomes: [],
};

let simulator: RunningSimulator;
let stateDirectory = "";
let printed = "";

beforeEach(async () => {
  stateDirectory = stateFolder();
  simulator = await account();
  printed = "";
  vi.stubEnv("AWS_ACCESS_KEY_ID", ACCESS_KEYS.responder);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "simulated");
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The exit code of `mayday run`, as the program would give it. */
async function run(action: string | undefined, options: Partial<RunOptions> = {}): Promise<number> {
  const { flags, ...rest } = options;
  const connection = {
    project: "lakehouse",
    environment: "prod",
    region: simulator.region,
    endpoint: simulator.endpoint,
    stateDirectory,
  };
  try {
    return await runAction(action, {
      plan: false,
      yes: false,
      json: false,
      parameters: [],
      flags: flags ?? connection,
      ...rest,
    });
  } catch (error) {
    printed += error instanceof Error ? error.message : String(error);
    return exitCodeOf(error);
  }
}

describe("exit codes of mayday run", () => {
  it("0 verified, 3 not confirmed, 1 failed at AWS, 5 partial", async () => {
    expect(await run("contain-nessie", { yes: true })).toBe(3);
    expect(await run("contain-nessie", { confirm: "nesie" })).toBe(3);
    const remove = simulator.faults.add({ kind: "deny", operation: "RegisterScalableTarget" });
    expect(await run("contain-nessie", { confirm: "nessie" })).toBe(1);
    remove();
    const removeUpdate = simulator.faults.add({ kind: "deny", operation: "UpdateService" });
    expect(await run("contain-nessie", { confirm: "nessie" })).toBe(5);
    expect(printed).toMatch(/undo: mayday run --undo \S+ --incident \S+ --yes\n/);
    expect(resultText("i", undoneByName, true)).toMatch(/--undo r --incident i --confirm 'kim' --confirm-account ID\n/);
    removeUpdate();
    expect(await run("contain-nessie", { confirm: "nessie" })).toBe(0);
    expect(await liveState(simulator)).toMatchObject({ desired: 0, min: 0 });
    expect(await listIncidents(stateDirectory)).toHaveLength(1);
  });

  it("2 for wrong usage, before an incident is opened", async () => {
    const why = ["reason=roles are gone", "scope=make one", "second=Alex Doe"];
    expect(await run("begin-break-glass", { parameters: why, confirm: "break-glass" })).toBe(2);
    expect(printed).toMatch(/would end with this command/);
    expect(await run(undefined)).toBe(2);
    expect(await run("contain-nesie")).toBe(2);
    expect(await run("note", { parameters: ["text"] })).toBe(2);
    expect(await run("note", { parameters: ["words=x"] })).toBe(2);
    expect(await run("note", { undo: "some-run", parameters: ["text=x"] })).toBe(2);
    expect(await listIncidents(stateDirectory)).toEqual([]);
  });

  it("1 and not 2 for what goes wrong once the command line is right", async () => {
    expect(await run("mark-resolved", { parameters: ["resolution=restarted"] })).toBe(0);
    expect(await run("mark-resolved", { parameters: ["resolution=again"] })).toBe(1);
  });
});

describe("which incident mayday run belongs to", () => {
  it("an undo finds region, endpoint and lakehouse in the record, whatever the environment says", async () => {
    expect(await run("contain-nessie", { confirm: "nessie", json: true })).toBe(0);
    const { incident, runId } = JSON.parse(printed) as { incident: string; runId: string };
    vi.stubEnv("AWS_REGION", "eu-west-1");
    expect(await run(undefined, { undo: runId, incident, yes: true, flags: { stateDirectory } }), printed).toBe(0);
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
  });

  it("flags that mean another region or lakehouse are refused", async () => {
    expect(await run("note", { parameters: ["text=first"] })).toBe(0);
    const [summary] = await listIncidents(stateDirectory);
    const incident = summary?.id ?? "";
    const entries = (await readRecord(summary?.folder ?? "")).length;
    for (const other of [{ region: "eu-west-1" }, { project: "other" }, { environment: "dev" }]) {
      const flags = { stateDirectory, endpoint: simulator.endpoint, ...other };
      expect(await run("note", { parameters: ["text=second"], incident, flags })).toBe(3);
    }
    expect(printed).toMatch(/its record is about region us-east-1, and the configuration now says eu-west-1/);
    expect(await readRecord(summary?.folder ?? "")).toHaveLength(entries);
  });

  it("an open incident of another lakehouse is not joined", async () => {
    expect(await run("note", { parameters: ["text=first"] })).toBe(0);
    const flags = {
      project: "other",
      environment: "prod",
      region: simulator.region,
      endpoint: simulator.endpoint,
      stateDirectory,
    };
    expect(await run("note", { parameters: ["text=second"], flags })).toBe(0);
    expect((await listIncidents(stateDirectory)).map((summary) => summary.project).sort()).toEqual([
      "lakehouse",
      "other",
    ]);
  });

  it("a simulated incident keeps the demo's credentials", async () => {
    const demo = await opened(simulator, stateDirectory);
    await demo.release();
    vi.stubEnv("AWS_ACCESS_KEY_ID", ACCESS_KEYS.otherAccount);
    const flags = { stateDirectory };
    expect(await run("contain-nessie", { plan: true, incident: demo.id, flags }), printed).toBe(0);
  });
});
