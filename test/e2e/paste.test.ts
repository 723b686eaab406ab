import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
let program: TerminalProgram;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-paste-"));
  const args = ["demo", "schema-drift", "--state-directory", folder];
  program = new TerminalProgram(args, { columns: 80, rows: 75 });
});
afterEach(async () => {
  program.kill("SIGKILL");
  await program.exited;
  rmSync(folder, { recursive: true, force: true });
});

/** As terminals send a paste: in brackets, line breaks as carriage returns. */
const pasted = (text: string) => `\u001b[200~${text.replaceAll("\n", "\r")}\u001b[201~`;

/** Every letter that is a key of the diagnosis or of a plan, Enter and the key that leaves, on lines of their own. */
const KEYS = "q\ny\nz\na\nd\nr\no\np\nt\n\n\n:\n@\n";

/** A mail from the alert topic: `lines` of history, then two tables, the second one at the very end. */
const mail = (lines: number) =>
  [
    "Schema drift alert",
    KEYS,
    ...Array.from({ length: lines }, (_, index) => `> ${index} quoted line of the thread before, nothing to see here`),
    "Schema drift detected in lakehouse.orders:",
    "  Missing columns: {'status'}",
    "  Extra columns: {'currency', 'order_status'}",
    "Schema drift detected in lakehouse.last_table:",
    "  Missing columns: {'very_last_column'}",
    "",
  ].join("\n");

async function openSchemaDrift(): Promise<void> {
  await program.waitFor(/nessie +\d\/\d/);
  program.press("d");
  await program.waitFor(/from \d+ checks/, 30_000);
  program.press("o");
  await program.waitFor(/Schema drift alert/);
  // The list stands on what fits best; the alert's own diagnosis is looked for from the top.
  program.press("g");
  for (let steps = 0; steps < 20 && !/› Schema drift alert/.test(program.screen()); steps++) {
    const before = program.screen();
    program.press("j");
    await program.waitFor((shown) => shown.screen() !== before);
  }
  program.press("\r");
  await program.waitFor(/Schema drift alert[\s\S]*from \d+ checks/, 30_000);
}

/** The dialog's text without its frame, in one line: where it is broken depends on the width. */
const told = (shown: TerminalProgram) =>
  shown
    .lines()
    .map((line) => line.replace(/^│ ?|\s*│$/g, "").trim())
    .join(" ");

async function nothingWasDone(): Promise<void> {
  const [incident] = await listIncidents(folder);
  const kinds = (await readRecord(incident?.folder ?? "")).map(({ kind }) => kind);
  expect(kinds.filter((kind) => /^(action|incident\.(closed|note))/.test(kind))).toEqual([]);
  expect(program.fullScreen).toBe(true);
}

describe("an alert that is pasted", () => {
  it.each([0, 400])(
    "into its question (%i more lines) arrives whole, and is no key",
    { timeout: 90_000 },
    async (lines) => {
      await openSchemaDrift();
      program.press("t");
      await program.waitFor(/The alert of the schema drift sensor/);
      program.press(pasted(mail(lines)));
      // The end of the text is in view, with the cursor behind it.
      await program.waitFor(/very_last_column/);
      expect(program.screen()).toContain("The alert of the schema drift sensor");
      await nothingWasDone();
      program.press("\r");
      await program.waitFor(
        (shown) => /says of lakehouse\.orders: missing status; extra currency, order_status/.test(told(shown)),
        30_000,
      );
      expect(told(program)).toContain("lakehouse.last_table: missing very_last_column");
      await nothingWasDone();
    },
  );

  it("onto the diagnosis itself is taken at once; where there is no field it is ignored", {
    timeout: 90_000,
  }, async () => {
    await program.waitFor(/nessie +\d\/\d/);
    program.press(pasted(mail(0)));
    await program.waitFor(/Pasted text was ignored/);
    await nothingWasDone();
    await openSchemaDrift();
    program.press(pasted(mail(0)));
    await program.waitFor((shown) => /last_table: missing very_last_column/.test(told(shown)), 30_000);
    await nothingWasDone();
  });
});
