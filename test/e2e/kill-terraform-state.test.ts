import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { verifyChain } from "../../src/record/chain.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import type { Fault } from "../../src/sim/faults.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { account, stateFolder, YES } from "../incident/support.ts";
import { BUCKET, openedWithState, truthOf, withoutSerial } from "../incident/terraform-state-support.ts";
import { environment, LAUNCHER, SIMULATED_CREDENTIALS, simulatedConnection } from "../support/terminal-program.ts";
import { sample } from "../support/thorough.ts";

const SCENARIO = "tfstate-damage:old-state";
const STATE = { MAYDAY_TERRAFORM_STATE_BUCKET: "my-tf-state" };

/** Runs the recovery and kills it with SIGKILL when the fault hits for the `skip`+1-th time. Resolves when the process is gone. */
async function runAndKill(
  simulator: RunningSimulator,
  stateDirectory: string,
  fault: Omit<Fault, "onHit" | "times">,
  skip: number,
): Promise<boolean> {
  const args = ["run", "recover-terraform-state", "--confirm", "my-tf-state", "--incident", "new"];
  const child = spawn(
    process.execPath,
    [LAUNCHER, ...args, ...simulatedConnection(simulator.endpoint, stateDirectory)],
    {
      env: environment({ ...SIMULATED_CREDENTIALS, ...STATE }),
      stdio: "ignore",
    },
  );
  let killed = false;
  const removals: (() => void)[] = [];
  const arm = () => {
    const onHit = () => {
      killed = true;
      child.kill("SIGKILL");
    };
    removals.push(simulator.faults.add({ ...fault, times: 1, onHit }));
  };
  // Calls before the one that is meant are only counted; a fault acts from the call after its making on.
  let counted = 0;
  const onHit = () => {
    if (++counted === skip) arm();
  };
  if (skip === 0) arm();
  else removals.push(simulator.faults.add({ kind: "latency", latencyMs: 0, operation: fault.operation ?? "*", onHit }));
  await new Promise((resolve) => child.once("exit", resolve));
  for (const remove of removals) remove();
  return killed;
}

describe("SIGKILL in the middle of a recovery of the Terraform state", () => {
  const calls = [
    { call: "the lock", operation: "PutItem", skip: 0 },
    { call: "the write", operation: "PutObject", skip: 0 },
    { call: "the digest", operation: "PutItem", skip: 1 },
    { call: "the release", operation: "DeleteItem", skip: 0 },
  ];
  const ways = ["mend", "undo"] as const;
  const kinds = ["drop-before", "drop-after"] as const;
  const cases = calls.flatMap((call) => kinds.flatMap((kind) => ways.map((way) => ({ ...call, kind, way }))));

  it.each(sample(cases, 6))(
    "at $call ($kind): named on resume, and $way leads to a whole state",
    async ({ operation, skip, kind, way }) => {
      const simulator = await account({ scenario: SCENARIO });
      const truth = truthOf(simulator);
      const [damaged = "", good = ""] = [truth.text(0), truth.text(1)];
      const stateDirectory = stateFolder();
      expect(await runAndKill(simulator, stateDirectory, { kind, operation }, skip)).toBe(true);
      const left = {
        isWritten: truth.state()?.serial === 10,
        isHeld: truth.lock() !== undefined,
        isRight: truth.digest() === truth.md5(),
      };

      const [summary] = await listIncidents(stateDirectory);
      const incident = await openedWithState(simulator, stateDirectory, {
        incidentId: summary?.id ?? "",
        reason: "resume",
      });
      const entries = await readRecord(incident.folder);
      expect(verifyChain(entries)).toMatchObject({ ok: true });
      const verdicts = entries.flatMap((entry) => (entry.kind === "step.reconciled" ? [entry.payload] : []));
      expect(verdicts).toHaveLength(1);
      const { verdict, detail = "" } = verdicts[0] ?? {};
      const expected =
        !left.isWritten && !left.isHeld
          ? "did-not-happen"
          : left.isWritten && left.isRight && !left.isHeld
            ? "happened"
            : "in-part";
      expect(verdict, detail).toBe(expected);
      expect(/our lock \(.*\) is still held/.test(detail)).toBe(left.isHeld);
      expect(/its digest is not updated/.test(detail)).toBe(left.isWritten && !left.isRight);
      const notices = incident.store.getState().notices.map(({ text }) => text);
      expect(notices.join()).toMatch(/Was in flight when the last session died: Lock, write serial 10/);

      const { heldOpen } = incident.store.getState();
      expect(heldOpen).toHaveLength(verdict === "did-not-happen" ? 0 : 1);
      if (way === "undo" && heldOpen[0]) {
        const undone = await incident.execute(await incident.prepareUndo(heldOpen[0].runId), BUCKET);
        expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
        const now = withoutSerial(truth.text() ?? "");
        expect(now.rest).toBe(withoutSerial(damaged).rest);
        expect(now.serial).toBe(left.isWritten ? 11 : withoutSerial(damaged).serial);
        if (left.isWritten) expect(truth.digest()).toBe(truth.md5());
        expect([truth.lock(), incident.store.getState().heldOpen]).toEqual([undefined, []]);
      }
      if (way === "mend" && verdict === "in-part" && left.isWritten) {
        const mended = await incident.execute(await incident.prepare("mend-terraform-state", {}), YES);
        expect(mended.status, JSON.stringify(mended.failure)).toBe("done");
      }
      // Whatever came before, the state can be recovered from here, also over a lock of our own.
      if (!truth.isResolved(SCENARIO)) {
        const again = await incident.execute(await incident.prepare("recover-terraform-state", {}), {
          typedName: "my-tf-state",
        });
        expect(again.status, JSON.stringify(again.failure)).toBe("done");
      }
      expect(truth.isResolved(SCENARIO)).toBe(true);
      expect(withoutSerial(truth.text() ?? "").rest).toBe(withoutSerial(good).rest);
    },
    60_000,
  );
});
