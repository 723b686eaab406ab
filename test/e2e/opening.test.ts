import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
let simulator: RunningSimulator;
let program: TerminalProgram | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mayday-opening-"));
  simulator = await startSimulator({ scenario: "quiet" });
});
afterEach(async () => {
  program?.kill("SIGKILL");
  await program?.exited;
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(...more: string[]): TerminalProgram {
  program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, folder), ...more], {
    env: SIMULATED_CREDENTIALS,
    cwd: folder,
    record: true,
  });
  return program;
}

describe("while the program opens", () => {
  it("keys are kept for the cockpit, and no answer of the terminal is among them", async () => {
    const opened = start("--title", "Nessie is down");
    await opened.waitFor(/opening/);
    opened.press("?");
    await opened.waitFor(/Nessie is down/);
    await opened.waitFor(/Keys|Help/);
    expect(opened.screen()).not.toContain("[0n");
  });

  it("the alternate screen is entered once and its frames are never drawn twice", async () => {
    const opened = start("--title", "Nessie is down");
    await opened.waitFor(/nessie +2\/2/);
    expect(opened.raw.split("\x1b[?1049h")).toHaveLength(2);
    expect(opened.raw.split("Waiting for the first answer about the targets")).toHaveLength(2);
  });

  it("Ctrl-C ends it at once and the terminal is restored", async () => {
    // The demo opens for longest: its simulator is started first.
    program = new TerminalProgram(["demo", "quiet", "--state-directory", folder], { cwd: folder, record: true });
    await program.waitFor(/opening the record/);
    program.press("\x03");
    expect((await program.exited).signal).toBe(2);
    expect(program.fullScreen).toBe(false);
    expect(program.raw).toContain("\x1b[?25h");
  });

  it.each(["SIGTERM", "SIGHUP"] as const)("%s restores the terminal", async (signal) => {
    const opened = start();
    await opened.waitFor(/opening/);
    opened.kill(signal);
    await opened.exited;
    expect(opened.fullScreen).toBe(false);
  });

  it("what is wrong with the flags is said on the normal screen", async () => {
    const opened = start("--severity", "P9");
    await opened.exited;
    expect(opened.fullScreen).toBe(false);
    expect(opened.transcript()).toMatch(/P9.*invalid|Allowed choices/);
  });

  it("what is wrong with the settings is said on the normal screen", async () => {
    const opened = start("--catalog-type", "hive");
    const { exitCode } = await opened.exited;
    expect(exitCode).toBe(2);
    expect(opened.fullScreen).toBe(false);
    expect(opened.transcript()).toMatch(/hive/);
  });
});
