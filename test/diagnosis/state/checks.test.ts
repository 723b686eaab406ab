import { describe, expect, test } from "vitest";
import { digestCheck, goodVersion, lockCheck, versionsCheck } from "../../../src/diagnosis/state/checks.ts";
import { describeState, type StateLock, type StateVersion } from "../../../src/diagnosis/state/state-facts.ts";
import { ago, known, said, scope } from "../facts.ts";

const version = (
  serial: number,
  resources: number,
  lineage = "aaaa",
  change: Partial<StateVersion> = {},
): StateVersion => ({
  versionId: `v${serial}${lineage}`,
  atMs: ago(10_000 - serial),
  bytes: 10,
  md5: `md5-${serial}-${lineage}`,
  summary: { serial, lineage, terraformVersion: "1.9.8", resources },
  ...change,
});
const state = (...versions: StateVersion[]) => ({ bucket: "b", key: "k", versions, deleted: false, older: 0 });
const lock = (change: Partial<StateLock> = {}): StateLock => ({ table: "tf-locks", ...change });
const broken = { ...version(0, 0), problem: "it is no JSON" };
delete broken.summary;

describe("versions of the state", () => {
  test.each<[string, StateVersion[], string[]]>([
    ["the first one", [version(1, 5)], []],
    ["serials rise", [version(9, 21), version(7, 20)], []],
    [
      "a lower serial, fewer resources",
      [version(4, 15), version(9, 21), version(7, 20)],
      ["terraform-state-damaged proves"],
    ],
    [
      "another lineage, nothing in it",
      [version(1, 0, "bbbb"), version(9, 21), version(7, 20)],
      ["terraform-state-damaged proves"],
    ],
    [
      "another lineage, as full",
      [version(1, 21, "bbbb"), version(9, 21), version(7, 20)],
      ["terraform-state-damaged proves"],
    ],
    ["no JSON", [broken, version(9, 21)], ["terraform-state-damaged proves"]],
    [
      "most resources went with an apply: a destroy, or damage",
      [version(10, 3), version(9, 21)],
      ["terraform-state-damaged supports"],
    ],
    ["put right: the damage lies below", [version(10, 21), version(1, 0, "bbbb"), version(9, 21), version(7, 20)], []],
  ])("%s", (_name, versions, expected) => {
    expect(said(versionsCheck.judge({ state: state(...versions) }, scope(), { lock: known(lock()) }))).toEqual(
      expected,
    );
  });

  test("a deleted state", () => {
    const [finding] = versionsCheck.judge({ state: { ...state(version(9, 21)), deleted: true } }, scope(), {
      lock: known(lock()),
    });
    expect(finding).toMatchObject({ strength: "proves", details: { versionId: "v9aaaa" } });
  });

  test("the good one is what the digest names, else the highest serial of the usual lineage", () => {
    const versions = [version(1, 0, "bbbb"), version(7, 20), version(9, 21)];
    expect(goodVersion(versions, "md5-7-aaaa")?.versionId).toBe("v7aaaa");
    expect(goodVersion(versions, undefined)?.versionId).toBe("v9aaaa");
    expect(goodVersion([version(1, 1)], undefined)).toBeUndefined();
  });
});

describe("digest and lock", () => {
  const current = version(9, 21);
  const held = { id: "1", who: "runner@ci", operation: "apply", createdMs: ago(5) };
  test.each<[string, Partial<StateLock>, string[]]>([
    ["it fits", { digest: current.md5 }, []],
    ["there is none", {}, []],
    ["it does not fit", { digest: "other" }, ["terraform-state-damaged proves"]],
    ["it does not fit while somebody writes", { digest: "other", lock: held }, ["terraform-state-damaged supports"]],
  ])("%s", (_name, change, expected) => {
    expect(said(digestCheck.judge({ state: state(current), lock: lock(change) }, scope(), {}))).toEqual(expected);
  });

  test.each<[string, StateLock["lock"], string[]]>([
    ["free", undefined, []],
    ["held for minutes", held, []],
    ["held for an hour", { ...held, createdMs: ago(60) }, ["terraform-state-damaged supports"]],
    ["held since nobody knows when", { ...held, createdMs: undefined }, []],
  ])("the lock is %s", (_name, holder, expected) => {
    expect(said(lockCheck.judge({ lock: lock(holder ? { lock: holder } : {}) }, scope(), {}))).toEqual(expected);
  });
});

describe("what is told of a state", () => {
  test("serial, lineage, the number of resources; nothing of its contents", () => {
    const secret = "hunter2-very-secret";
    const bytes = Buffer.from(
      JSON.stringify({
        version: 4,
        serial: 3,
        lineage: "aaaa",
        terraform_version: "1.9.8",
        outputs: { password: { value: secret } },
        resources: [{ instances: [{}, {}] }, { instances: [] }],
      }),
    );
    const told = describeState(bytes);
    expect(told.summary).toEqual({ serial: 3, lineage: "aaaa", terraformVersion: "1.9.8", resources: 2 });
    expect(JSON.stringify(told)).not.toContain(secret);
  });

  test.each([
    ["", "it is empty"],
    ["password = hunter2", "it is no JSON"],
    ['{"version": 3, "modules": []}', "no state of format version 4 (version 3)"],
    ["[]", "no state of format version 4"],
  ])("%j: %s", (text, problem) => {
    const told = describeState(Buffer.from(text));
    expect(told.problem).toContain(problem);
    expect(told.problem).not.toContain("hunter2");
  });
});
