import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { verifyChain } from "../../src/record/chain.ts";
import { readRecord } from "../../src/record/read.ts";
import { TestProcess } from "./processes.ts";
import { intent, note, observation, openTestRecorder, temporaryFolder, until } from "./support.ts";

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.folder, "incident");
});
afterEach(() => place.remove());

describe("several writers", () => {
  it("two processes at once keep one unbroken chain", async () => {
    const writers = ["a", "b"].map((mark) => new TestProcess("./writer-process.ts", [folder, "150", mark]));
    await Promise.all(writers.map((writer) => writer.ended));
    const entries = await readRecord(folder);
    expect(verifyChain(entries)).toMatchObject({ ok: true, entries: 300 });
    const acknowledged = writers.flatMap((writer) => writer.entries).sort((a, b) => a.seq - b.seq);
    expect(acknowledged).toEqual(entries.map(({ seq, id }) => ({ seq, id })));
  });
});

describe("SIGKILL", () => {
  it("50 times at random moments loses nothing that was acknowledged", { timeout: 120_000 }, async () => {
    const acknowledged: { seq: number; id: string }[] = [];
    let kills = 0;
    while (kills < 50) {
      // Two at a time, as there are two cores; each dies at its own moment after its first acknowledgement.
      const pair = ["a", "b"].map((mark) => new TestProcess("./writer-process.ts", [folder, "0", mark]));
      await Promise.all(
        pair.map(async (writer) => {
          const after = 1 + Math.floor(Math.random() * 12);
          await until(() => writer.entries.length >= after, 60_000);
          await systemClock().sleep(Math.random() * 4);
          writer.child.kill("SIGKILL");
          await writer.ended;
          acknowledged.push(...writer.entries);
        }),
      );
      kills += pair.length;
    }
    const entries = await readRecord(folder);
    expect(verifyChain(entries)).toMatchObject({ ok: true });
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(acknowledged.filter(({ seq, id }) => entries[seq - 1]?.id !== id)).toEqual([]);
  });
});

describe("a database that another process holds for 2 s", () => {
  it("never blocks this thread, reports slow, and commits everything afterwards", async () => {
    const recorder = await openTestRecorder(folder);
    await recorder.append(note("before"));
    const statuses: string[] = [];
    recorder.onHealth((health) => statuses.push(health.status));
    const holder = new TestProcess("./lock-holder.ts", [join(folder, "record.sqlite"), "2000"]);
    await until(() => holder.lines.includes("held"));
    let turns = 0;
    const ticker = setInterval(() => turns++, 5);
    const pending = [
      recorder.append(intent("step-1")),
      recorder.append(observation(1)),
      recorder.append(note("during")),
    ];
    await until(() => recorder.health().status === "slow");
    expect(recorder.health().pending).toBe(3);
    const entries = await Promise.all(pending);
    clearInterval(ticker);
    expect(holder.lines).toContain("released");
    // The other process holds it for some 400 turns; a thread that is blocked meanwhile has none.
    expect(turns).toBeGreaterThan(20);
    expect(entries.map((entry) => entry.seq)).toEqual([2, 3, 4]);
    expect(statuses).toEqual(["slow", "ok"]);
    await recorder.close();
    expect(verifyChain(await readRecord(folder))).toMatchObject({ ok: true, entries: 4 });
  });
});
