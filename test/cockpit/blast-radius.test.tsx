import { describe, expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { createHarness } from "../support/cockpit-harness.tsx";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const prepared = (harness: ReturnType<typeof createHarness>) =>
  harness.incident.calls.find(({ name }) => name === "prepare");

describe("the blast radius", () => {
  test("comes with what is broken ticked, and Enter records it", async () => {
    const harness = createHarness({ columns: 80, rows: 24 });
    harness.press("b");
    await settle();
    const text = harness.frame().join("\n");
    expect(text).toContain("[x] Nessie catalog");
    expect(text).toContain("[ ] S3 data");
    expect(text).toContain("alarm lakehouse-prod-nessie-unhealthy-hosts since 02:54:00");
    harness.press("enter");
    expect(prepared(harness)).toEqual({
      name: "prepare",
      actionId: "blast-radius",
      parameters: {
        components: "nessie",
        environment: "prod",
        reasons: "nessie: 1 of 2 tasks running; alarm lakehouse-prod-nessie-unhealthy-hosts since 02:54:00",
      },
    });
  });

  test("ticks what turns out to be broken while it is open, unless something was chosen already", async () => {
    const incident = createFixtureIncident();
    incident.suggestionsLater = async () => incident.suggestions.map((part) => ({ ...part, isSuggested: true }));
    const harness = createHarness({ incident });
    harness.press("b");
    await settle();
    expect(harness.frame().join("\n")).toContain("[x] S3 data");
    harness.press("esc", "b", "x");
    await settle();
    expect(harness.frame().join("\n")).toContain("[ ] Nessie catalog");
    expect(harness.frame().join("\n")).toContain("[ ] S3 data");
  });

  test("is changed with x, and Tab takes another environment", async () => {
    const harness = createHarness();
    harness.press("b", "x", "down", "x", "tab", "enter");
    await settle();
    expect(prepared(harness)).toMatchObject({ parameters: { components: "s3", environment: "dev" } });
  });

  test("with nothing ticked is not recorded", () => {
    const harness = createHarness();
    harness.press("b", "x", "enter");
    expect(prepared(harness)).toBeUndefined();
    expect(harness.dialog()).toBe("blast-radius");
  });

  test("takes in what CloudTrail says without losing what was ticked, and says what it may not read", async () => {
    const incident = createFixtureIncident();
    const changed = "changed at 02:50:00: PutBucketPolicy on lakehouse-prod-lakehouse by role/deploy";
    incident.suggestionsLater = async () =>
      incident.suggestions.map((part) => (part.component === "s3" ? { ...part, reasons: [changed] } : part));
    const harness = createHarness({ incident });
    harness.press("b", "down", "x");
    await settle();
    expect(harness.frame().join("\n")).toContain(changed);
    expect(harness.frame().join("\n")).toContain("[x] S3 data");

    incident.suggestionsLater = () =>
      Promise.reject(
        new Failure({ kind: "denied", what: "x", why: "no", next: "y", missingPermission: "cloudtrail:LookupEvents" }),
      );
    harness.press("esc", "b");
    await settle();
    expect(harness.frame().join("\n")).toContain("needs cloudtrail:LookupEvents");
  });
});
