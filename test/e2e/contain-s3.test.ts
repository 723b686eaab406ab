import { expect, it } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { type RunningSimulator, startSimulator } from "../../src/sim/index.ts";
import { runProgram } from "../support/run-program.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const BUCKET = "lakehouse-prod-lakehouse";
const session = terminalSession("contain-s3");

async function simulated(): Promise<RunningSimulator> {
  const simulator = await startSimulator({ scenario: "quiet" });
  session.simulators.push(simulator);
  return simulator;
}

/** The bucket policy as the simulated S3 has it. */
async function policyOf(endpoint: string): Promise<string> {
  const credentials = { accessKeyId: "another", secretAccessKey: "simulated" };
  const aws = await createAwsLayer({
    clock: systemClock(),
    region: "us-east-1",
    endpoint,
    credentials,
    loopbackOnly: true,
  });
  const { output } = await aws.call("s3", "GetBucketPolicy", { Bucket: BUCKET }, { purpose: "poll" });
  aws.close();
  return output.Policy ?? "";
}

it("contains S3 from the keyboard on a small screen, and undo gives the same policy back", async () => {
  const { endpoint } = await simulated();
  const program = new TerminalProgram(["start", ...simulatedConnection(endpoint, session.folder)], {
    columns: 80,
    rows: 24,
    env: SIMULATED_CREDENTIALS,
  });
  session.programs.push(program);
  await program.waitFor(/111122223333/);
  program.press("a");
  await program.waitFor(/Contain S3: deny/);
  program.press("Contain S3");
  await program.waitFor(/mayday run contain-s3/);
  program.press("\r");
  await program.waitFor(/\[freeze-deletion\]/);
  // The next level, then the other fields as they are.
  program.press("\u001b[C");
  await program.waitFor(/\[freeze-writes\]/);
  for (const field of [/› Bucket/, /› Exempt/, /Read the plan/]) {
    program.press("\r");
    await program.waitFor(field);
  }
  await program.waitFor(/Reading goes on; every Dagster job/);
  await program.waitFor(new RegExp(`Type the name ${BUCKET} to confirm`));
  const lines = () => /(\d+-\d+)\/\d+/.exec(program.screen())?.[1];
  for (const wanted of [
    /stranger s3:PutObject: denied by our statement/,
    /aws s3api put-bucket-policy/,
    /policy size +\d+ B -> \d+ B of 20480/,
    /hold-lifecycle/,
  ]) {
    while (!wanted.test(program.screen())) {
      const before = lines();
      program.press("\u001b[6~");
      await program.waitFor(() => lines() !== before);
    }
    expect(
      Math.max(
        ...program
          .screen()
          .split("\n")
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  }
  const before = await policyOf(endpoint);
  program.press("\r\r");
  program.press(`${BUCKET}\r`);
  await program.waitFor(/held open: s3 freeze-writes/, 30_000);
  await program.waitFor(/done and verified/, 30_000);
  expect(await policyOf(endpoint)).toContain("IncidentQuarantine");
  program.press("\u001b");
  await program.waitFor((shown) => !/done and verified/.test(shown.screen()));
  program.press("z");
  await program.waitFor(/what was done and is not undone/i);
  program.press("\r");
  await program.waitFor(/Undo: read the plan/i);
  await program.waitFor(/ok +Remove the Deny statement/);
  program.press("y");
  await program.waitFor((shown) => !/held open/i.test(shown.screen()), 60_000);
  expect(await policyOf(endpoint)).toBe(before);
}, 120_000);

it("mayday run contain-s3 shows its plan, needs the name, contains and undoes", async () => {
  const simulator = await simulated();
  const connection = simulatedConnection(simulator.endpoint, session.folder);
  const run = (...args: string[]) => runProgram(["run", ...args, ...connection]);
  const before = await policyOf(simulator.endpoint);
  const level = ["--parameter", "level=deny-all"];
  const plan = await run("contain-s3", ...level, "--plan", "--json", "--incident", "new");
  expect(plan.status, plan.output).toBe(0);
  const { checks, plan: shown } = JSON.parse(plan.output);
  expect(shown.steps.map(({ id }: { id: string }) => id)).toEqual(["evidence", "append-deny", "head-bucket"]);
  expect(checks.filter(({ status }: { status: string }) => status === "fail")).toEqual([]);
  expect((await run("contain-s3", ...level, "--yes", "--incident", "latest")).status).toBe(3);
  expect((await run("contain-s3", "--parameter", "level=all", "--plan", "--incident", "latest")).status).toBe(2);
  expect(await policyOf(simulator.endpoint)).toBe(before);
  const contained = await run("contain-s3", ...level, "--confirm", BUCKET, "--json", "--incident", "latest");
  expect(contained.status, contained.output).toBe(0);
  expect(JSON.parse(await policyOf(simulator.endpoint)).Statement).toHaveLength(3);
  const { incident, runId } = JSON.parse(contained.output);
  const undone = await run("--undo", runId, "--incident", incident, "--yes");
  expect(undone.status, undone.output).toBe(0);
  expect(await policyOf(simulator.endpoint)).toBe(before);
}, 120_000);
