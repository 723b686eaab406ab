import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecordDatabase } from "../../src/record/database.ts";
import { LEASE_MS } from "../../src/record/writer-life.ts";
import { temporaryFolder } from "./support.ts";

let place: ReturnType<typeof temporaryFolder>;
let database: RecordDatabase;
beforeEach(() => {
  place = temporaryFolder();
  database = new RecordDatabase(place.folder);
});
afterEach(() => {
  database.close();
  place.remove();
});

const writer = (writerId: string) => ({ writerId, bootId: "other-boot", host: "other-host", pid: 1 });
const NOW = 1_800_000_000_000;

describe("the observer's lease", () => {
  it("stays with the one that renews it, and goes to another when it ran out", () => {
    expect(database.heartbeat(writer("a"), NOW)).toBe(true);
    expect(database.heartbeat(writer("b"), NOW + 1_000)).toBe(false);
    expect(database.heartbeat(writer("a"), NOW + 4_000)).toBe(true);
    expect(database.heartbeat(writer("b"), NOW + LEASE_MS + 1_000)).toBe(false);
    expect(database.heartbeat(writer("b"), NOW + LEASE_MS + 4_000)).toBe(true);
    expect(database.heartbeat(writer("a"), NOW + LEASE_MS + 4_500)).toBe(false);
  });

  it("is free when it was written before the wall clock was set back", () => {
    expect(database.heartbeat(writer("a"), NOW)).toBe(true);
    expect(database.heartbeat(writer("b"), NOW - 3_600_000)).toBe(true);
  });

  it("is free once its holder signed off", () => {
    database.heartbeat(writer("a"), NOW);
    database.signOff("a");
    expect(database.heartbeat(writer("b"), NOW + 1)).toBe(true);
    expect(database.liveWriters(writer("b"), NOW + 1)).not.toContain("a");
  });
});

describe("append", () => {
  it("leaves out a draft that is in the record already", () => {
    const draft = {
      id: "same",
      at: "2026-11-23T03:06:00.000Z",
      monotonicMs: 1.5,
      bootId: "boot",
      writerId: "a",
      actor: { osUser: "", host: "", tty: "", callerArn: "" },
      kind: "incident.note" as const,
      kindVersion: 1,
      payload: { text: "once" },
    };
    database.append([draft]);
    database.append([draft, { ...draft, id: "other" }]);
    expect(database.range(0, 10).map((entry) => [entry.seq, entry.id])).toEqual([
      [1, "same"],
      [2, "other"],
    ]);
  });
});
