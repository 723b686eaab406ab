import { describe, expect, it } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { startSimulator } from "../../src/sim/index.ts";
import { runProgram } from "../support/run-program.ts";
import { simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const session = terminalSession("diagnosis");

const CLUSTER = "lakehouse-prod-nessie";
const poll = { purpose: "poll" } as const;

/** The task memory of the revision that Nessie's service runs in the account that the program shows. */
async function memoryOf(endpoint: string): Promise<string | undefined> {
  const credentials = { accessKeyId: "another", secretAccessKey: "simulated" };
  const aws = await createAwsLayer({ clock: systemClock(), region: "us-east-1", endpoint, credentials });
  const { output } = await aws.call("ecs", "DescribeServices", { cluster: CLUSTER, services: ["nessie"] }, poll);
  const taskDefinition = output.services?.[0]?.taskDefinition ?? "";
  const described = await aws.call("ecs", "DescribeTaskDefinition", { taskDefinition }, poll);
  aws.close();
  return described.output.taskDefinition?.memory;
}

describe("diagnosis in the cockpit", () => {
  it("d, the verdict, its fix: from the keyboard to a larger task, in an 80x24 terminal", {
    timeout: 120_000,
  }, async () => {
    const args = ["demo", "nessie-oom", "--speed", "20", "--state-directory", session.folder];
    const program = new TerminalProgram(args, { columns: 80, rows: 24 });
    session.programs.push(program);
    await program.waitFor(/d diagnose: exit 137/);
    program.press("d");
    await program.waitFor(/1 verdict from \d+ checks/);
    expect(program.screen()).toMatch(/› Nessie's container is killed at its memory limit +proven/);
    expect(program.screen()).toContain("OutOfMemoryError");
    program.press("p");
    await program.waitFor(/Pinned the verdict to the timeline/);
    program.press("\r");
    await program.waitFor(/› Raise Nessie's memory to 4 GB +plan/);
    program.press("\r");
    await program.waitFor(/Resize nessie: 2048 MB to 4096 MB/);
    program.press("y");
    await program.waitFor(/done and verified/, 60_000);
    program.press("q");
    // The diagnosis was asked: its reason is news no more.
    await program.waitFor((shown) => !/d diagnose: exit 137 {2}/.test(shown.screen()));

    const [incident] = await listIncidents(session.folder);
    const entries = await readRecord(incident!.folder);
    const kinds = entries.map(({ kind }) => kind);
    expect(kinds.indexOf("diagnosis.finished")).toBeLessThan(kinds.indexOf("action.planned"));
    const diagnosis = entries.find((entry) => entry.kind === "diagnosis.finished");
    expect(diagnosis?.payload).toMatchObject({ verdicts: [{ id: "container-memory-limit", certainty: "proven" }] });
    const note = entries.find((entry) => entry.kind === "incident.note");
    expect(note?.payload).toMatchObject({ text: expect.stringMatching(/^Verdict: Nessie's container .*exit 137/) });
    const opened = entries.find((entry) => entry.kind === "incident.opened");
    expect(await memoryOf(opened?.kind === "incident.opened" ? (opened.payload.endpoint ?? "") : "")).toBe("4096");
  });
});

describe("mayday diagnose", () => {
  it("prints verdict, reasons and fix, ends with 0, and records nothing of its own", { timeout: 60_000 }, async () => {
    const simulator = await startSimulator({ scenario: "nessie-oom" });
    try {
      const connection = simulatedConnection(simulator.endpoint, session.folder);
      const text = await runProgram(["diagnose", "nessie-unreachable", "--read-only", ...connection]);
      expect(text.status, text.output).toBe(0);
      expect(text.output).toMatch(/PROVEN: Nessie's container is killed at its memory limit/);
      expect(text.output).toMatch(/ {2}\+ 1 task of lakehouse-prod-nessie:1 killed: exit 137/);
      expect(text.output).toMatch(/mayday run raise-memory --parameter service=nessie/);
      expect(await listIncidents(session.folder)).toEqual([]);

      const json = await runProgram(["diagnose", "--json", ...connection]);
      expect(json.status, json.output).toBe(0);
      expect(JSON.parse(json.output)).toMatchObject({
        id: "everything",
        conclusion: "causes",
        verdicts: [{ id: "container-memory-limit", certainty: "proven" }],
      });
      const unknown = await runProgram(["diagnose", "nope", ...connection]);
      expect([unknown.status, unknown.output]).toEqual([
        2,
        expect.stringMatching(/there is no diagnosis with this id[\s\S]*nessie-unreachable/),
      ]);
    } finally {
      await simulator.close();
    }
  });
});
