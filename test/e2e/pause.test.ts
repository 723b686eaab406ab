import { expect, it } from "vitest";
import { startSimulator } from "../../src/sim/index.ts";
import { SIMULATED_CREDENTIALS, simulatedConnection, TerminalProgram } from "../support/terminal-program.ts";
import { terminalSession } from "../support/terminal-session.ts";

const session = terminalSession("pause");

it("an export is paused and let go on from the keyboard: no call leaves meanwhile", async () => {
  const simulator = await startSimulator({ scenario: "leaked-key", speed: 1, rateLimits: false });
  session.simulators.push(simulator);
  simulator.faults.add({ kind: "partial-pages", service: "cloudtrail", pageItems: 1 });
  const program = new TerminalProgram(["start", ...simulatedConnection(simulator.endpoint, session.folder)], {
    columns: 80,
    rows: 24,
    env: SIMULATED_CREDENTIALS,
  });
  session.programs.push(program);
  const calls = () => simulator.calls.filter(({ operation }) => operation === "LookupEvents").length;
  const shownClock = () => /T\+(\d\d:\d\d:\d\d)/.exec(program.screen())?.[1] ?? "";

  await program.waitFor(/111122223333/);
  program.press("a");
  await program.waitFor(/Acknowledge the incident|Contain Nessie/);
  program.press("Preserve CloudTrail");
  await program.waitFor(/Management events of the window/);
  program.press("\r");
  await program.waitFor(/30 minutes before/);
  program.press("6h\r\r\r");
  await program.waitFor(/runs it/);
  program.press("y");
  await program.waitFor(/running +Export CloudTrail/);
  await program.waitFor(() => calls() > 1);
  program.press("P");
  await program.waitFor(/PAUSED: no further call/);
  // Longer than the pace of two calls a second would let it wait; the call that was under way is answered meanwhile.
  const before = calls();
  const times = new Set([shownClock()]);
  await program.waitFor(() => times.add(shownClock()).size > 4);
  expect(calls() - before).toBeLessThanOrEqual(1);
  program.press("P");
  await program.waitFor(/done {2}\d\d:\d\d/, 60_000);
  expect(calls()).toBeGreaterThan(before + 2);
}, 90_000);
