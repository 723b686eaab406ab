import { describe, expect, it } from "vitest";
import { HumanSteps } from "../../src/incident/human-steps.ts";
import { createCockpitStore } from "../../src/state/store.ts";
import { fixtureState } from "../support/fixture-data.ts";

function steps() {
  const { incident, identity } = fixtureState();
  const store = createCockpitStore({ incident, identity });
  return { store, human: new HumanSteps(store, () => "kim") };
}

describe("a step that a person does", () => {
  it("waits in the store and tells who said that it is done", async () => {
    const { store, human } = steps();
    const asked = human.ask("Apply it", new AbortController().signal);
    const { human: shown } = store.getState();
    expect(shown?.instruction).toBe("Apply it");
    human.answer("another step", false);
    human.answer(shown?.id ?? "", true);
    expect(await asked).toBe("kim");
    expect(store.getState().human).toBeNull();
  });

  it("is refused when it cannot be done, and gone when the run is cancelled", async () => {
    const { store, human } = steps();
    const declined = human.ask("Apply it", new AbortController().signal);
    human.answer(store.getState().human?.id ?? "", false);
    await expect(declined).rejects.toMatchObject({ kind: "refused" });
    const abort = new AbortController();
    const cancelled = human.ask("Apply it", abort.signal);
    abort.abort(new Error("cancelled"));
    await expect(cancelled).rejects.toThrow("cancelled");
    expect(store.getState().human).toBeNull();
  });
});
