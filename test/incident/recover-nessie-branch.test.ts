import { describe, expect, it } from "vitest";
import { catalogOf } from "../../src/sim/scenarios/catalog-corruption-logical.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { commitOnMain, mainOf, nessieIncident } from "./nessie-support.ts";
import { entriesOf, until, YES } from "./support.ts";

const SCENARIO = "catalog-corruption:logical";
const MAIN = { typedName: "main" };
const BAD = "Migrate lakehouse to the staged layout";

describe("recover-nessie-branch", () => {
  it("the diagnosis offers it; main goes back to the commit before the bad one, and undo brings the bad head back", {
    timeout: 60_000,
  }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const { resolved } = scenarioById(SCENARIO);
    const { verdicts } = await incident.diagnosis.run("catalog");
    const [fix] = verdicts[0]?.fixes ?? [];
    if (fix?.kind !== "action") throw new Error("no action is offered first");
    expect(fix.actionId).toBe("recover-nessie-branch");
    const before = await mainOf(simulator);
    const offered = await incident.prepare(fix.actionId, fix.parameters);
    // Without a hash it finds the same commit by itself.
    const prepared = await incident.prepare("recover-nessie-branch", {});
    expect(prepared.plan.parameters).toEqual(offered.plan.parameters);
    expect(prepared.refusedReason).toBeUndefined();
    expect(Object.values(prepared.facts).join("\n")).toMatch(/BAD .*schema-migrator.*deletes lakehouse\.customers/);
    expect(prepared.facts["tables back"]).toContain("lakehouse.customers, lakehouse.orders come back");
    expect(prepared.checks.find(({ label }) => label === "writers")).toMatchObject({ status: "warn" });
    expect(prepared.lines["assign-branch"]).toMatch(/^curl -fsS -X PUT .*trees\/main%40[0-9a-f]{64}\?type=BRANCH/);
    expect((await incident.execute(prepared, YES)).status).toBe("refused");
    const run = await incident.execute(prepared, MAIN);
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    await until(() => resolved.holds(simulator.world));
    expect((await mainOf(simulator)).messages).not.toContain(BAD);
    expect((await incident.diagnosis.run("catalog")).conclusion).toBe("nothing-wrong");

    const undone = await incident.execute(await incident.prepareUndo(run.runId), { typedName: "main" });
    expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
    expect((await mainOf(simulator)).head).toBe(before.head);
    expect(incident.store.getState().heldOpen).toEqual([]);
  });

  it("refuses when somebody committed meanwhile, and undo is refused with the commits that came since", {
    timeout: 60_000,
  }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const late = await incident.prepare("recover-nessie-branch", {});
    await commitOnMain(simulator, "append of a late job");
    const refused = await incident.execute(late, MAIN);
    expect(["refused", "partial"]).toContain(refused.status);
    expect(refused.failure?.why).toContain("no longer as the plan found it");
    expect((await mainOf(simulator)).messages[0]).toBe("append of a late job");

    const prepared = await incident.prepare("recover-nessie-branch", {});
    // A commit that is lost with the bad one is named, before anybody confirms.
    expect(prepared.plan.effects.join("\n")).toMatch(/1 other commit since then is lost.*append of a late job/);
    const run = await incident.execute(prepared, MAIN);
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    await commitOnMain(simulator, "append of a new job");
    const undo = await incident.prepareUndo(run.runId);
    expect(undo.refusedReason).toContain("append of a new job");
    expect((await incident.execute(undo, { ...MAIN, ...YES })).status).toBe("refused");
    expect((await mainOf(simulator)).messages[0]).toBe("append of a new job");
  });

  it("Nessie itself refuses what comes between the last reading and the assignment", { timeout: 60_000 }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const prepared = await incident.prepare("recover-nessie-branch", {});
    const { world } = simulator;
    simulator.faults.add({
      kind: "latency",
      service: "nessie",
      operation: "PUT trees",
      latencyMs: 100,
      times: 1,
      onHit: () => {
        const catalog = catalogOf(world);
        const { hash } = catalog.reference("main");
        const { elements, content } = catalog.entries(hash)[0]!;
        const operations = [{ type: "PUT" as const, key: { elements }, content }];
        const draft = { message: "append of a late job", author: "spark", committer: "spark", operations };
        catalog.commit("main", hash, draft, world.now());
      },
    });
    const run = await incident.execute(prepared, MAIN);
    expect(run.status, JSON.stringify(run.outcomes)).toBe("partial");
    expect(run.failure).toMatchObject({ code: "REFERENCE_CONFLICT", next: expect.stringContaining("has moved") });
    expect((await mainOf(simulator)).messages.slice(0, 2)).toEqual(["append of a late job", BAD]);
  });

  it.each(["drop-before", "drop-after"] as const)(
    "an answer that is lost (%s) is looked for on the branch",
    {
      timeout: 60_000,
    },
    async (kind) => {
      const { simulator, incident } = await nessieIncident(SCENARIO);
      const prepared = await incident.prepare("recover-nessie-branch", {});
      simulator.faults.add({ kind, service: "nessie", operation: "PUT trees", times: 1 });
      const run = await incident.execute(prepared, MAIN);
      const messages = (await mainOf(simulator)).messages;
      if (kind === "drop-after") {
        expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
        expect(messages).not.toContain(BAD);
      } else {
        expect(run.status).toBe("partial");
        expect(messages).toContain(BAD);
        // The tag is there already: only the assignment is left.
        const again = await incident.execute(await incident.prepare("recover-nessie-branch", {}), MAIN);
        expect(again.outcomes.map(({ status }) => status)).toEqual(["already", "done", "done"]);
      }
    },
  );

  it("takes a hash by its first digits, refuses one that the branch has not, and one that is no good", {
    timeout: 60_000,
  }, async () => {
    const { simulator, incident } = await nessieIncident(SCENARIO);
    const { head } = await mainOf(simulator);
    const refusal = async (hash: string) => (await incident.prepare("recover-nessie-branch", { hash })).refusedReason;
    expect(await refusal("0123456789abcdef")).toContain("the branch has no commit 0123456789abcdef");
    expect(await refusal(head)).toContain("it is the head");
    await expect(incident.prepare("recover-nessie-branch", { hash: "main~1" })).rejects.toThrow(/hexadecimal/);
    const proposed = (await incident.prepare("recover-nessie-branch", {})).plan.parameters.hash as string;
    const short = await incident.prepare("recover-nessie-branch", { hash: proposed.slice(0, 10) });
    expect(short.plan.parameters.hash).toBe(proposed);
  });

  it("where nothing is wrong it proposes nothing and shows the history", { timeout: 60_000 }, async () => {
    const { incident } = await nessieIncident("quiet");
    const prepared = await incident.prepare("recover-nessie-branch", {});
    expect(prepared.refusedReason).toContain("no commit of the last day took tables away");
    expect(prepared.facts.history).toMatch(/\d+ (newest )?commits read, 0 bad/);
    expect((await incident.execute(prepared, MAIN)).status).toBe("refused");
    expect(await entriesOf(incident, "step.intent")).toEqual([]);
  });
});
