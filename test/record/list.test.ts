import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import type { RecordDraft } from "../../src/record/entries.ts";
import { incidentFolder, newIncidentId, stateDirectory } from "../../src/record/place.ts";
import { listIncidents, readRecord } from "../../src/record/read.ts";
import { incidentStatus } from "../../src/record/session-status.ts";
import { isWriterAlive, SILENT_MS } from "../../src/record/writer-life.ts";
import { EntriesBuilder, opened } from "./entries-builder.ts";
import { TestProcess } from "./processes.ts";
import { observation, openTestRecorder, temporaryFolder, until } from "./support.ts";

let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  place = temporaryFolder();
});
afterEach(() => place.remove());

const AT = "2026-11-23T03:06:00Z";
const started = { kind: "session.started", payload: { host: "h", tty: "", pid: 1, reason: "start" } } as const;
const ended = (reason: "exit" | "signal" | "crash") =>
  ({ kind: "session.ended", payload: { reason, detail: "" } }) as const;

describe("listIncidents", () => {
  it("is empty without a state directory", async () => {
    expect(await listIncidents(join(place.folder, "none"))).toEqual([]);
  });

  it("shows open, closed, crashed and unreadable incidents, newest first", async () => {
    const folder = (id: string) => incidentFolder(place.folder, id);
    const open = await openTestRecorder(folder("open"), new ManualClock(Date.parse("2026-11-23T03:00:00Z")));
    await open.append(opened({ title: "First" }));
    await open.append(started);
    await open.append({ kind: "incident.title", payload: { title: "Renamed", previous: "First" } });
    const closed = await openTestRecorder(folder("closed"), new ManualClock(Date.parse("2026-11-23T04:00:00Z")));
    await closed.append(opened({ simulated: true }));
    await closed.append({ kind: "incident.closed", payload: { mode: "resolved", heldOpen: [] } });
    await closed.close();
    mkdirSync(folder("damaged"));
    writeFileSync(join(folder("damaged"), "record.sqlite"), "no database ".repeat(100));
    const incidents = await listIncidents(place.folder);
    expect(incidents.map(({ id, status }) => [id, status])).toEqual([
      ["closed", "resolved"],
      ["open", "open"],
      ["damaged", "unreadable"],
    ]);
    expect(incidents[1]).toMatchObject({
      title: "Renamed",
      severity: "P1",
      environment: "prod",
      entries: 3,
      simulated: false,
    });
    expect(incidents[0]).toMatchObject({ simulated: true, openedAt: "2026-11-23T04:00:00.000Z" });
    expect(incidents[2]?.problem).toContain("not a record");
    await open.close();
  });

  it("tells a killed cockpit from a live one at once", async () => {
    const folder = incidentFolder(place.folder, "killed");
    const writer = new TestProcess("./writer-process.ts", [folder, "0", "x", "session"]);
    await until(() => writer.entries.length > 1);
    expect((await listIncidents(place.folder))[0]?.status).toBe("open");
    writer.child.kill("SIGKILL");
    await writer.ended;
    expect((await listIncidents(place.folder))[0]?.status).toBe("crashed");
    expect((await readRecord(folder)).length).toBeGreaterThanOrEqual(writer.entries.length);
  });
});

describe("incidentStatus", () => {
  const status = (alive: boolean, ...drafts: Parameters<EntriesBuilder["add"]>[1][]) => {
    const builder = new EntriesBuilder();
    for (const draft of drafts) builder.add(AT, draft);
    return incidentStatus(builder.entries, () => alive);
  };
  const suspended: RecordDraft = { kind: "incident.closed", payload: { mode: "suspended", heldOpen: [] } };

  it("goes by sessions and closing", () => {
    expect(status(true, started)).toBe("open");
    expect(status(false, started)).toBe("crashed");
    expect(status(false, started, ended("signal"))).toBe("open");
    expect(status(false, started, ended("crash"))).toBe("crashed");
    expect(status(false, started, suspended, ended("exit"))).toBe("suspended");
    expect(status(false, started, suspended, ended("exit"), started)).toBe("crashed");
  });
});

describe("isWriterAlive", () => {
  const writer = { host: "h", bootId: "b", pid: 42, heartbeatWallMs: 1_000_000 };

  it("goes by the process here, and by the heartbeat elsewhere", () => {
    const here = { host: "h", bootId: "b", wallMs: 1_000_000 };
    expect(isWriterAlive(writer, { ...here, isProcessAlive: () => false })).toBe(false);
    expect(isWriterAlive(writer, { ...here, wallMs: 1_800_000, isProcessAlive: () => true })).toBe(true);
    // So long without a heartbeat, the process with this id is another one: ids are used again.
    expect(isWriterAlive(writer, { ...here, wallMs: 1_000_000 + SILENT_MS, isProcessAlive: () => true })).toBe(false);
    expect(isWriterAlive(writer, { ...here, host: "other" })).toBe(true);
    expect(isWriterAlive(writer, { ...here, host: "other", wallMs: 1_006_001 })).toBe(false);
  });
});

describe("places", () => {
  it("follow XDG, and ignore a relative XDG_STATE_HOME", () => {
    expect(stateDirectory({ XDG_STATE_HOME: "/x", HOME: "/home/kim" })).toBe("/x/mayday");
    expect(stateDirectory({ XDG_STATE_HOME: "x", HOME: "/home/kim" })).toBe("/home/kim/.local/state/mayday");
  });

  it("ids sort by time and are safe names", () => {
    const id = newIncidentId(new ManualClock(Date.parse(AT)));
    expect(id).toMatch(/^2026-11-23-0306-[a-hj-km-np-z2-9]{4}$/);
  });
});

describe("a record of 100 000 entries", () => {
  it("is read in chunks, between which this thread does other things", { timeout: 60_000 }, async () => {
    const folder = incidentFolder(place.folder, "large");
    const recorder = await openTestRecorder(folder);
    for (let group = 0; group < 10; group++) {
      await Promise.all(Array.from({ length: 10_000 }, (_, index) => recorder.append(observation(index))));
    }
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    const entries = await recorder.entries();
    clearInterval(ticker);
    expect(entries).toHaveLength(100_000);
    // Read at once, nothing else would have had a turn meanwhile.
    expect(turns).toBeGreaterThan(10);
    await recorder.close();
  });
});
