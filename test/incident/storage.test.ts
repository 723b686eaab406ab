import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { letGo } from "../../src/incident/close.ts";
import { readRecord } from "../../src/record/read.ts";
import type { CockpitStore } from "../../src/state/store.ts";
import { account, layerOf, liveState, NESSIE, opened, stateFolder, until } from "./support.ts";

/** A state directory that cannot hold incidents: a file stands in the way. */
function blockedFolder(): { stateDirectory: string; unblock: () => void } {
  const stateDirectory = stateFolder();
  const obstacle = join(stateDirectory, "incidents");
  writeFileSync(obstacle, "");
  return { stateDirectory, unblock: () => rmSync(obstacle) };
}

describe("a record that cannot be written", () => {
  it("opens all the same, says so, refuses mutations, and takes notes into memory", async () => {
    const simulator = await account();
    const { stateDirectory, unblock } = blockedFolder();
    const incident = await opened(simulator, stateDirectory, { watch: true });
    expect(incident.store.getState().recorder.status).toBe("failed");
    await until(() => incident.store.getState().services.status === "ok");
    const disabled = Object.fromEntries(incident.actions().map(({ id, disabledReason }) => [id, disabledReason]));
    expect(disabled["contain-nessie"]).toMatch(/cannot be written/);
    expect(disabled.note).toBeUndefined();
    expect((await incident.execute(await incident.prepare("note", { text: "kept" }), {})).status).toBe("done");
    const refused = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(refused.status).toBe("refused");
    expect(await liveState(simulator)).toMatchObject({ desired: 2, min: 2 });
    unblock();
    await until(() => incident.store.getState().recorder.status === "ok");
    await until(() => incident.store.getState().timeline.some((line) => line.text === "kept"));
  });

  it("with the explicit override actions run, are held open at once, and are saved when the disk is back", async () => {
    const simulator = await account();
    const { stateDirectory, unblock } = blockedFolder();
    const incident = await opened(simulator, stateDirectory);
    incident.setAllowUnsaved(true);
    const contain = incident.actions().find(({ id }) => id === "contain-nessie");
    expect(contain?.disabledReason).toBeUndefined();
    const result = await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    expect(incident.store.getState().heldOpen.map((held) => held.runId)).toEqual([result.runId]);
    expect(incident.store.getState().recorder).toMatchObject({ status: "failed", allowsUnsaved: true });
    unblock();
    await until(() => incident.recorder.health().status === "ok");
    // The word was for this time; when the record fails again, it has to be given again.
    expect(incident.recorder.allowUnsaved).toBe(false);
    expect(incident.store.getState().recorder.allowsUnsaved).toBeUndefined();
    await incident.release();
    const entries = await readRecord(incident.folder);
    expect(entries.filter((entry) => entry.kind === "action.finished")).toHaveLength(1);
    expect(incident.store.getState().heldOpen).toHaveLength(1);
  });

  it("closing says what was not saved, with what is held open, instead of failing", async () => {
    const simulator = await account();
    const { stateDirectory } = blockedFolder();
    const incident = await opened(simulator, stateDirectory);
    incident.setAllowUnsaved(true);
    await incident.execute(await incident.prepare("contain-nessie", {}), NESSIE);
    const closed = await incident.close("suspended");
    expect(closed.files.map((file) => file.label).join()).toMatch(/not saved: \d+ entries could not be saved/);
    expect(closed.heldOpen).toHaveLength(1);
  });
});

it("the end does not wait for ever for a record that does not answer", async () => {
  const simulator = await account();
  const incident = await opened(simulator, stateFolder());
  const started = systemClock().monotonic();
  const store: CockpitStore = incident.store;
  const aws = await layerOf(simulator);
  const { recorder, folder } = incident;
  const closed = await letGo(
    { recorder, store, folder },
    aws,
    () => new Promise(() => undefined),
    () => undefined,
    200,
  );
  expect(closed.files[0]?.label).toMatch(/did not answer/);
  expect(systemClock().monotonic() - started).toBeLessThan(10_000);
});
