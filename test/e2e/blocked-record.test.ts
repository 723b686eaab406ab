import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { verifyChain } from "../../src/record/chain.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { TerminalProgram } from "../support/terminal-program.ts";

const folder = mkdtempSync(join(tmpdir(), "mayday-blocked-"));
let program: TerminalProgram | undefined;

afterEach(async () => {
  program?.kill("SIGKILL");
  await program?.exited;
  rmSync(folder, { recursive: true, force: true });
});

/** Another process holds the write lock of the database for 2 s; resolves when it has it, `released` when it let go. */
async function holdLock(database: string): Promise<{ released: Promise<void> }> {
  const script = `
    const { DatabaseSync } = require("node:sqlite");
    const db = new DatabaseSync(process.argv[1]);
    db.exec("PRAGMA busy_timeout=5000; BEGIN IMMEDIATE");
    console.log("locked");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
    db.exec("ROLLBACK");
    db.close();`;
  const child = spawn(process.execPath, ["-e", script, database], { stdio: ["ignore", "pipe", "inherit"] });
  const released = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  return { released };
}

it("keys work while another process holds the record for 2 s, and nothing is lost", async () => {
  program = new TerminalProgram(["demo", "--state-directory", folder]);
  await program.waitFor(/nessie +\d\/\d/);
  const [summary] = await listIncidents(folder);
  let unlocked = false;
  const { released } = await holdLock(join(summary?.folder ?? "", "record.sqlite"));
  void released.then(() => {
    unlocked = true;
  });
  program.press("n");
  await program.waitFor(/What you saw, decided or did/);
  program.press("written while locked\r");
  await program.waitFor((shown) => !/What you saw, decided or did/.test(shown.screen()));
  program.press("?");
  await program.waitFor(/─ Help ─/);
  expect(unlocked, "every key was answered before the lock was let go").toBe(false);
  await released;
  await expect
    .poll(
      async () =>
        (await readRecord(summary?.folder ?? "")).some(
          (entry) => entry.kind === "incident.note" && entry.payload.text === "written while locked",
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
  expect(verifyChain(await readRecord(summary?.folder ?? ""))).toMatchObject({ ok: true });
});
