import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { rewritePostmortem, writeMissingDrafts } from "../../src/incident/drafts.ts";
import { incidentFolder } from "../../src/record/place.ts";
import { listIncidents } from "../../src/record/read.ts";
import { openRecorder } from "../../src/record/recorder.ts";
import { ACTOR } from "../record/support.ts";
import { stateFolder } from "./support.ts";

/** A record whose session never ended, as SIGKILL leaves it. */
async function killed(stateDirectory: string, id: string): Promise<string> {
  const folder = incidentFolder(stateDirectory, id);
  const recorder = await openRecorder({ folder, incidentId: id, clock: systemClock(), actor: () => ACTOR });
  await recorder.append({
    kind: "session.started",
    payload: { host: "bastion", tty: "pts/0", pid: 1, reason: "start" },
  });
  await recorder.append({ kind: "incident.note", payload: { text: "the last thing it saw" } });
  await recorder.close();
  return folder;
}

it("a killed session gets its draft, and a damaged record or a place that cannot be written stops neither it nor the command", async () => {
  const stateDirectory = stateFolder();
  const whole = await killed(stateDirectory, "2026-11-23-0301-aaaa");
  const damaged = await killed(stateDirectory, "2026-11-23-0302-bbbb");
  const database = new DatabaseSync(join(damaged, "record.sqlite"));
  database.exec("DROP TRIGGER IF EXISTS entry_no_update");
  for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all())
    database.exec(`DROP TRIGGER "${String(name)}"`);
  database.exec("UPDATE entry SET payload = 'not json' WHERE kind = 'incident.note'");
  database.close();
  const blocked = await killed(stateDirectory, "2026-11-23-0303-cccc");
  mkdirSync(join(blocked, "postmortem.md"));
  expect((await listIncidents(stateDirectory)).map((incident) => incident.status)).toEqual([
    "crashed",
    "crashed",
    "crashed",
  ]);

  const problems = await writeMissingDrafts(stateDirectory);
  expect(problems.map((problem) => /of (\S+) was not written/.exec(problem)?.[1]).sort()).toEqual([
    "2026-11-23-0302-bbbb",
    "2026-11-23-0303-cccc",
  ]);
  const draft = readFileSync(join(whole, "postmortem.md"), "utf8");
  expect(draft).toMatch(/DRAFT[\s\S]*the last thing it saw/);
  expect((await rewritePostmortem(whole)).markdown).toBe(draft);
});
