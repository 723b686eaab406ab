import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { environment, LAUNCHER, TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
let simulator: RunningSimulator | undefined;
const programs: TerminalProgram[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-bad-"));
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
  await simulator?.close();
  simulator = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const isolated = () => ({
  HOME: folder,
  AWS_CONFIG_FILE: join(folder, "aws-config"),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, "aws-credentials"),
});

/** Runs without a terminal, and without the simulator of this process. */
function run(args: string[], env: Record<string, string | undefined> = {}) {
  const result = spawnSync(process.execPath, [LAUNCHER, ...args], {
    encoding: "utf8",
    cwd: folder,
    env: environment({ ...isolated(), ...env }),
  });
  expect(result.stderr + result.stdout).not.toMatch(/^\s+at .*\(/m);
  return result;
}

/** Runs in a terminal. */
function screen(args: string[], options: ConstructorParameters<typeof TerminalProgram>[1] = {}): TerminalProgram {
  const program = new TerminalProgram(args, { cwd: folder, ...options, env: { ...isolated(), ...options.env } });
  programs.push(program);
  return program;
}

const lakehouse = ["--project", "lakehouse", "--env", "prod"];
const keys = (accessKeyId: string = ACCESS_KEYS.responder) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: "simulated",
});

describe("bad input is answered with what failed, why and what to do next", () => {
  it("an unknown command or flag", () => {
    const { status, stderr } = run(["strat"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/--help/);
  });

  it("an unknown scenario", async () => {
    const program = screen(["demo", "nessie-boom"]);
    const { exitCode } = await program.exited;
    expect(exitCode).not.toBe(0);
    expect(program.transcript()).toMatch(/nessie-boom[\s\S]*next:/);
    expect(program.transcript()).toMatch(/nessie-oom/);
    expect(program.fullScreen).toBe(false);
  });

  it("no terminal", () => {
    const { status, stderr } = run(["demo"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/not a terminal[\s\S]*next:.*ssh -t/);
  });

  it("no configuration at all", async () => {
    const program = screen(["start"]);
    const { exitCode } = await program.exited;
    expect(exitCode).toBe(2);
    expect(program.transcript().replace(/\s+/g, " ")).toMatch(/mayday demo.*--project/);
  });

  it("malformed yaml, with file and line", () => {
    writeFileSync(join(folder, "mayday.yaml"), "project: lakehouse\nenvironment: [prod\nregion: us-east-1\n");
    const { status, stderr } = run(["config"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/mayday\.yaml:\d/);
  });

  it("a wrong key in yaml, with line, key and what was meant", () => {
    writeFileSync(join(folder, "mayday.yaml"), "project: lakehouse\nenvironment: prod\nregoin: us-east-1\n");
    const { status, stderr } = run(["config"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/mayday\.yaml:3[\s\S]*regoin[\s\S]*region/);
  });

  it("no credentials", async () => {
    const program = screen(["start", ...lakehouse, "--region", "us-east-1"]);
    const { exitCode } = await program.exited;
    expect(exitCode).not.toBe(0);
    expect(program.transcript().replace(/\s+/g, " ")).toMatch(/credentials.*next:.*aws sso login/i);
  });

  it("a profile that needs an MFA code, without a terminal to ask on", () => {
    writeFileSync(
      join(folder, "aws-config"),
      "[profile oncall]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/oncall\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/ana\n[profile base]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n",
    );
    const { status, stderr } = run(["run", "contain-nessie", "--plan", ...lakehouse, "--profile", "oncall"]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/MFA device arn:aws:iam::111122223333:mfa\/ana[\s\S]*next:/);
  });

  it("a profile that needs an MFA code asks for it before the screen is taken, without showing it", async () => {
    writeFileSync(
      join(folder, "aws-config"),
      "[profile oncall]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/oncall\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/ana\n[profile base]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n",
    );
    const program = screen(["start", ...lakehouse, "--profile", "oncall"]);
    await program.waitFor(/Code of MFA device/);
    expect(program.fullScreen).toBe(false);
    program.press("123456\u0003");
    await program.exited;
    expect(program.transcript()).not.toContain("123456");
  });

  it("no region", () => {
    const { status, stderr } = run(["run", "note", "--parameter", "text=x", ...lakehouse]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/region[\s\S]*AWS_REGION/);
  });

  it("an endpoint where nobody answers", () => {
    const { status, stderr } = run(
      ["run", "contain-nessie", "--plan", ...lakehouse, "--region", "us-east-1", "--endpoint", "http://127.0.0.1:9"],
      keys(),
    );
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/127\.0\.0\.1:9[\s\S]*next:/);
  });

  it("a cluster that is not there: the pane says so, the cockpit goes on", async () => {
    simulator = await startSimulator({ scenario: "quiet" });
    const program = screen(
      ["start", "--project", "elsewhere", "--env", "prod", "--region", "us-east-1", "--endpoint", simulator.endpoint],
      { env: keys() },
    );
    await program.waitFor(/elsewhere-prod-nessie/);
    await program.waitFor(/there is no cluster of that name/);
    program.press("?");
    await program.waitFor(/─ Help ─[\s\S]*Everywhere/);
  });

  it("another region: what is missing is named with the region", async () => {
    simulator = await startSimulator({ scenario: "quiet" });
    const program = screen(["start", ...lakehouse, "--region", "eu-west-3", "--endpoint", simulator.endpoint], {
      columns: 200,
      rows: 60,
      env: keys(),
    });
    await program.waitFor(/eu-west-3[\s\S]*there is no cluster of that name/);
  });

  it("a denied permission degrades its pane and names what is missing", async () => {
    simulator = await startSimulator({ scenario: "quiet" });
    const program = screen(["start", ...lakehouse, "--region", "us-east-1", "--endpoint", simulator.endpoint], {
      columns: 160,
      env: keys(ACCESS_KEYS.powerless),
    });
    await program.waitFor(/ecs:DescribeServices/);
  });

  it("a terminal that is too small says so, and works again when it has grown", async () => {
    simulator = await startSimulator({ scenario: "quiet" });
    const program = screen(["start", ...lakehouse, "--region", "us-east-1", "--endpoint", simulator.endpoint], {
      columns: 30,
      rows: 8,
      env: keys(),
    });
    await program.waitFor(/40\s*x\s*10/);
    program.resize(120, 40);
    await program.waitFor(/nessie +2\/2/);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 131],
  ] as const)("%s restores the terminal and leaves a draft", async (signal, code) => {
    simulator = await startSimulator({ scenario: "quiet" });
    const program = screen(
      ["start", ...lakehouse, "--region", "us-east-1", "--endpoint", simulator.endpoint, "--state-directory", folder],
      { env: keys() },
    );
    await program.waitFor(/nessie +2\/2/);
    program.kill(signal);
    const { exitCode } = await program.exited;
    expect(exitCode).toBe(code);
    expect(program.fullScreen).toBe(false);
    expect(program.transcript()).toMatch(/post-mortem \(draft\)/);
  });
});
