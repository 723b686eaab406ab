import { describe, expect, it } from "vitest";
import { breakGlassProcedure, breakGlassUses, decisiveUse } from "../../src/record/break-glass.ts";
import type { RecordDraft } from "../../src/record/entries.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";

const principal = "arn:aws:iam::111122223333:user/break-glass";
const asked = (requestId: string): RecordDraft => ({
  kind: "break-glass.requested",
  payload: { requestId, principal, by: "kim", reason: "roles are gone", scope: "make one", second: "Alex Doe" },
});
const used = (requestId: string): RecordDraft => ({
  kind: "break-glass.opened",
  payload: { requestId, principal, expiresAtMs: 1 },
});
const reviewed: RecordDraft = { kind: "break-glass.review", payload: { by: "kim", reviewer: "Robin Roe" } };
const rotation = (runId: string, undoes?: string): RecordDraft => ({
  kind: "action.finished",
  payload: {
    runId,
    actionId: "rotate-access-key",
    title: `${undoes ? "Undo: " : ""}Rotate the access key of break-glass`,
    status: "done",
    undo: null,
    ...(undoes ? { undoes } : {}),
  },
});

/** Which of the runbook's six steps of the decisive use are done. */
function done(...drafts: RecordDraft[]): number[] {
  const builder = new EntriesBuilder().add("2026-11-23T23:46:00Z", opened());
  for (const draft of drafts) builder.add("2026-11-23T23:50:00Z", draft);
  const use = decisiveUse(breakGlassUses(builder.entries));
  return use
    ? breakGlassProcedure(use).flatMap(({ doneAtMs }, index) => (doneAtMs === undefined ? [] : [index + 1]))
    : [];
}

describe("what a use of break-glass still asks for", () => {
  it.each<[string, RecordDraft[], number[]]>([
    ["nothing was asked for", [reviewed], []],
    ["it was asked for", [asked("a")], []],
    ["it is in use", [asked("a"), used("a")], [2]],
    ["its key was rotated", [asked("a"), used("a"), rotation("r")], [2, 5]],
    ["the rotation was undone", [asked("a"), used("a"), rotation("r"), rotation("u", "r")], [2]],
    [
      "another one was asked for and came to nothing",
      [asked("a"), used("a"), asked("b"), rotation("r"), reviewed],
      [2, 5, 6],
    ],
  ])("%s", (_what, drafts, expected) => expect(done(...drafts)).toEqual(expected));
});
