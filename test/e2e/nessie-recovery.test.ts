import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { runProgram } from "../support/run-program.ts";
import {
  environment,
  LAUNCHER,
  SIMULATED_CREDENTIALS,
  simulatedConnection,
  TerminalProgram,
} from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const LOGICAL = "catalog-corruption:logical";
const PHYSICAL = "catalog-corruption:physical";
const MINUTE_MS = 60_000;
const OBJS = "lakehouse-prod-nessie-restored_objs";
const session = terminalSession("nessie");

async function simulated(scenario: string, speed: number) {
  const simulator = await startSimulator({ scenario, speed });
  session.simulators.push(simulator);
  const connection = simulatedConnection(simulator.endpoint, session.folder);
  const env = { ...SIMULATED_CREDENTIALS, MAYDAY_NESSIE_ENDPOINT: `${simulator.endpoint}/nessie/api/v2` };
  const program = (...args: string[]) => {
    const started = new TerminalProgram([...args, ...connection], { columns: 80, rows: 24, env });
    session.programs.push(started);
    return started;
  };
  const run = (...args: string[]) => runProgram(["run", ...args, ...connection], env);
  return { simulator, connection, env, program, run };
}

const isResolved = ({ world }: RunningSimulator, scenario: string) => scenarioById(scenario).resolved.holds(world);
const lastGood = ({ epochMs }: RunningSimulator) => new Date(epochMs - 38 * MINUTE_MS).toISOString();

/** Opens an action by its title from the list. */
async function choose(program: TerminalProgram, title: string, id: string): Promise<void> {
  program.press("a");
  await program.waitFor(/Enter/);
  program.press(title);
  await program.waitFor(new RegExp(`mayday run ${id}`));
  program.press("\r");
}

/** Pages through the plan until it shows the text. */
async function pageTo(program: TerminalProgram, wanted: RegExp): Promise<void> {
  const lines = () => /(\d+-\d+)\/\d+/.exec(program.screen())?.[1];
  while (!wanted.test(program.screen())) {
    const before = lines();
    program.press("\u001b[6~");
    await program.waitFor(() => lines() !== before);
  }
}

it("takes main back from the keyboard on a small screen, and undo brings the bad head back", async () => {
  const { simulator, program: start } = await simulated(LOGICAL, 20);
  const program = start("start");
  await program.waitFor(/111122223333/);
  await choose(program, "assign a branch", "recover-nessie-branch");
  for (const field of [/› Hash/, /› Branch/, /Read the plan/]) {
    await program.waitFor(field);
    if (!field.source.includes("plan")) program.press("\r");
  }
  await program.waitFor(/Type the name main to confirm/);
  for (const wanted of [/curl -fsS -X PUT/, /BAD .*schema-migrator/, /incident-[\w-]+/]) await pageTo(program, wanted);
  program.press("\r\r");
  expect(isResolved(simulator, LOGICAL)).toBe(false);
  program.press("main\r");
  await program.waitFor(/done and verified/, 60_000);
  await expect.poll(() => isResolved(simulator, LOGICAL), { timeout: 30_000 }).toBe(true);
  program.press("\u001b");
  await program.waitFor((shown) => !/done and verified/.test(shown.screen()));
  program.press("z");
  await program.waitFor(/what was done and is not undone/i);
  program.press("\r");
  await program.waitFor(/Undo: read the plan[\s\S]*Type the name main to confirm/i);
  program.press("main\r");
  await expect.poll(() => isResolved(simulator, LOGICAL), { timeout: 30_000 }).toBe(false);
}, 180_000);

it("restores the tables and switches to them from the keyboard on a small screen", async () => {
  const { simulator, program: start } = await simulated(PHYSICAL, 300);
  const program = start("start");
  await program.waitFor(/111122223333/);
  await choose(program, "restore its DynamoDB", "recover-nessie-tables");
  await program.waitFor(/› At/);
  program.press(`${lastGood(simulator)}\r`);
  await program.waitFor(/› Suffix/);
  program.press("\r");
  await program.waitFor(/Read the plan/);
  await pageTo(program, /aws dynamodb restore-table-to-point-in-time/);
  program.press("y");
  await program.waitFor(/CREATING; waiting \d\d:\d\d, RTO/, 60_000);
  await program.waitFor(/Your step/, 120_000);
  await pageTo(program, /TABLE_PREFIX/);
  program.press("y");
  // The tables stay, and the ledger says so; the end of the run is below its steps.
  await program.waitFor(/held open/, 60_000);
  await pageTo(program, /done {2}\d\d:\d\d/);
  program.press("\u001b");
  await program.waitFor((shown) => !/done {2}\d\d:\d\d/.test(shown.screen()));
  await choose(program, "switch to the restored", "switch-nessie-tables");
  await program.waitFor(/› Prefix/);
  program.press("\r");
  await program.waitFor(/Type the name nessie to confirm/);
  program.press("nessie\r");
  await expect.poll(() => isResolved(simulator, PHYSICAL), { timeout: 120_000 }).toBe(true);
}, 300_000);

it("mayday run, killed while the restores run, goes on when it is run again; then the switch, to the end", async () => {
  const { simulator, connection, env, run, program } = await simulated(PHYSICAL, 300);
  const parameters = ["--parameter", `at=${lastGood(simulator)}`];
  const plan = await run("recover-nessie-tables", ...parameters, "--plan", "--json", "--incident", "new");
  expect(plan.status, plan.output).toBe(0);
  const args = ["run", "recover-nessie-tables", ...parameters, "--yes", "--incident", "latest", ...connection];
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env: environment(env), stdio: "ignore" });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  let waits = 0;
  const remove = simulator.faults.add({
    kind: "latency",
    operation: "DescribeTable",
    latencyMs: 1,
    onHit: () => {
      // The second look at a table that is being restored: its wait has begun.
      if (simulator.world.dynamodb.byName.get(OBJS)?.status === "CREATING" && ++waits === 3) child.kill("SIGKILL");
    },
  });
  await gone;
  remove();
  expect(waits).toBe(3);

  const again = program(...args.slice(0, args.length - connection.length));
  await again.waitFor(/Type "yes" when it is done/, 120_000);
  again.press("yes\r");
  const { exitCode } = await again.exited;
  expect(exitCode, again.transcript()).toBe(0);
  const [summary] = await listIncidents(session.folder);
  const entries = await readRecord(summary?.folder ?? "");
  const judged = entries.flatMap((entry) => (entry.kind === "step.reconciled" ? [entry.payload] : []));
  expect(judged.map(({ detail }) => detail).join("\n")).toMatch(
    /goes on without us: .*_refs CREATING|what it waited for is there: .*_refs ACTIVE/,
  );
  const began = entries.filter(
    (entry) =>
      entry.kind === "step.outcome" && entry.payload.stepId === "restore-objs" && entry.payload.status === "already",
  );
  expect(began).toHaveLength(1);

  const switched = await run("switch-nessie-tables", "--confirm", "nessie", "--json", "--incident", "latest");
  expect(switched.status, switched.output).toBe(0);
  await expect.poll(() => isResolved(simulator, PHYSICAL), { timeout: 60_000 }).toBe(true);
}, 300_000);

it("mayday run takes main back, by its diagnosis alone", async () => {
  const { simulator, run } = await simulated(LOGICAL, 20);
  expect((await run("recover-nessie-branch", "--yes", "--incident", "new")).status).toBe(3);
  const done = await run("recover-nessie-branch", "--confirm", "main", "--json", "--incident", "latest");
  expect(done.status, done.output).toBe(0);
  await expect.poll(() => isResolved(simulator, LOGICAL), { timeout: 30_000 }).toBe(true);
  const { incident, runId } = JSON.parse(done.output);
  const undone = await run("--undo", runId, "--incident", incident, "--confirm", "main");
  expect(undone.status, undone.output).toBe(0);
  expect(isResolved(simulator, LOGICAL)).toBe(false);
}, 120_000);
