import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { TerminalProgram } from "../support/terminal-program.ts";

const open: TerminalProgram[] = [];
const folders: string[] = [];

function demo(args: string[] = [], options: ConstructorParameters<typeof TerminalProgram>[1] = {}) {
  const stateDirectory = mkdtempSync(join(tmpdir(), "mayday-e2e-"));
  folders.push(stateDirectory);
  const program = new TerminalProgram(["demo", ...args, "--state-directory", stateDirectory], options);
  open.push(program);
  return { program, stateDirectory };
}

afterEach(async () => {
  for (const program of open.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

describe("mayday demo", () => {
  it("shows live data in every pane and records the outage by itself", async () => {
    const { program, stateDirectory } = demo(["--speed", "60"], { columns: 200, rows: 60 });
    await program.waitFor((shown) => {
      const screen = shown.screen();
      return (
        /nessie +\d\/\d/.test(screen) &&
        /10\.0\.\d+\.\d+/.test(screen) &&
        /unhealthy-hosts/.test(screen) &&
        /CPU/.test(screen) &&
        /dagster-daemon +1\/1/.test(screen) &&
        /\d\d:\d\d:\d\d nessie +[IWE] /.test(screen)
      );
    }, 10_000);
    const template = readFileSync(join(stateDirectory, "demo", "table-templates", "orders.yaml"), "utf8");
    expect(template).toMatch(/^name: orders\nnamespace: lakehouse\ncolumns:\n/);
    await program.waitFor(/137/);
    // The rest of the story is on the timeline; it is zoomed so that all of it is in view.
    program.press("6+");
    const seen = new Set<string>();
    const story = {
      killed: /137[^\n]*memory/i,
      pressure: /memory pressure/i,
      abrupt: /ends abruptly/i,
      unhealthy: /unhealthy[^\n]*(Target\.|FailedHealthChecks|Timeout)/i,
      alarm: /unhealthy-hosts[^\n]*ALARM/,
    };
    await program.waitFor((shown) => {
      const screen = shown.screen();
      for (const [name, pattern] of Object.entries(story)) if (pattern.test(screen)) seen.add(name);
      return seen.size === Object.keys(story).length;
    }, 45_000);
  }, 60_000);

  it("says so when nothing is wrong", async () => {
    const { program } = demo(["quiet", "--speed", "60"]);
    await program.waitFor(/● nessie +2\/2 steady/);
    await program.waitFor(/● 10\.0\.[\d.]+:19120 +healthy[\s\S]*● 10\.0\.[\d.]+:19120 +healthy/);
    await program.waitFor(/● OK +\S+ nessie-unhealthy-hosts/);
    expect(program.screen()).not.toMatch(/✗/);
    // The terminal's own answers never show.
    expect(program.screen()).not.toContain("[0n");
  });

  it("restores the terminal after q, and prints what to keep", async () => {
    const { program, stateDirectory } = demo();
    await program.waitFor(/nessie +\d\/\d/);
    expect(program.fullScreen).toBe(true);
    program.press("q");
    await program.waitFor(/suspend/i);
    program.press("\u001b[B\u001b[B\r");
    const { exitCode } = await program.exited;
    expect(program.fullScreen).toBe(false);
    expect(program.transcript()).toContain(stateDirectory);
    expect(program.transcript()).toMatch(/post-mortem .*postmortem\.md/);
    expect(exitCode).toBe(0);
  });
});
