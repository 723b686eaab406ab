import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { Recorder } from "../../src/record/contract.ts";
import type { Actor, RecordDraft } from "../../src/record/entries.ts";
import { openRecorder } from "../../src/record/recorder.ts";

export const ACTOR: Actor = {
  osUser: "kim",
  host: "bastion",
  tty: "pts/0",
  callerArn: "arn:aws:sts::111122223333:assumed-role/responder/kim",
};

/** A new folder below the system's temporary one; `remove` takes it away with everything in it. */
export function temporaryFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "mayday-test-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function openTestRecorder(folder: string, clock: Clock = systemClock()): Promise<Recorder> {
  return openRecorder({ folder, incidentId: "2026-11-23-0306-test", clock, actor: () => ACTOR });
}

export const note = (text: string): RecordDraft => ({ kind: "incident.note", payload: { text } });

export const observation = (number: number): RecordDraft => ({
  kind: "observation.logs",
  payload: { logGroup: "/ecs/nessie", change: `change ${number}`, sample: "line" },
});

export const intent = (stepId: string, resource = "service nessie"): RecordDraft => ({
  kind: "step.intent",
  payload: {
    runId: "run-1",
    stepId,
    title: "Scale to 0",
    step: { id: stepId },
    line: "aws ecs update-service",
    resource,
  },
});

/** Waits until `condition` holds, looking every 10 ms; rejects after `withinMs`. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const clock = systemClock();
  const deadlineMs = clock.monotonic() + withinMs;
  while (!(await condition())) {
    if (clock.monotonic() > deadlineMs)
      throw new Error(`the condition did not hold within ${withinMs} ms: ${condition}`);
    await clock.sleep(10);
  }
}
