import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JobContext } from "../../src/actions/jobs.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { USER_KEYS } from "../../src/sim/world/iam/people.ts";
import { account, opened, stateFolder, until } from "./support.ts";

const USER = "ci-uploader";
const TYPED = { typedName: USER, typedAccount: "111122223333" };

/** An incident whose human steps are done at once, and whose shown secrets are taken down. */
async function openedBy(simulator: RunningSimulator, folder: string) {
  const shown: string[] = [];
  const showSecret: JobContext["showSecret"] = async ({ lines }) => {
    shown.push(lines.join("\n"));
  };
  const incident = await opened(simulator, folder, { human: async () => "kim", showSecret });
  return { incident, shown };
}

const keysOf = (simulator: RunningSimulator) =>
  simulator.world.iam.users.get(USER)?.accessKeys.map(({ id, status }) => ({ id, status })) ?? [];

async function run(incident: OpenIncident, actionId: string, parameters: Record<string, string>) {
  const prepared = await incident.prepare(actionId, { user: USER, ...parameters });
  expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
  return { prepared, result: await incident.execute(prepared, TYPED) };
}

/** Everything below a folder, byte for byte. */
function everythingIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

describe("rotating an access key", () => {
  it("hands over a tested second key, deactivates the old one, leaves the secret nowhere, and undo takes it back", async () => {
    const simulator = await account();
    const folder = stateFolder();
    const { incident, shown } = await openedBy(simulator, folder);
    const { prepared, result } = await run(incident, "rotate-access-key", {});
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(prepared.facts[USER_KEYS.uploader]).toMatch(/over 90/);
    const secret = /secret access key: (\S+)/.exec(shown.join("\n"))?.[1] ?? "";
    expect(secret.length).toBeGreaterThan(20);
    const [old, made] = keysOf(simulator);
    expect(old).toEqual({ id: USER_KEYS.uploader, status: "Inactive" });
    expect(made?.status).toBe("Active");
    expect(shown.join("\n")).toContain(made?.id);
    const test = result.outcomes.find(({ stepId }) => stepId === "test");
    expect(test?.output).toMatchObject({ arn: expect.stringContaining(USER) });

    const undone = await incident.execute(await incident.prepareUndo(result.runId), { yes: true, ...TYPED });
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(keysOf(simulator)).toEqual([{ id: USER_KEYS.uploader, status: "Active" }]);
    expect(JSON.stringify([incident.store.getState(), result, undone])).not.toContain(secret);
    await incident.close("handover");
    expect(everythingIn(folder)).toContain(made?.id);
    expect(everythingIn(folder)).not.toContain(secret);
  }, 60_000);

  it("writes it to a new private file, and not over one that is there", async () => {
    const simulator = await account();
    const folder = stateFolder();
    const { incident, shown } = await openedBy(simulator, stateFolder());
    const file = join(folder, "ci-uploader.ini");
    const { result } = await run(incident, "rotate-access-key", { file });
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(shown).toEqual([]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toMatch(
      /^\[ci-uploader\]\naws_access_key_id = AKIA\w+\naws_secret_access_key = \S+\n$/,
    );
    await expect(incident.prepare("rotate-access-key", { user: USER, file })).rejects.toThrow(/exists already/);
    await expect(incident.prepare("rotate-access-key", { user: USER, file: "key.ini" })).rejects.toThrow(/absolute/);
    await expect(incident.prepare("rotate-access-key", { user: USER, file: "/none/key" })).rejects.toThrow(/folder/);
  }, 60_000);

  it("does not make a third key, and says which to retire", async () => {
    const simulator = await account();
    const { incident } = await openedBy(simulator, stateFolder());
    await run(incident, "rotate-access-key", {});
    const soaking = await incident.prepare("delete-access-key", { user: USER, key: USER_KEYS.uploader });
    expect(soaking.checks.find(({ label }) => label === "inactive since")).toMatchObject({
      status: "warn",
      detail: expect.stringMatching(/^0\.\d hours: less than a day/),
    });
    const third = await incident.prepare("rotate-access-key", { user: USER });
    expect(third.refusedReason).toMatch(
      new RegExp(`retire ${USER_KEYS.uploader} first \\(it is inactive: delete it\\)`),
    );
    await expect(incident.prepare("rotate-access-key", { user: USER, key: "AKIANONE" })).rejects.toThrow(/no such key/);
    await expect(incident.prepare("rotate-access-key", { user: "nobody" })).rejects.toMatchObject({
      kind: "not-found",
    });
  }, 60_000);

  it("stops where the responder cannot update the consumers: the old key stays as it is", async () => {
    const simulator = await account();
    const human = async () => {
      throw new Error("not today");
    };
    const incident = await opened(simulator, stateFolder(), { human, showSecret: async () => undefined });
    const { result } = await run(incident, "rotate-access-key", {});
    expect(result.status).toBe("partial");
    expect(keysOf(simulator)[0]).toEqual({ id: USER_KEYS.uploader, status: "Active" });
  }, 60_000);
});

describe("deactivating and deleting", () => {
  it("deactivation is held open, guarded and undone; an active key is not deleted", async () => {
    const simulator = await account();
    const { incident } = await openedBy(simulator, stateFolder());
    const key = USER_KEYS.uploader;
    expect((await incident.prepare("delete-access-key", { user: USER, key })).refusedReason).toMatch(/it is active/);
    const { result } = await run(incident, "deactivate-access-key", { key });
    expect(result.status).toBe("done");
    expect(incident.store.getState().heldOpen).toMatchObject([{ badge: `key ..${key.slice(-4)} off` }]);
    // Somebody needs it after all, between the plan and its run: it is active, and stays.
    const deletion = await incident.prepare("delete-access-key", { user: USER, key });
    expect(deletion.refusedReason).toBeUndefined();
    const [kept] = simulator.world.iam.users.get(USER)?.accessKeys ?? [];
    kept!.status = "Active";
    expect((await incident.execute(deletion, TYPED)).status).toBe("refused");
    expect(keysOf(simulator)).toEqual([{ id: key, status: "Active" }]);
    kept!.status = "Inactive";
    const undo = await incident.prepareUndo(result.runId);
    expect((await incident.execute(undo, { yes: true })).status).toBe("done");
    expect(keysOf(simulator)).toEqual([{ id: key, status: "Active" }]);
  }, 60_000);

  it("ages are shown for all users, and the old ones flagged", async () => {
    const { incident } = await openedBy(await account(), stateFolder());
    const prepared = await incident.prepare("audit-access-keys", {});
    expect(prepared.checks[0]).toMatchObject({ status: "warn", detail: expect.stringContaining(USER_KEYS.breakGlass) });
    expect(Object.keys(prepared.facts)).toContain(`${USER} ${USER_KEYS.uploader}`);
  });
});

describe("a leaked key", () => {
  it("is contained first, replaced, and both compromised keys are deleted: the scenario is resolved", async () => {
    const simulator = await account({ scenario: "leaked-key", speed: 120 });
    const scenario = scenarioById("leaked-key");
    const { incident } = await openedBy(simulator, stateFolder());
    const leaked = USER_KEYS.uploader;
    const prepared = await incident.prepare("rotate-access-key", { user: USER, compromised: "yes" });
    expect(JSON.stringify(prepared.facts)).toMatch(/203\.0\.113\.77.*REFUSED/);
    const planted = keysOf(simulator).find(({ id }) => id !== leaked)?.id ?? "";
    expect(prepared.plan.steps.map(({ id }) => id).slice(0, 3)).toEqual(["deactivate-1", "deactivate-2", "delete"]);
    expect(incident.checkConfirmation(prepared.plan, { typedName: USER })).toBeDefined();
    const result = await incident.execute(prepared, TYPED);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(scenario.contained.holds(simulator.world)).toBe(true);
    expect(keysOf(simulator).map(({ id }) => id)).not.toContain(planted);
    // The undo lets the intruder in again: it says so, asks for more than y, and does not try what is deleted.
    const { plan } = await incident.prepareUndo(result.runId);
    expect(plan).toMatchObject({ tier: "name-and-account", steps: [{ id: "delete-new" }, { id: "reactivate-1" }] });
    expect(plan.effects.join()).toContain(`${leaked}, which is COMPROMISED, works again`);
    const { result: deleted } = await run(incident, "delete-access-key", { key: leaked });
    expect(deleted.status, JSON.stringify(deleted.failure)).toBe("done");
    // Neither the rotation nor the deactivation can be taken back any more: nothing is offered that would fail.
    expect(incident.store.getState().heldOpen).toEqual([]);
    await until(() => scenario.resolved.holds(simulator.world));
  }, 60_000);
});
