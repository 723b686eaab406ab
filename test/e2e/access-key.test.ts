import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startSimulator } from "../../src/sim/index.ts";
import { runProgram } from "../support/run-program.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";

const USER = "ci-uploader";

/** All bytes of all files below the folder, and what SQLite keeps beside its database. */
const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

it("rotates an access key from the keyboard on a small screen; the secret is on that one screen and nowhere else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-access-key-"));
  const simulator = await startSimulator({ scenario: "quiet" });
  const program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, folder)], {
    columns: 80,
    rows: 24,
    env: SIMULATED_CREDENTIALS,
    record: true,
  });
  try {
    await program.waitFor(/111122223333/);
    program.press("a");
    await program.waitFor(/Contain S3: deny/);
    program.press("Rotate an IAM");
    await program.waitFor(/rotate-access-key /);
    program.press("\r");
    await program.waitFor(/› User/);
    program.press(USER);
    for (const field of [/› Key/, /› Compromised/, /› Remove/, /› File/, /Read the plan/]) {
      program.press("\r");
      await program.waitFor(field);
    }
    program.press("\r");
    await program.waitFor(new RegExp(`Type the name ${USER} to confirm`));
    program.press(`${USER}\r`);
    await program.waitFor(/secret access key: \S{20}/, 30_000);
    // The dialog may break the secret, but not within its first characters.
    const secret = /secret access key: (\S{20})/.exec(program.screen())?.[1] ?? "";
    expect(program.screen()).toMatch(/y I have it/);
    program.press("y");
    await program.waitFor(/wherever its old one is used/, 60_000);
    const after = program.raw.length;
    program.press("y");
    await program.waitFor(/done {2}\d\d:\d\d/, 30_000);
    program.press("\u001b");
    program.press("\u0003\u0003");
    await program.waitFor(/resolved, hand over|Hand over|hand over/i);
    expect(program.raw.slice(after)).not.toContain(secret);
    expect(program.screen()).not.toContain(secret);
    program.kill("SIGTERM");
    await program.exited;
    expect(program.raw.slice(after)).not.toContain(secret);
    expect(bytesIn(folder)).toContain("rotate-access-key");
    expect(bytesIn(folder)).not.toContain(secret);
  } finally {
    program.kill("SIGKILL");
    await program.exited;
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

it("mayday run needs a file for the secret where there is no terminal, and never prints it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-access-key-"));
  const simulator = await startSimulator({ scenario: "quiet" });
  const run = (...more: string[]) => {
    const parameters = ["--parameter", `user=${USER}`, ...more];
    const connection = simulatedConnection(simulator.endpoint, join(folder, "state"));
    return runProgram(["run", "rotate-access-key", ...parameters, "--confirm", USER, "--json", ...connection]);
  };
  try {
    const shown = await run("--incident", "new");
    expect(shown.status, shown.output).toBe(5);
    expect(shown.output).toMatch(/there is no terminal to show it on/);
    const made = simulator.world.iam.users.get(USER)?.accessKeys.at(-1)?.id ?? "";
    const { incident, runId } = JSON.parse(shown.output);
    const connection = simulatedConnection(simulator.endpoint, join(folder, "state"));
    const both = ["--confirm", USER, "--confirm-account", "111122223333"];
    const undone = await runProgram(["run", "--undo", runId, "--incident", incident, ...both, ...connection]);
    expect(undone.status, undone.output).toBe(0);
    expect(simulator.world.iam.accessKey(made)).toBeUndefined();

    const file = join(folder, "new-key");
    const written = await run("--parameter", `file=${file}`, "--incident", "latest");
    // The old key's consumers are for a person to update: without a terminal it ends there.
    expect(written.status, written.output).toBe(5);
    const secret = /aws_secret_access_key = (\S+)/.exec(readFileSync(file, "utf8"))?.[1] ?? "";
    expect(secret).not.toBe("");
    expect(written.output).not.toContain(secret);
    expect(bytesIn(join(folder, "state"))).not.toContain(secret);
  } finally {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);
