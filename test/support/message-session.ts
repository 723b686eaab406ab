import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { EntryKind, RecordEntry } from "../../src/record/entries.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { SIMULATED_CREDENTIALS, TerminalProgram } from "./terminal-program.ts";
import type { TerminalSession } from "./terminal-session.ts";

/** What the tests of communication do with the program and with what it leaves. */
export function messageSession(session: TerminalSession) {
  function open(args: string[], options: { env?: Record<string, string>; columns?: number; rows?: number } = {}) {
    const program = new TerminalProgram([...args, "--state-directory", session.folder], {
      columns: 80,
      rows: 24,
      record: true,
      // What is on this machine must not matter.
      ...options,
      env: { ...SIMULATED_CREDENTIALS, XDG_CONFIG_HOME: session.folder, ...options.env },
    });
    session.programs.push(program);
    return program;
  }

  async function entriesOf<K extends EntryKind>(kind: K): Promise<RecordEntry<K>["payload"][]> {
    const [summary] = await listIncidents(session.folder);
    const entries: RecordEntry[] = await readRecord(summary?.folder ?? "");
    return entries.filter((entry) => entry.kind === kind).map(({ payload }) => payload as RecordEntry<K>["payload"]);
  }

  const nothingHas = (secret: string) => {
    for (const name of readdirSync(session.folder, { recursive: true, encoding: "utf8" })) {
      const path = join(session.folder, name);
      if (statSync(path).isFile()) expect(readFileSync(path).includes(secret), path).toBe(false);
    }
    for (const { raw } of session.programs) expect(raw).not.toContain(secret);
  };

  return { open, entriesOf, nothingHas };
}
