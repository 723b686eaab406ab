import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { terraformState } from "../../src/sim/world/storage/state-bucket.ts";
import { runProgram } from "../support/run-program.ts";
import { SIMULATED_CREDENTIALS, TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
let simulator: RunningSimulator | undefined;
const open: TerminalProgram[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-readiness-"));
});
afterEach(async () => {
  for (const program of open.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
  await simulator?.close();
  simulator = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A command in a terminal of 80 columns, in a folder of its own, against the simulated account. */
function run(args: string[], env: Record<string, string> = {}): TerminalProgram {
  const program = new TerminalProgram(args, {
    columns: 80,
    rows: 24,
    cwd: folder,
    env: { ...SIMULATED_CREDENTIALS, HOME: folder, ...env },
  });
  open.push(program);
  return program;
}

async function finished(program: TerminalProgram): Promise<{ exitCode: number; text: string }> {
  const { exitCode } = await program.exited;
  return { exitCode, text: program.transcript() };
}

const where = ({ endpoint }: RunningSimulator) => ["--region", "us-east-1", "--endpoint", endpoint];

describe("before the first incident", () => {
  it("init finds the lakehouse and writes the file, doctor works with nothing else, and 80 columns suffice", async () => {
    simulator = await startSimulator({ scenario: "quiet", rateLimits: false });
    const init = await finished(
      run(["init", ...where(simulator), "--state", "s3://my-tf-state/iceberg-lakehouse/prod/terraform.tfstate"]),
    );
    expect(init.exitCode, init.text).toBe(0);
    expect(init.text).toMatch(/nessie\.cluster +lakehouse-prod-nessie/);
    expect(init.text).toContain("Next: mayday doctor");
    const file = join(folder, "mayday.yaml");
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readFileSync(file, "utf8")).toContain("stateBucket: my-tf-state");

    const doctor = await finished(run(["doctor", "--state-directory", join(folder, "state")]));
    expect(doctor.exitCode, doctor.text).toBe(0);
    expect(doctor.text).toMatch(/^ok {4}permissions {3}all \d+ permissions for writes$/m);
    expect(doctor.text).toMatch(/^ok {4}terminal {6}80x24, one pane at a time/m);
    expect(doctor.text).toMatch(/^HIGH {4}The catalog is in lakehouse-prod-nessie_refs and/m);
    expect(doctor.text).toMatch(/^Ready\.$/m);
    expect(existsSync(join(folder, "state"))).toBe(false);

    const config = await finished(run(["config"]));
    expect(config.text).toContain("mayday.yaml:");
  });

  it("init asks before it overwrites, and n leaves the file as it is", async () => {
    simulator = await startSimulator({ scenario: "quiet", rateLimits: false });
    const file = join(folder, "mayday.yaml");
    writeFileSync(file, "project: mine\nenvironment: dev\n");
    const asking = run(["init", ...where(simulator)]);
    await asking.waitFor(/Overwrite it\? \[y\/N\]/);
    asking.press("\r");
    const declined = await finished(asking);
    expect(declined.exitCode).toBe(3);
    expect(declined.text).toContain("it stays as it is");
    expect(readFileSync(file, "utf8")).toContain("project: mine");
    const again = run(["init", ...where(simulator)]);
    await again.waitFor(/Overwrite it\?/);
    again.press("y\r");
    expect((await finished(again)).exitCode).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("project: lakehouse");
    expect((await finished(run(["init", ...where(simulator), "--force"]))).exitCode).toBe(0);
  });

  it("init reads a state's file without a region, prints the file alone, and nothing of the state", async () => {
    simulator = await startSimulator({ scenario: "quiet", rateLimits: false, region: "eu-west-1", project: "acme" });
    const { world, endpoint } = simulator;
    const state = terraformState(world, world.nessie, 4, "lineage-never-printed");
    const secret = { result: "hunter2-never-printed", tags_all: { Project: "acme", Environment: "prod" } };
    const password = { mode: "managed", type: "random_password", name: "db", instances: [{ attributes: secret }] };
    writeFileSync(
      join(folder, "pulled.tfstate"),
      JSON.stringify({ ...state, resources: [...state.resources, password] }),
    );
    const { exitCode, text } = await finished(
      run(["init", "--endpoint", endpoint, "--state", "pulled.tfstate", "--print"]),
    );
    expect(exitCode, text).toBe(0);
    expect(text).toContain("region: eu-west-1");
    expect(text).toContain("cluster: acme-prod-nessie");
    expect(text).not.toContain("never-printed");
    expect(existsSync(join(folder, "mayday.yaml"))).toBe(false);
  });

  it("doctor says what is missing and ends with 1; as JSON it says the same", async () => {
    simulator = await startSimulator({ scenario: "quiet", rateLimits: false });
    simulator.faults.add({ kind: "deny", operation: "FilterLogEvents" });
    const lakehouse = ["--project", "lakehouse", "--env", "prod", "--state-directory", folder];
    const { exitCode, text } = await finished(run(["doctor", ...where(simulator), ...lakehouse]));
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^FAIL {2}permissions {3}logs:FilterLogEvents on/m);
    expect(text).toMatch(/^Not ready: see FAIL above\.$/m);
    const json = run(["doctor", "--json", ...where(simulator), ...lakehouse]);
    const { exitCode: code } = await json.exited;
    expect(code).toBe(1);
    expect(json.transcript()).toContain('"ready": false');
  });

  it("iam-policy explains each statement, leaves out what is named, and is printed in parts", async () => {
    simulator = await startSimulator({ scenario: "quiet", rateLimits: false });
    const lakehouse = ["--project", "lakehouse", "--env", "prod"];
    const { exitCode, text } = await finished(run(["iam-policy", "--read-only", ...where(simulator), ...lakehouse]));
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^# ReadEcs: read, \d+ actions?$/m);
    expect(text).not.toContain("UpdateService");
    const without = ["rotate-access-key", "delete-access-key", "deactivate-access-key"].flatMap((id) => [
      "--without",
      id,
    ]);
    // Longer than a terminal keeps.
    const args = ["iam-policy", ...where(simulator), ...lakehouse, ...without, "--part", "1"];
    const whole = await runProgram(args, { HOME: folder });
    expect(whole.status, whole.output).toBe(0);
    expect(whole.output.replace(/\s*\n# /g, " ")).toContain("it fits a managed policy (6144)");
    expect(whole.output).not.toContain("iam:CreateAccessKey");
    const unknown = await finished(run(["iam-policy", ...where(simulator), ...lakehouse, "--without", "nonsense"]));
    expect(unknown.exitCode).toBe(2);
    const offline = run(["iam-policy", "--json", "--account", "123456789012", "--region", "cn-north-1", ...lakehouse], {
      AWS_EC2_METADATA_DISABLED: "true",
    });
    expect((await finished(offline)).text).toContain('"arn:aws-cn:s3:::lakehouse-prod-lakehouse"');
  });
});
