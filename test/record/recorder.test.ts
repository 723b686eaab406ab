import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import { GENESIS_HASH, verifyChain } from "../../src/record/chain.ts";
import type { RecordEntry } from "../../src/record/entries.ts";
import { readRecord } from "../../src/record/read.ts";
import { ACTOR, note, observation, openTestRecorder, temporaryFolder, until } from "./support.ts";

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.folder, "incidents", "2026-11-23-0306-test");
});
afterEach(() => place.remove());

describe("the recorder", () => {
  it("chains entries with their time, author and payload, and reads them back", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23, 3, 6, 11, 250));
    const recorder = await openTestRecorder(folder, clock);
    const first = await recorder.append(note("first"));
    const second = await recorder.append({ ...note("second"), atMs: Date.UTC(2026, 10, 23, 3, 7) });
    expect(first).toMatchObject({
      seq: 1,
      at: "2026-11-23T03:06:11.250Z",
      actor: ACTOR,
      prevHash: GENESIS_HASH,
      writerId: recorder.writerId,
    });
    expect(second).toMatchObject({
      seq: 2,
      at: "2026-11-23T03:07:00.000Z",
      payload: { text: "second" },
      prevHash: first.hash,
    });
    await recorder.close();
    const entries = await readRecord(folder);
    expect(entries).toEqual([first, second]);
    expect(verifyChain(entries)).toEqual({ ok: true, entries: 2, headSeq: 2, headHash: second.hash });
  });

  it("keeps files private", async () => {
    const recorder = await openTestRecorder(folder);
    await recorder.append(note("private"));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"])
      expect(statSync(join(folder, `record.sqlite${suffix}`)).mode & 0o777).toBe(0o600);
    await recorder.close();
  });

  it("refuses to change or remove an entry", async () => {
    const recorder = await openTestRecorder(folder);
    await recorder.append(note("fixed"));
    await recorder.close();
    const database = new DatabaseSync(join(folder, "record.sqlite"));
    expect(() => database.exec("UPDATE entry SET payload = '{}'")).toThrow("append-only");
    expect(() => database.exec("DELETE FROM entry")).toThrow("append-only");
    database.close();
  });

  it("goes on with the chain after it was closed, and delivers each later entry once", async () => {
    const before = await openTestRecorder(folder);
    await before.append(note("before"));
    await before.close();
    const recorder = await openTestRecorder(folder);
    const seen: RecordEntry[] = [];
    recorder.onEntry((entry) => seen.push(entry));
    expect((await recorder.entries()).map((entry) => entry.seq)).toEqual([1]);
    await Promise.all([recorder.append(note("a")), recorder.append(observation(1)), recorder.append(note("b"))]);
    expect(seen.map((entry) => entry.seq)).toEqual([2, 3, 4]);
    expect(await recorder.entries(3)).toEqual(seen.slice(1));
    await recorder.close();
    expect(verifyChain(await readRecord(folder))).toMatchObject({ ok: true, headSeq: 4 });
  });

  it("keeps an entry whose payload JSON cannot carry", async () => {
    const recorder = await openTestRecorder(folder);
    const entry = await recorder.append({
      kind: "observation.service",
      payload: { service: "\ud800", change: "x", before: null, after: { share: Number.NaN } },
    });
    expect(entry.payload).toEqual({ service: "\ufffd", change: "x", before: null, after: { share: "NaN" } });
    await recorder.close();
    expect(verifyChain(await readRecord(folder)).ok).toBe(true);
  });

  it("takes 5 000 observations at once and hands them out in order", async () => {
    const recorder = await openTestRecorder(folder);
    const entries = await Promise.all(Array.from({ length: 5_000 }, (_, index) => recorder.append(observation(index))));
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, index) => index + 1));
    await recorder.close();
  });

  it("rejects an append after it was closed", async () => {
    const recorder = await openTestRecorder(folder);
    await recorder.close();
    await expect(recorder.append(note("late"))).rejects.toBeInstanceOf(Failure);
  });
});

describe("two recorders of one incident", () => {
  it("have one observer, see each other's entries, and hand the lease over on closing", async () => {
    const first = await openTestRecorder(folder);
    const second = await openTestRecorder(folder);
    expect([first.isObserver, second.isObserver]).toEqual([true, false]);
    expect(await second.liveWriters()).toEqual(new Set([first.writerId, second.writerId]));
    const seen: number[] = [];
    second.onEntry((entry) => seen.push(entry.seq));
    await first.append(note("from the first"));
    await second.append(note("from the second"));
    await first.append(note("again from the first"));
    await until(() => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
    await first.close();
    await until(() => second.isObserver);
    expect(await second.liveWriters()).toEqual(new Set([second.writerId]));
    await second.close();
  });
});

describe("readRecord", () => {
  it("says that there is no record", async () => {
    await expect(readRecord(folder)).rejects.toMatchObject({ detail: { kind: "not-found" } });
  });
});
