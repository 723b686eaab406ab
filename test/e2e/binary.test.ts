import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TerminalProgram } from "../support/terminal-program.ts";

const scripts = new URL("../../scripts/", import.meta.url);
const { buildBinaries } = (await import(new URL("binary.mjs", scripts).href)) as {
  buildBinaries(platforms: string[], outdir: string): Promise<string[]>;
};

// A binary of another kind of machine cannot be run here; it is built by the same steps.
describe.runIf(`${process.platform}-${process.arch}` === "linux-x64")(
  "the single-file build in an empty environment",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "mayday-binary-"));
    let binary = "";
    const run = (...args: string[]) => execFileSync(binary, args, { cwd: folder, env: {}, encoding: "utf8" });

    beforeAll(async () => {
      [binary = ""] = await buildBinaries(["linux-x64"], join(folder, "build"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("answers without Node on the PATH and without anything beside it", () => {
      expect(existsSync(join(folder, "build", "node_modules"))).toBe(false);
      expect(readdirSync(join(folder, "build")).sort()).toEqual(["THIRD-PARTY-NOTICES.txt", "mayday-linux-x64"]);
      expect(run("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect(run("demo", "--list")).toContain("nessie-oom");
    });

    it("runs the demo, its simulator and its record, and writes the post-mortem", async () => {
      const state = join(folder, "state");
      const program = new TerminalProgram(["demo", "quiet", "--state-directory", state], {
        program: [binary],
        env: { TERM: "xterm-256color", HOME: folder, LANG: "C.UTF-8" },
        cwd: folder,
      });
      await program.waitFor(/nessie +2\/2/);
      await program.waitFor(/DECLARED/);
      program.press("q");
      await program.waitFor(/Leave the incident/);
      program.press("j\r");
      expect((await program.exited).exitCode).toBe(0);
      expect(program.transcript()).toMatch(/post-mortem/i);
      const [incident = ""] = readdirSync(join(state, "incidents"));
      expect(readdirSync(join(state, "incidents", incident))).toContain("postmortem.md");
      const listed = run("list", "--state-directory", state);
      expect(listed).toContain(incident);
      expect(run("postmortem", incident, "--state-directory", state, "--print")).toContain(
        "## Incident: Nothing wrong",
      );
    });
  },
);
