import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arrive, settleArrivals } from "../../../src/evidence/arrivals.ts";
import { sha256Of } from "../../../src/evidence/custody/manifest.ts";
import type { Recorder } from "../../../src/record/contract.ts";
import { openTestRecorder, temporaryFolder } from "../../record/support.ts";

const CONTENT = '{"serial":7}';
const stored = (name: string) => ({
  path: `evidence/${name}`,
  sha256: sha256Of(CONTENT),
  bytes: CONTENT.length,
  status: "complete" as const,
  reason: "",
  source: "state",
  requestIds: ["r-1"],
});

let recorder: Recorder;
let remove: () => void;

beforeEach(async () => {
  const home = temporaryFolder();
  remove = home.remove;
  recorder = await openTestRecorder(join(home.folder, "incident"));
  mkdirSync(join(recorder.folder, "evidence"), { recursive: true });
  mkdirSync(notes(), { recursive: true });
});

afterEach(async () => {
  await recorder.close();
  remove();
});

const notes = () => join(recorder.folder, "arriving-evidence");
const fileOf = (name: string) => join(recorder.folder, "evidence", name);
/** What a process leaves that is ended while it puts a file into the bundle. */
const leaveNote = (name: string, writerId: string = randomUUID()) =>
  writeFileSync(join(notes(), `${writerId}.${randomUUID()}.json`), JSON.stringify(stored(name)));
const recorded = async () =>
  (await recorder.entries()).flatMap((entry) => (entry.kind === "evidence.stored" ? [entry.payload.path] : []));

describe("files on their way into the bundle", () => {
  it("leave no note once they are recorded", async () => {
    await arrive(recorder, stored("whole.json"), async () => writeFileSync(fileOf("whole.json"), CONTENT));
    expect(await recorded()).toEqual(["evidence/whole.json"]);
    expect(readdirSync(notes())).toEqual([]);
  });

  it("that could not be put there leave neither note nor half a file, and what was there before stays", async () => {
    const broken = arrive(recorder, stored("half.json"), async () => {
      writeFileSync(fileOf("half.json"), "{");
      throw new Error("disk full");
    });
    await expect(broken).rejects.toThrow("disk full");
    writeFileSync(fileOf("other.json"), "of another");
    const taken = arrive(recorder, stored("other.json"), async () =>
      writeFileSync(fileOf("other.json"), CONTENT, { flag: "wx" }),
    );
    await expect(taken).rejects.toThrow(/EEXIST/);
    expect(readdirSync(join(recorder.folder, "evidence"))).toEqual(["other.json"]);
    expect(readdirSync(notes())).toEqual([]);
    expect(await recorded()).toEqual([]);
  });

  it("of a process that is gone: the whole one is recorded as that process would have, the half one is removed", async () => {
    leaveNote("whole.json");
    writeFileSync(fileOf("whole.json"), CONTENT);
    leaveNote("half.json");
    writeFileSync(fileOf("half.json"), CONTENT.slice(0, 5));
    leaveNote("never-put.json");
    writeFileSync(join(notes(), `${randomUUID()}.${randomUUID()}.json`), '{"path":"evid');
    await settleArrivals(recorder);
    const entry = (await recorder.entries()).find(({ kind }) => kind === "evidence.stored");
    expect(entry?.payload).toEqual(stored("whole.json"));
    expect(await recorded()).toEqual(["evidence/whole.json"]);
    expect(existsSync(fileOf("half.json"))).toBe(false);
    expect(readdirSync(notes())).toEqual([]);
    await settleArrivals(recorder);
    expect(await recorded()).toHaveLength(1);
  });

  it("of a process that lives are left alone, and what is recorded already is not recorded again", async () => {
    leaveNote("mine.json", recorder.writerId);
    writeFileSync(fileOf("mine.json"), CONTENT.slice(0, 5));
    await recorder.append({ kind: "evidence.stored", payload: stored("known.json") });
    leaveNote("known.json");
    writeFileSync(fileOf("known.json"), CONTENT);
    await settleArrivals(recorder);
    expect(existsSync(fileOf("mine.json"))).toBe(true);
    expect(readdirSync(notes())).toHaveLength(1);
    expect(await recorded()).toEqual(["evidence/known.json"]);
  });
});
