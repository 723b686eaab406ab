import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import { writePostmortem } from "../../src/postmortem/write.ts";
import { verifyChain } from "../../src/record/chain.ts";
import type { RecordDraft, RecordEntry } from "../../src/record/entries.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";
import { note, temporaryFolder } from "../record/support.ts";
import { afterLeaving, containedIncident } from "./incident.ts";

const AT = "2026-11-23T23:47:00Z";
const render = (...drafts: RecordDraft[]) => {
  const builder = new EntriesBuilder().add("2026-11-23T23:46:00Z", opened());
  for (const draft of drafts) builder.add(AT, draft);
  return renderPostmortem(builder.entries);
};
const closed: RecordDraft = { kind: "incident.closed", payload: { mode: "resolved", heldOpen: [] } };

describe("the post-mortem", () => {
  it("of a whole incident reads as its golden file", async () => {
    await expect(renderPostmortem(containedIncident())).toMatchFileSnapshot("./golden/contained.md");
  });

  it("has the runbook's headings word for word, in order", () => {
    const headings = containedMarkdown()
      .split("\n")
      .filter((line) => /^(##|\*\*)/.test(line));
    expect(headings.slice(0, 12)).toEqual([
      "## Incident: Nessie unreachable",
      "**Date**: 2026-11-23",
      "**Duration**: 01:00",
      "**Severity**: P2 (highest: P1)",
      "**On-call**: Kim Doe",
      "### Timeline",
      "**2026-11-24**",
      "### Root Cause",
      "### Impact",
      "### Resolution",
      "### Action Items",
      "## Annexes",
    ]);
  });

  it("keeps judgements for people", () => {
    const markdown = containedMarkdown();
    expect(markdown).toContain("- Users affected: _[To be completed by a human: count/scope]_");
    expect(markdown).toContain("- Data affected: _[To be completed by a human: tables/rows]_");
    expect(markdown).toContain("_[To be completed by a human: description of the root cause]_");
    expect(markdown).toContain("- [ ] [Preventive measure] — Owner: [Name] — Due: [Date]");
  });

  it("is the same when the cockpit has noted its leaving, and when entries were read in another process", () => {
    const entries = containedIncident();
    const markdown = renderPostmortem(entries);
    expect(renderPostmortem(afterLeaving(entries))).toBe(markdown);
    expect(renderPostmortem(JSON.parse(JSON.stringify(entries)) as RecordEntry[])).toBe(markdown);
  });

  it("tells what was done after the closing", () => {
    const undone: RecordDraft = {
      kind: "action.finished",
      payload: { runId: "run-9", actionId: "undo", title: "Undo headless", status: "done", undo: null },
    };
    expect(render(closed, undone)).toContain("Undo headless");
  });

  it("is a draft until the incident is closed, and says when it is simulated", () => {
    expect(render(note("x"))).toContain("**DRAFT**");
    expect(render(note("x"), closed)).not.toContain("DRAFT");
    const builder = new EntriesBuilder().add(AT, opened({ simulated: true })).add(AT, closed);
    expect(renderPostmortem(builder.entries).split("\n")[0]).toContain("SIMULATED INCIDENT");
    expect(renderPostmortem(builder.entries, { draft: true })).toContain("**DRAFT**");
    expect(render({ kind: "incident.closed", payload: { mode: "suspended", heldOpen: [] } })).toContain(
      "**STILL OPEN**",
    );
  });

  it("tells when the first containment was in place, where nobody declared it contained", () => {
    const undeclared = containedIncident().filter(({ kind }) => kind !== "incident.contained");
    const [line] = renderPostmortem(undeclared)
      .split("\n")
      .filter((one) => one.startsWith("- Time to contain"));
    expect(line).toBe(
      "- Time to contain: not declared; the first containment was in place after 00:10:10 (2026-11-23 23:54:40, Contain nessie: scale lakehouse-prod-nessie/lakehouse-prod-nessie to 0)",
    );
    expect(render(closed)).toContain("- Time to contain: not recorded");
  });

  it("condenses many similar observations into one line", () => {
    const stops = Array.from(
      { length: 40 },
      (_, index): RecordDraft => ({
        kind: "observation.task-stopped",
        payload: {
          service: "nessie",
          task: `t${index}`,
          stoppedAtMs: Date.parse(AT) + index * 30_000,
          exitCode: 137,
          stopCode: "",
          reason: "",
          containerReason: "OutOfMemoryError",
        },
      }),
    );
    const lines = render(...stops)
      .split("\n")
      .filter((line) => line.includes("stopped, exit code 137"));
    expect(lines).toEqual(["- 23:47 — nessie: 40 tasks stopped, exit code 137: OutOfMemoryError (until 00:06)"]);
  });

  it("flags a silence, and tells whether the recorder was running", () => {
    const builder = new EntriesBuilder()
      .add("2026-11-23T23:46:00Z", opened())
      .add("2026-11-23T23:55:00Z", { kind: "state.snapshot", payload: { slices: {} } });
    builder.add("2026-11-24T00:30:00Z", note("later")).add("2026-11-24T01:30:00Z", note("much later"));
    const markdown = renderPostmortem(builder.entries);
    expect(markdown).toContain("(44m): the recorder was running and saw nothing new");
    expect(markdown).toContain("(60m): nothing at all was recorded");
  });

  it("says when the chain is broken", () => {
    const entries = containedIncident();
    entries[3] = { ...entries[3]!, at: "2026-11-23T20:00:00.000Z" };
    expect(verifyChain(entries).ok).toBe(false);
    expect(renderPostmortem(entries)).toContain("**Hash chain: broken at entry 4");
  });
});

describe("who was told", () => {
  const at = (time: string) => `2026-11-24T${time}Z`;
  const message = (status: "sent" | "failed", time: string): [string, RecordDraft] => [
    at(time),
    {
      kind: "communication.message",
      payload: {
        about: "status-update",
        status,
        text: "still down",
        to: status === "sent" ? ["Slack #incidents"] : [],
        failures: status === "sent" ? [] : [{ to: "Slack #incidents", why: "no answer" }],
        by: "Kim Doe",
      },
    },
  ];

  it("stands below the template: updates on time n of m, every message, every escalation with how it was answered", () => {
    const builder = new EntriesBuilder().add(at("00:00:00"), opened({ declared: at("00:00:00") }));
    const add = (time: string, draft: RecordDraft) => builder.add(at(time), draft);
    add("00:20:00", { kind: "incident.acknowledged", payload: { by: "Kim Doe", atMs: Date.parse(at("00:20:00")) } });
    for (const [time, draft] of [
      message("sent", "00:31:00"),
      message("failed", "00:50:00"),
      message("sent", "01:10:00"),
    ])
      builder.add(time, draft);
    add("01:00:00", {
      kind: "escalation.proposed",
      payload: { threshold: "L2", level: "L2", why: "", dueAtMs: 0, text: "Please join" },
    });
    add("01:02:00", {
      kind: "escalation.declined",
      payload: { threshold: "L2", level: "L2", by: "Kim Doe", reason: "a fix rolls out" },
    });
    add("01:30:00", {
      kind: "incident.flag",
      payload: { flag: "data-breach", raised: true, reason: "public bucket", by: "Kim Doe" },
    });
    add("01:40:00", {
      kind: "escalation.done",
      payload: { threshold: "L3-data-breach", level: "L3", by: "Kim Doe", how: "phoned Pat" },
    });
    add("02:00:00", {
      kind: "incident.resolved",
      payload: { by: "Kim Doe", atMs: Date.parse(at("02:00:00")), resolution: "memory" },
    });
    const markdown = renderPostmortem(builder.entries);
    for (const line of [
      "- Status updates on time: 1 of 3 (1 late, 1 missed; every 30 minutes, 5 minutes of grace)",
      "- 2026-11-24 00:31:00 status update sent to Slack #incidents by Kim Doe: still down",
      "- 2026-11-24 00:50:00 status update failed, not to Slack #incidents (no answer) by Kim Doe: still down",
      "- L1 on-call engineer, due 2026-11-24 00:15:00 (nobody acknowledged within 15 minutes): done 2026-11-24 00:20:00 by Kim Doe: acknowledged, **late** by 00:05:00",
      "- L2 platform team lead, due 2026-11-24 01:00:00 (not resolved within 1 hour), proposed 2026-11-24 01:00:00: declined 2026-11-24 01:02:00 by Kim Doe: a fix rolls out",
      "- L3 engineering director and security, due 2026-11-24 01:30:00 (data breach): done 2026-11-24 01:40:00 by Kim Doe: phoned Pat, **late** by 00:10:00",
      "- 2026-11-24 01:30:00 data breach flagged by Kim Doe: public bucket",
    ])
      expect(markdown).toContain(`${line}\n`);
  });
});

describe("hostile text", () => {
  it.each([
    ["a heading", "\n## Incident: forged\n"],
    ["HTML", "<img src=x onerror=alert(1)><script>"],
    ["a link", "[click](http://evil.example) <http://evil.example> http://evil.example"],
    ["a code fence", "```\nx\n```"],
    ["terminal control", "\u001b[31mred\u001b]0;title\u0007"],
  ])("%s stays text", (_, text) => {
    const markdown = render(note(text), closed);
    expect(markdown.match(/^## Incident:/gm)).toHaveLength(1);
    expect(markdown).not.toMatch(/(?<!\\)<\w/);
    expect(markdown).not.toMatch(/(?<!\\)\]\(/);
    expect(markdown).not.toContain("http://");
    expect(markdown).not.toMatch(/^```/m);
    expect(markdown).not.toContain("\u001b");
  });

  it("in a command cannot leave its code span", () => {
    const markdown = render(
      {
        kind: "step.intent",
        payload: { runId: "r", stepId: "s", title: "t", step: {}, line: "aws `x` ``y`` <b>", resource: "" },
      },
      closed,
    );
    expect(markdown).toContain("    - ```aws `x` ``y`` <b>```");
  });

  it("of any kind never breaks the document: same bytes, same lines, no throw", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 });
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const drafts: RecordDraft[] = [
          { kind: "incident.title", payload: { title: a, previous: b } },
          note(b),
          { kind: "observation.alarm", payload: { alarm: a, from: b, to: c, atMs: Date.parse(AT), reason: a } },
          { kind: "observation.source", payload: { source: a, status: b, detail: c } },
          { kind: "step.intent", payload: { runId: a, stepId: b, title: c, step: {}, line: a, resource: b } },
          {
            kind: "step.outcome",
            payload: {
              runId: a,
              stepId: b,
              title: c,
              status: b,
              requestIds: [c],
              startedAtMs: 0,
              endedAtMs: 1,
              before: { [a]: b },
              after: { [a]: c },
            },
          },
          { kind: "incident.flag", payload: { flag: "data-breach", raised: true, reason: a, by: b } },
          { kind: "escalation.done", payload: { threshold: "L2", level: "L2", by: a, how: b } },
          {
            kind: "communication.message",
            payload: {
              about: "status-update",
              status: "sent",
              text: a,
              to: [b],
              failures: [{ to: c, why: a }],
              by: b,
            },
          },
          { kind: "communication.channel", payload: { name: a, id: b, by: c } },
          closed,
        ];
        const markdown = render(...drafts);
        expect(render(...drafts)).toBe(markdown);
        expect(markdown.match(/^## /gm)).toHaveLength(2);
        expect(markdown.match(/^### /gm)).toHaveLength(19);
      }),
      { numRuns: 200 },
    );
  });

  it("an empty record gives a document too", () => {
    expect(renderPostmortem([])).toContain("## Incident: _[To be completed by a human: title]_");
  });
});

describe("writePostmortem", () => {
  let place: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    place = temporaryFolder();
  });
  afterEach(() => place.remove());

  it("writes document and timeline privately, whole, and the same again", async () => {
    const entries = containedIncident();
    const first = await writePostmortem(place.folder, entries);
    const second = await writePostmortem(place.folder, afterLeaving(entries));
    expect(second).toEqual(first);
    expect(first.throughSeq).toBe(entries.length);
    expect(readFileSync(first.path, "utf8")).toBe(first.markdown);
    const read = readFileSync(first.timelinePath, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as RecordEntry);
    expect(verifyChain(read)).toMatchObject({ ok: true, entries: entries.length });
    for (const path of [first.path, first.timelinePath]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(place.folder).sort()).toEqual(["postmortem.md", "timeline.jsonl"]);
  });

  it("leaves nothing half-written behind when it fails", async () => {
    mkdirSync(join(place.folder, "postmortem.md"));
    await expect(writePostmortem(place.folder, containedIncident())).rejects.toThrow();
    expect(readdirSync(place.folder)).toEqual(["postmortem.md"]);
  });
});

function containedMarkdown(): string {
  return renderPostmortem(containedIncident());
}
