import { expect, it } from "vitest";
import { manifestOf, timelineOf } from "../../../src/evidence/custody/manifest.ts";
import type { RecordDraft } from "../../../src/record/entries.ts";
import { EntriesBuilder, opened } from "../../record/entries-builder.ts";

const missing = (...drafts: RecordDraft[]) => {
  const builder = new EntriesBuilder().add("2026-11-23T03:00:00Z", opened());
  for (const draft of drafts) builder.add("2026-11-23T03:01:00Z", draft);
  return manifestOf(builder.entries, timelineOf(builder.entries)).missing;
};
const intent = (runId: string, job: string, input: object = {}): RecordDraft => ({
  kind: "step.intent",
  payload: {
    runId,
    stepId: "s",
    title: "Export the logs",
    step: { kind: "job", job, input: { ...input } },
    line: "",
    resource: "",
  },
});
const outcome = (runId: string, status: string, gaps: string[] = []): RecordDraft => ({
  kind: "step.outcome",
  payload: {
    runId,
    stepId: "s",
    title: "Export the logs",
    status,
    requestIds: [],
    startedAtMs: 0,
    endedAtMs: 0,
    ...(gaps.length > 0 ? { missing: gaps } : {}),
  },
});
const reconciled = (runId: string): RecordDraft => ({
  kind: "step.reconciled",
  payload: { runId, stepId: "s", title: "Export the logs", verdict: "cannot-tell", detail: "" },
});
const CUT_OFF = { what: "Export the logs", why: expect.stringMatching(/^its process ended while it was collected/) };

it("names what was in flight when its process ended, until the same is collected whole", () => {
  const cutOff = [intent("1", "export-logs", { group: "a" }), reconciled("1")];
  expect(missing(...cutOff)).toEqual([CUT_OFF]);
  expect(missing(...cutOff, intent("2", "export-logs", { group: "b" }), outcome("2", "done"))).toEqual([CUT_OFF]);
  const again = intent("2", "export-logs", { group: "a" });
  expect(missing(...cutOff, again, outcome("2", "partial", ["logs of a: denied"]))).toEqual([
    CUT_OFF,
    { what: "logs of a", why: "denied" },
  ]);
  expect(missing(...cutOff, again, outcome("2", "done"))).toEqual([]);
});

it("names what is in flight still; a job that collects nothing is no gap", () => {
  expect(missing(intent("1", "export-logs"))).toEqual([
    { what: "Export the logs", why: expect.stringMatching(/^it had been begun and had not ended/) },
  ]);
  expect(missing(intent("1", "seal-bundle"), intent("2", "recover-s3"), reconciled("2"))).toEqual([]);
  expect(missing(intent("1", "export-logs"), outcome("1", "done"))).toEqual([]);
});
