import { expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import type { AccountFinding, DetectorResult } from "../../src/incident/contract.ts";
import { createHarness } from "../support/cockpit-harness.tsx";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const finding = (severity: AccountFinding["severity"], title: string): AccountFinding => ({
  id: title,
  severity,
  title,
  means: `${title} hurts.`,
  next: `Mend ${title}.`,
  evidence: [`${title} was seen`],
  lines: ["aws s3api get-bucket-policy --bucket lake"],
});
const done = (...findings: AccountFinding[]): DetectorResult => ({
  detector: "d",
  question: "q",
  status: "done",
  findings,
});
const denied: DetectorResult = {
  detector: "trails",
  question: "where deletions are on record",
  status: "unknown",
  failure: {
    kind: "denied",
    what: "cloudtrail:DescribeTrails",
    why: "no",
    next: "ask",
    missingPermission: "cloudtrail:DescribeTrails",
  },
};

async function opened(detectors: () => Promise<DetectorResult[]>, columns = 80, rows = 24) {
  const incident = createFixtureIncident();
  incident.detectors = detectors;
  const harness = createHarness({ incident, columns, rows });
  harness.press(":");
  harness.type("findings");
  harness.press("enter");
  const answered = detectors().catch(() => undefined);
  await answered;
  await new Promise((resolve) => setImmediate(resolve));
  return harness;
}

test("findings are listed from the palette, what hurts most first, and Enter shows the evidence", async () => {
  const harness = await opened(async () => [
    done(finding("low", "the third")),
    denied,
    done(finding("high", "the first")),
  ]);
  expect(harness.dialog()).toBe("findings");
  const screen = harness.frame().join("\n");
  const places = ["the first", "the third", "Not known where deletions are on record"].map((text) =>
    screen.indexOf(text),
  );
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(screen).toContain("-> Mend the first.");
  harness.press("enter");
  expect(harness.dialog()).toBe("finding");
  expect(harness.frame().join("\n")).toMatch(/the first was seen[\s\S]*aws s3api get-bucket-policy --bucket lake/);
  harness.press("esc", "end");
  expect(harness.frame().join("\n")).toContain("Needs cloudtrail:DescribeTrails.");
});

test("none, and a failure, each say so", async () => {
  expect((await opened(async () => [done()])).frame().join("\n")).toContain("Nothing was found.");
  const refused = new Failure({ kind: "refused", what: "look for findings", why: "no account yet", next: "wait" });
  const harness = await opened(() => Promise.reject(refused));
  expect(harness.dialog()).toBe("failure");
});

test("gone with Esc, an answer that comes later opens nothing", async () => {
  let answer: (results: DetectorResult[]) => void = () => undefined;
  const incident = createFixtureIncident();
  incident.detectors = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const harness = createHarness({ incident });
  harness.press(":");
  harness.type("findings");
  harness.press("enter");
  expect(harness.dialog()).toBe("busy");
  harness.press("esc");
  answer([done(finding("high", "late"))]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(harness.dialog()).toBeUndefined();
});
