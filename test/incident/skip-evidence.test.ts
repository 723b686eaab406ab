import { describe, expect, it } from "vitest";
import type { JobStep } from "../../src/actions/contract.ts";
import { manifestOf } from "../../src/evidence/custody/manifest.ts";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import { timelineLine } from "../../src/record/timeline.ts";
import { account, entriesOf, liveState, NESSIE, opened, stateFolder } from "./support.ts";

const LOST = /network interfaces of 2 running tasks of nessie/;

describe("evidence before destruction", () => {
  it("is collected by default, and the plan names what would be lost", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const prepared = await incident.prepare("contain-nessie", {});
    expect(prepared.evidence).toMatchObject({ choice: "collect" });
    expect(prepared.evidence?.loses.join("\n")).toMatch(LOST);
    const [first] = prepared.plan.steps as JobStep[];
    expect(first).toMatchObject({ kind: "job", boxMs: 15_000, essential: false });
    expect(first?.evidence?.skip).toBeUndefined();
  });

  it("is skipped only knowingly: plan, record, timeline, manifest and post-mortem say so, and by whom", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const prepared = await incident.prepare("contain-nessie", { evidence: "skip" });
    expect(prepared.plan.parameters).toEqual({ evidence: "skip" });
    const contained = await incident.execute(prepared, NESSIE);
    expect(contained.status, JSON.stringify(contained.failure)).toBe("done");
    expect(await liveState(simulator)).toMatchObject({ desired: 0, min: 0 });
    expect(await entriesOf(incident, "evidence.stored")).toEqual([]);
    const [confirmed] = await entriesOf(incident, "action.confirmed");
    expect(confirmed?.payload.how).toBe("typed nessie, evidence knowingly skipped");
    const skipped = (await entriesOf(incident, "step.outcome")).find(({ payload }) => payload.stepId === "evidence");
    expect(skipped?.payload.status).toBe("skipped");
    const by = confirmed?.payload.by ?? "nobody";
    expect(skipped?.payload.note).toContain(`knowingly skipped by ${by}`);
    expect(skipped?.payload.note).toMatch(LOST);
    expect(skipped && timelineLine(skipped)).toMatchObject({
      tone: "warn",
      text: expect.stringMatching(/: skipped: knowingly skipped by /),
    });
    const entries = await incident.recorder.entries();
    // One thing each: what is lost, and that it was by somebody's decision.
    const { missing } = manifestOf(entries, "");
    expect(missing.length).toBe(prepared.evidence?.loses.length);
    for (const { what, why } of missing) {
      expect(prepared.evidence?.loses).toContain(what);
      expect(why).toBe(`knowingly skipped by ${by}`);
    }
    expect(renderPostmortem(entries)).toMatch(/Collect what stopping the tasks would destroy: skipped\n.*knowingly/);
  });

  it("collecting again is one choice away, and leaves no trace of the skip", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const prepared = await incident.prepare("contain-nessie", {});
    const skipping = incident.chooseEvidence(prepared, "skip");
    expect(skipping.evidence?.choice).toBe("skip");
    expect(incident.chooseEvidence(skipping, "collect")).toEqual(prepared);
  });

  it("another word than collect or skip is refused, and so is the choice where nothing is destroyed", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    await expect(incident.prepare("contain-nessie", { evidence: "no" })).rejects.toThrow(/collect or skip/);
    await expect(incident.prepare("mark-contained", { evidence: "skip" })).rejects.toThrow(/no such parameter/);
  });
});
