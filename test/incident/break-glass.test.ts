import {
  chownSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isBreakGlass } from "../../src/actions/break-glass/principal.ts";
import { answerOf } from "../../src/actions/break-glass/second-answer.ts";
import type { JobContext } from "../../src/actions/jobs.ts";
import { answerBox, closeBox, openBox, readAnswers, readRequest } from "../../src/base/drop-box.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { renderPostmortem } from "../../src/postmortem/render.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { BREAK_GLASS_MFA_SEED, USER_KEYS } from "../../src/sim/world/iam/people.ts";
import { oneTimeCode } from "../../src/sim/world/iam/totp.ts";
import { bannersOf } from "../support/banners.ts";
import { account, clockOf, entriesOf, layerOf, opened, stateFolder, until } from "./support.ts";

const USER = "break-glass";
const OTHER_UID = 4242;
const SECRET = "what-lies-in-the-safe-0123456789abcdef";
let box = "";

beforeEach(() => {
  box = mkdtempSync(join(tmpdir(), "mayday-boxes-"));
  vi.stubEnv("MAYDAY_CONFIRM_DIRECTORY", box);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(box, { recursive: true, force: true });
});

/**
 * Answers as another user of this host would. Only root may give a file away; everybody else is made to look like somebody else to the
 * requester, whose own uid is what the answer's owner is compared with.
 */
async function answerAsAnother(id: string, content: Record<string, string | boolean>): Promise<void> {
  await answerBox(id, { requestId: id, user: "alex", ...content });
  if (process.getuid?.() === 0) chownSync(join(box, `mayday-confirm-${id}`, "0.json"), OTHER_UID, OTHER_UID);
  else vi.spyOn(process, "getuid").mockReturnValue(OTHER_UID);
}

const openBoxes = () => readdirSync(box).map((name) => name.replace("mayday-confirm-", ""));

async function prepared(simulator: RunningSimulator, ask: JobContext["ask"], folder = stateFolder()) {
  const aws = await layerOf(simulator);
  const acting = vi.spyOn(aws, "actAs");
  const deployment = {
    ...deploymentByNamingRule("lakehouse", "prod", "nessie", simulator.region),
    breakGlass: { user: simulator.world.names.breakGlassUser },
  };
  const incident = await opened(simulator, folder, { deployment, ask, aws });
  const parameters = { reason: "role responder was deleted", scope: "create the role again", second: "Alex Doe" };
  /** The secrets of the sessions that were begun. */
  const sessions = () =>
    acting.mock.calls.flatMap(([session]) => (session ? [session.secretAccessKey, session.sessionToken] : []));
  return { incident, sessions, begun: await incident.prepare("begin-break-glass", parameters) };
}

/** Types the key of the break-glass user and a code of its device, as the two people do: a wrong one first. */
const typing =
  (simulator: RunningSimulator, asked: string[] = []): JobContext["ask"] =>
  async (label) => {
    asked.push(label);
    if (/key id/.test(label)) return USER_KEYS.breakGlass;
    if (/secret/.test(label)) return SECRET;
    if (!/Once more/.test(label)) return "000000";
    return oneTimeCode(Buffer.from(BREAK_GLASS_MFA_SEED, "ascii"), clockOf(simulator).now());
  };

describe("break-glass", () => {
  it("needs a second person from another login, acts in a session that is only in memory, and ends with what is asked for", async () => {
    const simulator = await account({ speed: 1 });
    const folder = stateFolder();
    const asked: string[] = [];
    const { incident, begun, sessions } = await prepared(simulator, typing(simulator, asked), folder);
    expect(begun.checks.find(({ label }) => label === "MFA")?.status).toBe("pass");
    expect(begun.checks.find(({ label }) => label === "access key")?.detail).toMatch(/over 90/);
    expect(incident.checkConfirmation(begun.plan, { yes: true })).toBeDefined();
    const running = incident.execute(begun, { typedName: simulator.world.names.breakGlassUser });
    await until(() => openBoxes().length === 1);
    const [id = ""] = openBoxes();
    expect((await readRequest(id)).content).toMatchObject({ reason: "role responder was deleted", second: "Alex Doe" });
    expect(asked).toEqual([]);
    await answerAsAnother(id, { confirmed: true });
    const result = await running;
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(openBoxes()).toEqual([]);
    expect(await entriesOf(incident, "break-glass.confirmed")).toMatchObject([{ payload: { by: "alex" } }]);
    expect(incident.store.getState().incident.breakGlass).toMatchObject({ inUse: true });
    // A slip costs nobody the second person's word: only the code is asked for again.
    expect(asked.map((label) => label.replace(/^.*try/, "try"))).toEqual([
      "Access key id of the break-glass user",
      "Its secret access key",
      expect.stringMatching(/^Code of MFA device/),
      expect.stringMatching(/^try 2 of 3\. Code of MFA device/),
    ]);
    expect(bannersOf(incident.store.getState())).toMatch(
      /^BREAK-GLASS until \d\d:\d\d: every call is made as break-glass; z ends it \(.*alex\)$/,
    );
    expect(incident.store.getState().heldOpen).toMatchObject([{ badge: "BREAK-GLASS" }]);

    // Every call is the emergency user's, as was confirmed: nothing asks for that again.
    expect(incident.store.getState().identity).toMatchObject({ caller: USER, isBreakGlass: true });
    const action = await incident.prepare("contain-nessie", {});
    expect(action.checks.find(({ label }) => label === "caller")).toBeUndefined();
    expect((await incident.execute(action, { typedName: "nessie" })).status).toBe("done");

    // Also a session that has run out can be ended.
    const lives = simulator.faults.add({ kind: "expired", service: "sts" });
    const undo = await incident.prepareUndo(result.runId);
    expect(bannersOf(incident.store.getState())).toMatch(/^BREAK-GLASS session has run out[^\n]*$/);
    lives();
    const ended = await incident.execute(undo, { yes: true, typedName: undo.plan.resourceName });
    expect(["done", "unverified", "partial"], JSON.stringify(ended)).toContain(ended.status);
    expect(incident.store.getState().incident.breakGlass).toMatchObject({ inUse: false });
    expect(incident.store.getState().identity).toMatchObject({ caller: "responder/on-call", isBreakGlass: false });
    expect(bannersOf(incident.store.getState())).toBe("");
    const stored = await entriesOf(incident, "evidence.stored");
    expect(stored.some(({ payload }) => payload.path.includes(`break-glass-${id}`))).toBe(true);

    expect(incident.store.getState().incident.breakGlass?.draft).toMatch(
      /Why: role responder was deleted\n[\s\S]*Actions:\n- \d\d:\d\d:\d\d UTC Contain Nessie: scale \S+ to 0: done$/,
    );
    const steps = () =>
      incident.store.getState().incident.breakGlass?.steps.map(({ doneAtMs }) => doneAtMs !== undefined);
    expect(steps()).toEqual([true, true, true, false, false, false]);
    const say = async (actionId: string, parameters: Record<string, string>) =>
      incident.execute(await incident.prepare(actionId, parameters), {});
    await say("break-glass-documented", { where: "#inc-2026-11-25-roles" });
    await say("break-glass-review", { reviewer: "Robin Roe" });
    expect(steps()).toEqual([true, true, true, true, false, true]);

    const text = renderPostmortem(await incident.recorder.entries());
    expect(text).toMatch(/### Break-Glass Access[\s\S]*role responder was deleted[\s\S]*alex \(uid \d+\) confirmed/);
    expect(text).toMatch(/Contain Nessie: scale \S+ to 0: done/);
    expect(text).toMatch(/Reviewer: Robin Roe/);
    expect(text).toMatch(/- \[ \] Break-glass: Rotate the break-glass credentials/);
    await incident.close("handover");
    const bytes = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
      .join("\n");
    expect(sessions()).toHaveLength(2);
    for (const secret of [SECRET, ...sessions()]) expect(bytes).not.toContain(secret);
    expect(JSON.stringify([incident.store.getState(), result, ended])).not.toContain(SECRET);
  }, 90_000);

  it("does not begin when the second person declines, and takes no answer from the requester's own login", async () => {
    const simulator = await account({ speed: 1 });
    const { incident, begun } = await prepared(simulator, async () => "never asked");
    const running = incident.execute(begun, { typedName: simulator.world.names.breakGlassUser });
    await until(() => openBoxes().length === 1);
    const [id = ""] = openBoxes();
    await answerAsAnother(id, { confirmed: false, why: "use the platform role" });
    const result = await running;
    expect(result.failure?.why).toMatch(/alex \(uid \d+\) declined: use the platform role/);
    expect(incident.store.getState().incident.breakGlass).toMatchObject({ inUse: false });
    expect(await entriesOf(incident, "break-glass.confirmed")).toEqual([]);
    // What was never in use asks for nothing.
    const text = renderPostmortem(await incident.recorder.entries());
    expect(text).toMatch(
      /- Asked for, and never in use: .*because role responder was deleted\. .*Alex Doe did not confirm/,
    );
    expect(text).not.toMatch(/Rotate the break-glass|name of the reviewer/);
  }, 60_000);

  it("does not begin as somebody else than the break-glass user", async () => {
    const simulator = await account({ speed: 1 });
    const ask: JobContext["ask"] = async (label) => (/key id/.test(label) ? USER_KEYS.uploader : "123456");
    const { incident, begun } = await prepared(simulator, ask);
    const running = incident.execute(begun, { typedName: simulator.world.names.breakGlassUser });
    await until(() => openBoxes().length === 1);
    await answerAsAnother(openBoxes()[0] ?? "", { confirmed: true });
    expect((await running).status).toBe("partial");
    expect(incident.store.getState().incident.breakGlass).toMatchObject({ inUse: false });
  }, 60_000);

  it("prerequisites are told without being asked to use it", async () => {
    const simulator = await account();
    const { incident } = await prepared(simulator, async () => "");
    const check = await incident.prepare("check-break-glass", {});
    expect(Object.fromEntries(check.checks.map(({ label, status }) => [label, status]))).toEqual({
      AdministratorAccess: "pass",
      MFA: "pass",
      "console password": "pass",
      "access key": "warn",
      logged: "pass",
    });

    // What a group grants counts as much as what is attached to the user.
    const { iam, names } = simulator.world;
    const user = iam.users.get(names.breakGlassUser)!;
    const administrator = [...user.attached];
    user.attached.clear();
    const access = async () => (await incident.prepare("check-break-glass", {})).checks[0];
    expect(await access()).toMatchObject({ status: "warn", detail: /not attached to the user: / });
    user.groups.push(iam.addGroup("people", { createdAtMs: 0 }));
    expect((await access())?.detail).toMatch(/not attached to the user, nor to its groups people: /);
    user.groups.push(iam.addGroup("rescue", { createdAtMs: 0, attached: administrator }));
    expect(await access()).toMatchObject({ status: "pass", detail: "by its group rescue" });
  });
});

describe("an answer of the second person", () => {
  const yes = { requestId: "aaaa-bbbb", confirmed: true, user: "alex" };
  it.each([
    ["of another login", 1001, yes, "confirmed"],
    ["of the requester", 1000, yes, "passed-over"],
    ["of root", 0, yes, "passed-over"],
    ["to another request", 1001, { ...yes, requestId: "cccc-dddd" }, "passed-over"],
    ["that says no", 1001, { ...yes, confirmed: false }, "declined"],
    ["that says something else", 1001, { ...yes, confirmed: "yes" }, "declined"],
  ])("%s", (_what, uid, content, verdict) => expect(answerOf(uid, content, "aaaa-bbbb", 1000).verdict).toBe(verdict));
});

describe("the box", () => {
  it("is found by its code only, answered once, and gone when it is closed", async () => {
    await openBox("aaaa-bbbb", { reason: "r" });
    expect((await readRequest("aaaa-bbbb")).content).toEqual({ reason: "r" });
    await answerBox("aaaa-bbbb", { confirmed: true });
    await expect(answerBox("aaaa-bbbb", { confirmed: true })).rejects.toThrow(/answered it already/);
    expect(await readAnswers("aaaa-bbbb")).toEqual([{ uid: process.getuid?.(), content: { confirmed: true } }]);
    // What others of the host throw in ends nobody's request.
    const inBox = (name: string) => join(box, "mayday-confirm-aaaa-bbbb", name);
    symlinkSync("nowhere", inBox("1001.json"));
    // A file of somebody who never put it there, under another name: neither kind of link counts.
    const elsewhere = (name: string) => {
      writeFileSync(join(box, name), JSON.stringify({ requestId: "aaaa-bbbb", confirmed: true }));
      return join(box, name);
    };
    symlinkSync(elsewhere("one.json"), inBox("1002.json"));
    linkSync(elsewhere("other.json"), inBox("1003.json"));
    expect(await readAnswers("aaaa-bbbb")).toHaveLength(1);
    await closeBox("aaaa-bbbb");
    await expect(readRequest("aaaa-bbbb")).rejects.toThrow(/no such request/);
    await expect(readRequest("../etc")).rejects.toThrow(/no code/);
  });
});

describe("whether a caller is the break-glass principal", () => {
  const breakGlass = { user: "arn:aws:iam::111122223333:user/break-glass", role: "emergency" };
  it.each([
    ["arn:aws:iam::111122223333:user/break-glass", true],
    ["arn:aws:iam::111122223333:user/safe/break-glass", true],
    ["arn:aws:sts::111122223333:assumed-role/emergency/kim", true],
    ["arn:aws:sts::111122223333:assumed-role/responder/break-glass", false],
    ["arn:aws:iam::111122223333:user/kim", false],
  ])("%s: %s", (arn, expected) => expect(isBreakGlass(arn, { breakGlass })).toBe(expected));
  it("none is configured", () => expect(isBreakGlass("arn:aws:iam::1:user/break-glass", {})).toBe(false));
});
