import { spawn } from "node:child_process";
import { afterEach, expect, it } from "vitest";
import { account, stateFolder } from "../incident/support.ts";
import { truthOf } from "../incident/terraform-state-support.ts";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
  TerminalProgram,
} from "../support/terminal-program.ts";

const ENV = { ...SIMULATED_CREDENTIALS, MAYDAY_TERRAFORM_STATE_BUCKET: "my-tf-state" };
/** Text that only a state's attributes and outputs have. */
const CONTENT = /tags_all|sensitive_attributes|execution_role_arn|athena_workgroup|"attributes"/;
const programs: TerminalProgram[] = [];

afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.kill("SIGKILL");
    await program.exited;
  }
});

async function run(args: string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [LAUNCHER, "run", ...args], {
    env: environment(ENV),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, output };
}

it("from the keyboard on a small screen: a dead lock is released, the state of the typed lineage is back, and undo works", async () => {
  const scenario = "tfstate-damage:stale-lock";
  const simulator = await account({ scenario, speed: 1 });
  const truth = truthOf(simulator);
  const { lineage } = truth.state(1)!;
  const program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, stateFolder())], {
    columns: 80,
    rows: 24,
    env: ENV,
    record: true,
  });
  programs.push(program);
  await program.waitFor(/111122223333/);
  const choose = async (search: string, id: string) => {
    program.press("a");
    await program.waitFor(/╭─ Actions/);
    program.press(search);
    await program.waitFor(new RegExp(`mayday run\\s+│?\\s*│?\\s*${id}`));
    program.press("\r");
    await program.waitFor((shown) => !/╭─ Actions/.test(shown.screen()));
  };
  /** Esc closes one dialog at a time. */
  const back = async () => {
    const open = () => program.lines().filter((line) => line.startsWith("╭"));
    while (open().length > 0) {
      const before = open().join();
      program.press("\u001b");
      await program.waitFor(() => open().join() !== before);
    }
  };

  await choose("inspect the", "inspect-terraform-state");
  program.press("\r\r");
  await program.waitFor(/Read the plan/);
  while (
    !/#2 last good +serial 9, 21 resources, lineage [0-9a-f]{8}, \d{4}-\d\d-\d\d \d\d:\d\dZ/.test(program.screen())
  ) {
    const before = program.screen();
    program.press("\u001b[6~");
    await program.waitFor(() => program.screen() !== before);
  }
  await back();

  await choose("release a dead", "release-terraform-lock");
  program.press("\r\r");
  await program.waitFor(/Type the name runner@ci-runner-3 to confirm/);
  program.press("runner@ci-runner-3\r");
  await program.waitFor(/╭─ Your step/);
  program.press("y");
  await program.waitFor(/done {2}\d\d:\d\d/);
  expect(truth.lock()).toBeUndefined();
  await back();

  await choose("recover the Terraform", "recover-terraform-state");
  await program.waitFor(/› Version/);
  program.press("\r");
  await program.waitFor(/› Lineage/);
  program.press(`${lineage.slice(0, 8)}\r\r`);
  await program.waitFor(/Type the name my-tf-state to confirm/);
  expect(program.lines().every((line) => line.length <= 80)).toBe(true);
  program.press("my-tf-state\r");
  await program.waitFor(/╭─ Action [\s\S]*Recover the Terraform state: serial 9[\s\S]*done and verified/, 30_000);
  expect(truth.isResolved(scenario)).toBe(true);
  await back();

  program.press("z");
  await program.waitFor(/what was done and is not undone/i);
  program.press("j");
  program.press("\r");
  await program.waitFor(/Undo: read the plan[\s\S]*with its damage[\s\S]*Type the name my-tf-state to confirm/);
  program.press("my-tf-state\r");
  await program.waitFor(/╭─ Action [\s\S]*Undo: Recover[\s\S]*done {2}\d\d:\d\d/, 30_000);
  expect(truth.state()).toMatchObject({ resources: [], serial: 11 });
  expect([truth.digest(), truth.lock()]).toEqual([truth.md5(), undefined]);
  expect(program.raw).not.toMatch(CONTENT);
}, 120_000);

it("mayday run: the plan with its aws lines, the confirmation, the recovery and its undo; nothing of the content is printed", async () => {
  const scenario = "tfstate-damage:old-state";
  const simulator = await account({ scenario });
  const truth = truthOf(simulator);
  const connection = simulatedConnection(simulator.endpoint, stateFolder());
  const inspected = await run(["inspect-terraform-state", "--yes", "--incident", "new", ...connection]);
  expect(inspected.status, inspected.output).toBe(0);
  const plan = await run(["recover-terraform-state", "--plan", ...connection]);
  expect(plan.status, plan.output).toBe(0);
  expect(plan.output).toMatch(/aws s3api get-object --bucket my-tf-state --key \S+ --version-id \S+/);
  expect(plan.output).toMatch(/aws s3api put-object --bucket my-tf-state .*--if-match/);
  expect(plan.output).toMatch(/aws dynamodb put-item --table-name tf-locks .*attribute_not_exists\(LockID\)/);
  expect((await run(["recover-terraform-state", "--yes", ...connection])).status).toBe(3);
  expect(truth.isResolved(scenario)).toBe(false);
  const done = await run(["recover-terraform-state", "--confirm", "my-tf-state", "--json", ...connection]);
  expect(done.status, done.output).toBe(0);
  expect(truth.isResolved(scenario)).toBe(true);
  const { incident, runId } = JSON.parse(done.output) as { incident: string; runId: string };
  const undone = await run(["--undo", runId, "--incident", incident, "--confirm", "my-tf-state", ...connection]);
  expect(undone.status, undone.output).toBe(0);
  expect([truth.state()?.serial, truth.digest(), truth.lock()]).toEqual([11, truth.md5(), undefined]);
  for (const { output } of [inspected, plan, done, undone]) expect(output).not.toMatch(CONTENT);
}, 120_000);
