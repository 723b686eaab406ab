import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/base/clock.ts";
import { EscalationWatch } from "../../src/incident/escalation-watch.ts";
import type { RecordDraft, RecordEntry } from "../../src/record/entries.ts";
import { createCockpitStore } from "../../src/state/store.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";
import { fixtureState } from "../support/fixture-data.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-11-23T03:00:00Z");

/** A watch over a record in memory, with a clock that only moves when it is told to. */
function watching(earlier: RecordEntry[] = [], startMs = START) {
  const clock = new ManualClock(startMs);
  const builder = new EntriesBuilder();
  builder.entries.push(...earlier);
  if (earlier.length === 0)
    builder.add(new Date(START).toISOString(), opened({ declared: new Date(START).toISOString() }));
  const recorder = {
    isObserver: true,
    append: async (draft: RecordDraft) => {
      builder.add(new Date(draft.atMs ?? clock.now()).toISOString(), draft);
      return builder.entries.at(-1) as RecordEntry;
    },
  };
  const { incident, identity } = fixtureState();
  const store = createCockpitStore({ incident, identity });
  store.setState({ communication: { ...store.getState().communication, contacts: { L2: "Sam Roe, +1 555 0100" } } });
  const watch = new EscalationWatch({ clock, store, recorder, entries: () => builder.entries });
  const said = () =>
    builder.entries.flatMap((entry) =>
      entry.kind === "escalation.proposed" || entry.kind === "escalation.late"
        ? [`${entry.payload.threshold} ${entry.kind.split(".")[1]}`]
        : [],
    );
  return { clock, recorder, watch, builder, said };
}

describe("the escalation watch", () => {
  it("proposes each threshold once at its time, and records once that it is late", async () => {
    const { clock, watch, said } = watching();
    await watch.look();
    clock.advance(14 * MINUTE);
    await watch.look();
    expect(said()).toEqual([]);
    clock.advance(MINUTE);
    await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late"]);
    clock.advance(45 * MINUTE);
    for (let look = 0; look < 3; look++) await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late", "L2 proposed"]);
    clock.advance(5 * MINUTE);
    for (let look = 0; look < 3; look++) await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late", "L2 proposed", "L2 late"]);
  });

  it("looks by itself, once a second", async () => {
    const { clock, watch, said } = watching();
    const stop = new AbortController();
    const running = watch.run(stop.signal);
    for (let second = 0; second < 3; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(second === 0 ? 15 * MINUTE : 1000);
    }
    await expect.poll(said).toEqual(["L1 proposed", "L1 late"]);
    stop.abort();
    await running;
  });

  it("loses nothing in a suspend of the host: everything that came due meanwhile is caught up, once", async () => {
    const { clock, watch, said } = watching();
    await watch.look();
    await watch.look();
    clock.jump(5 * HOUR);
    for (let look = 0; look < 3; look++) await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late", "L2 proposed", "L2 late", "L3 proposed", "L3 late"]);
  });

  it("fires nothing twice when the clock is set back and comes to the threshold again", async () => {
    const { clock, watch, said } = watching();
    await watch.look();
    clock.advance(16 * MINUTE);
    await watch.look();
    clock.jump(-10 * MINUTE);
    await watch.look();
    clock.advance(20 * MINUTE);
    await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late"]);
  });

  it("goes on from the record on resume: what was proposed stays, what came due in between is caught up", async () => {
    const first = watching();
    await first.watch.look();
    first.clock.advance(16 * MINUTE);
    await first.watch.look();
    expect(first.said()).toEqual(["L1 proposed", "L1 late"]);
    // Hours later another process opens the record; its monotonic clock begins at zero.
    const second = watching(first.builder.entries, START + 3 * HOUR);
    await second.watch.look();
    await second.watch.look();
    expect(second.said()).toEqual(["L1 proposed", "L1 late", "L2 proposed", "L2 late"]);
  });

  it("does not speak of what is answered, declined or over", async () => {
    const { clock, watch, builder, said } = watching();
    await watch.look();
    const iso = () => new Date(clock.now()).toISOString();
    builder.add(iso(), { kind: "incident.acknowledged", payload: { by: "kim", atMs: clock.now() } });
    builder.add(iso(), {
      kind: "escalation.declined",
      payload: { threshold: "L2", level: "L2", by: "kim", reason: "a fix is under way" },
    });
    clock.advance(2 * HOUR);
    await watch.look();
    builder.add(iso(), { kind: "incident.resolved", payload: { by: "kim", atMs: clock.now(), resolution: "memory" } });
    clock.advance(4 * HOUR);
    await watch.look();
    expect(said()).toEqual([]);
  });

  it("of several cockpits only the one that records speaks, and not before it has heard what the other one said", async () => {
    const { clock, recorder, watch, said } = watching();
    recorder.isObserver = false;
    clock.advance(20 * MINUTE);
    await watch.look();
    recorder.isObserver = true;
    await watch.look();
    expect(said()).toEqual([]);
    await watch.look();
    expect(said()).toEqual(["L1 proposed", "L1 late"]);
  });

  it("drafts the message for whom the configuration names, with the reason", async () => {
    const { clock, watch, builder } = watching();
    await watch.look();
    clock.advance(HOUR);
    await watch.look();
    const l2 = builder.entries.find((entry) => entry.kind === "escalation.proposed" && entry.payload.level === "L2");
    expect(l2?.kind === "escalation.proposed" && l2.payload.text).toContain(
      "Escalation L2 to the platform team lead (Sam Roe, +1 555 0100): not resolved within 1 hour.",
    );
  });
});
