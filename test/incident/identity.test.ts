import { describe, expect, it } from "vitest";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { account, entriesOf, liveState, NESSIE, opened, stateFolder, until } from "./support.ts";

describe("who the responder is", () => {
  it("an identity that could not be told at the start is learned later, and actions work then", async () => {
    const simulator = await account();
    const remove = simulator.faults.add({ kind: "expired", operation: "GetCallerIdentity" });
    const incident = await opened(simulator, stateFolder(), { watch: true });
    expect(incident.store.getState().identity.failure?.kind).toBe("expired");
    await expect(incident.prepare("contain-nessie", {})).rejects.toMatchObject({ detail: { kind: "expired" } });
    remove();
    await until(() => incident.store.getState().identity.accountId === "111122223333");
    expect(incident.store.getState().identity.failure).toBeUndefined();
    const result = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(await entriesOf(incident, "incident.identity")).toHaveLength(1);
  });

  it("another principal of the same account is shown in the plan and accepted with its confirmation", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const responder = simulator.world.principals.responder;
    const plan = await incident.prepare("contain-nessie", {});
    simulator.world.principals.add({ ...responder, arn: `${responder.arn}-renewed` });
    const stopped = await incident.execute(plan, NESSIE);
    expect(stopped).toMatchObject({ status: "refused", failure: { why: expect.stringMatching(/now belong to/) } });
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
    const again = await incident.prepare("contain-nessie", {});
    expect(again.checks).toContainEqual(
      expect.objectContaining({ label: "caller", status: "warn", detail: expect.stringMatching(/-renewed/) }),
    );
    const result = await incident.execute(again, NESSIE);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect((await entriesOf(incident, "incident.identity")).map((entry) => entry.payload.callerArn)).toEqual([
      responder.arn,
      `${responder.arn}-renewed`,
    ]);
  });

  it("another account is refused, and nothing of it is recorded or guarded", async () => {
    const simulator = await account();
    const stateDirectory = stateFolder();
    const first = await opened(simulator, stateDirectory);
    const contained = await first.execute(await first.prepare("contain-nessie", {}), NESSIE);
    expect(contained.status).toBe("done");
    await first.release();
    const wrong = await opened(simulator, stateDirectory, {
      incidentId: first.id,
      reason: "resume",
      watch: true,
      accessKeyId: ACCESS_KEYS.otherAccount,
    });
    expect(wrong.store.getState().identity.failure?.kind).toBe("refused");
    await until(() => wrong.store.getState().services.status === "ok");
    await until(() => wrong.store.getState().heldOpen[0]?.message !== undefined);
    expect(wrong.store.getState().heldOpen[0]).toMatchObject({ guard: "unknown" });
    await expect(wrong.prepareUndo(contained.runId)).rejects.toMatchObject({ detail: { kind: "refused" } });
    const own = (await wrong.recorder.entries()).filter((entry) => entry.writerId === wrong.recorder.writerId);
    expect(own.map((entry) => entry.kind)).toEqual(["session.started"]);
  });
});
