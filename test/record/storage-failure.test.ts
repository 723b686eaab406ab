import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyChain } from "../../src/record/chain.ts";
import { isUnsaved } from "../../src/record/draft.ts";
import { readRecord } from "../../src/record/read.ts";
import { networkFileSystem } from "../../src/record/storage.ts";
import { TestProcess } from "./processes.ts";
import { intent, note, openTestRecorder, temporaryFolder, until } from "./support.ts";

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.folder, "state", "incident");
});
afterEach(() => place.remove());

describe("a record that cannot be written", () => {
  it("opens as failed, refuses intents, keeps the rest, and saves it with a gap entry once it can", async () => {
    // A file where a folder belongs fails for every user, root included, which file permissions do not.
    writeFileSync(dirname(folder), "in the way");
    const recorder = await openTestRecorder(folder);
    expect(recorder.health()).toMatchObject({ status: "failed", reason: expect.stringContaining("ENOTDIR") });
    const kept = await recorder.append(note("kept in memory"));
    expect(isUnsaved(kept)).toBe(true);
    await expect(recorder.append(intent("refused"))).rejects.toMatchObject({ detail: { kind: "refused" } });
    recorder.allowUnsaved = true;
    expect(isUnsaved(await recorder.append(intent("overridden")))).toBe(true);
    expect(recorder.health().pending).toBe(2);

    const gap = new Promise<void>((resolve) => recorder.onEntry((entry) => entry.kind === "recorder.gap" && resolve()));
    rmSync(dirname(folder));
    await gap;
    expect(recorder.health()).toMatchObject({ status: "ok" });
    await recorder.append(intent("afterwards"));
    await recorder.close();
    const entries = await readRecord(folder);
    expect(verifyChain(entries).ok).toBe(true);
    expect(entries.map((entry) => entry.kind)).toEqual(["incident.note", "step.intent", "recorder.gap", "step.intent"]);
    expect(entries[0]?.id).toBe(kept.id);
    expect(entries[2]?.payload).toMatchObject({ unsaved: 2 });
  });

  it("says at closing how much was lost", async () => {
    writeFileSync(dirname(folder), "in the way");
    const recorder = await openTestRecorder(folder);
    await recorder.append(note("lost"));
    await expect(recorder.close()).rejects.toThrow("1 entries could not be saved");
  });

  it("opens a file that is no database as failed, and leaves it alone", async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "record.sqlite"),
      "this is not a database, and long enough to be seen as one".repeat(20),
    );
    const recorder = await openTestRecorder(folder);
    expect(recorder.health()).toMatchObject({ status: "failed", reason: expect.stringContaining("not a record") });
    await recorder.close();
    await expect(readRecord(folder)).rejects.toMatchObject({ detail: { kind: "invalid" } });
  });

  it("refuses a record of a newer version", async () => {
    await (await openTestRecorder(folder)).close();
    const database = new DatabaseSync(join(folder, "record.sqlite"));
    database.exec("PRAGMA user_version = 99");
    database.close();
    await expect(openTestRecorder(folder)).rejects.toThrow("newer mayday");
  });
});

describe.runIf(existsSync("/usr/bin/prlimit"))("a disk that is full", () => {
  // A limit on the size of files stands for it: writes beyond it fail, and lifting it frees the disk.
  it("fails loudly, and everything is saved when there is room again", async () => {
    await (await openTestRecorder(folder)).close();
    const limit = statSync(join(folder, "record.sqlite")).size + 40_000;
    const writer = new TestProcess(
      "./writer-process.ts",
      [folder, "400", "x".repeat(500), "saved"],
      ["/usr/bin/prlimit", `--fsize=${limit}:unlimited`],
    );
    await until(() => writer.lines.includes("health failed"), 20_000);
    execFileSync("/usr/bin/prlimit", ["--pid", String(writer.child.pid), "--fsize=unlimited:unlimited"]);
    expect(await writer.ended).toBe(0);
    const entries = await readRecord(folder);
    expect(verifyChain(entries)).toMatchObject({ ok: true });
    const notes = entries.flatMap((entry) => (entry.kind === "incident.note" ? [entry.payload.text] : []));
    expect(notes.map((text) => Number(text.split(" ")[1]))).toEqual(Array.from({ length: 400 }, (_none, i) => i));
    // A disk that is full lets a little through now and then, as SQLite takes its log in: each time it could not be written is a gap.
    const gaps = entries.filter((entry) => entry.kind === "recorder.gap");
    expect(gaps.length).toBeGreaterThanOrEqual(1);
    expect(entries).toHaveLength(notes.length + gaps.length);
  });
});

describe("files of a process with an open umask", () => {
  it("are private all the same", async () => {
    const writer = new TestProcess(
      "./writer-process.ts",
      [folder, "0", "x"],
      ["/bin/sh", "-c", 'umask 000; exec "$@"', "sh"],
    );
    await until(() => writer.entries.length > 0);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const suffix of ["", "-wal", "-shm"])
      expect(statSync(join(folder, `record.sqlite${suffix}`)).mode & 0o777).toBe(0o600);
    writer.child.kill("SIGKILL");
    await writer.ended;
  });
});

describe("networkFileSystem", () => {
  it.each([
    [0x6969, "NFS"],
    [0xff534d42, "CIFS"],
    [0xff534d42 | 0, "CIFS"],
    [0x65735546, "FUSE"],
    [0xef53, undefined],
    [0x01021994, undefined],
  ])("tells type %i as %s", (type, name) => expect(networkFileSystem(type)).toBe(name));
});
