import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { RunningSimulator } from "../../src/sim/index.ts";
import type { TerminalProgram } from "./terminal-program.ts";

/** What a test opens: put into the lists, it is ended after the test, and the folder with it. */
export interface TerminalSession {
  /** A new one for each test. */
  folder: string;
  readonly programs: TerminalProgram[];
  readonly simulators: RunningSimulator[];
}

/** For the tests of a file. @param name of the folders. */
export function terminalSession(name: string): TerminalSession {
  const session: TerminalSession = { folder: "", programs: [], simulators: [] };
  beforeEach(() => {
    session.folder = mkdtempSync(join(tmpdir(), `mayday-${name}-`));
  });
  afterEach(async () => {
    for (const program of session.programs.splice(0)) {
      program.kill("SIGKILL");
      await program.exited;
    }
    for (const simulator of session.simulators.splice(0)) await simulator.close();
    rmSync(session.folder, { recursive: true, force: true });
  });
  return session;
}
