import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { account, NESSIE, opened, stateFolder, until, YES } from "./support.ts";

const nessieOf = (incident: OpenIncident) =>
  incident.store.getState().objectives.find(({ component }) => component === "nessie");

it("an outage that is seen starts the clock, its end stops it, and the post-mortem has target against attained", async () => {
  const simulator = await account();
  const stateDirectory = stateFolder();
  const incident = await opened(simulator, stateDirectory, { watch: true });
  await until(() => incident.store.getState().services.status === "ok");
  expect(nessieOf(incident)?.affected).toBeUndefined();
  const contained = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
  await until(() => nessieOf(incident)?.affected !== undefined);
  expect(nessieOf(incident)?.affected?.why).toMatch(/no task of nessie runs|no target of \S+ is healthy/);
  expect(nessieOf(incident)?.recovered).toBeUndefined();
  await incident.execute(await incident.prepareUndo(contained.runId), YES);
  await until(() => nessieOf(incident)?.recovered !== undefined, 30_000);
  expect(nessieOf(incident)?.recovered?.how).toBe("seen to be back");
  const seen = nessieOf(incident);
  const { files } = await incident.close("suspended");
  const postmortem = readFileSync(files.find(({ path }) => path.endsWith(".md"))!.path, "utf8");
  expect(postmortem).toMatch(
    /### RTO and RPO\n\n- Nessie catalog \(DynamoDB\)[\s\S]*RTO < 1 hour: attained \d\d:\d\d:\d\d, met/,
  );

  // Another session finds the same in the record.
  const again = await opened(simulator, stateDirectory, { incidentId: incident.id, reason: "resume" });
  expect(nessieOf(again)).toEqual(seen);
}, 60_000);
