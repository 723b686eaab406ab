import { describe, expect, test } from "vitest";
import { recoveryObjectives } from "../../src/record/recovery-objectives.ts";
import { EntriesBuilder, opened } from "../record/entries-builder.ts";
import { createHarness } from "../support/cockpit-harness.tsx";
import { NOW_MS } from "../support/fixture-data.ts";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const MINUTE = 60_000;
const iso = (minutesAgo: number) => new Date(NOW_MS - minutesAgo * MINUTE).toISOString();

/** A cockpit whose incident was declared so many minutes ago, with Nessie and the Terraform state affected. */
function harness(minutesAgo: number, size = { columns: 80, rows: 24 }) {
  const entries = new EntriesBuilder()
    .add(iso(minutesAgo), opened({ declared: iso(minutesAgo) }))
    .add(iso(minutesAgo), {
      kind: "incident.blast-radius",
      payload: { by: "kim", environment: "prod", components: ["nessie", "terraform-state"], reasons: [] },
    }).entries;
  const incident = createFixtureIncident();
  incident.store.setState({ objectives: recoveryObjectives(entries) });
  return createHarness({ incident, ...size });
}

describe("the RTO/RPO board", () => {
  test("shows the runbook's table with the time that is left, and what the selected row means", () => {
    const board = harness(12);
    board.press("o");
    const text = board.frame().join("\n");
    for (const row of [
      /S3 lakehouse data +RTO < 1 hour +not affected/,
      /Terraform state +RTO < 30 min +18:00 left/,
      /Nessie catalog \(DynamoDB\) +RTO < 1 hour +48:00 left/,
      /Dagster pipelines +RTO < 15 min +not affected/,
      /CloudTrail audit logs +RTO < 1 hour +not affected/,
    ])
      expect(text).toMatch(row);
    // The targets stand below each other.
    const columns = board
      .frame()
      .filter((line) => /RTO </.test(line))
      .map((line) => line.indexOf("RTO <"));
    expect(new Set(columns).size).toBe(1);
    board.press("down", "down");
    const nessie = board
      .frame()
      .join("\n")
      .replace(/\s*│\n│\s*/g, " ");
    expect(nessie).toContain("blast radius, said by kim");
    expect(nessie).toMatch(
      /escalate by +\d\d:\d\d:\d\d: "Point-in-time restore of both tables, then the swap by Terraform" takes at least 20m/,
    );
    expect(nessie).toMatch(/begin now +"Point-in-time restore/);
    expect(nessie).toMatch(/really +about 5 minutes/);
    expect(board.frame().every((line) => line.length <= 80)).toBe(true);
  });

  test("says when it is time to escalate, and when the time is over", () => {
    const late = harness(45);
    late.press("o");
    const text = late.frame().join("\n");
    expect(text).toMatch(/Terraform state +RTO < 30 min +OVERDUE 15:00/);
    expect(text).toMatch(/Nessie catalog \(DynamoDB\) +RTO < 1 hour +15:00 left, ESCALATE/);
  });

  test("Enter shows the ways with their least time; one that no action does is said to be done by hand", () => {
    const board = harness(12);
    board.press("o", "down", "enter");
    expect(board.dialog()).toBe("recovery-paths");
    expect(board.frame().join("\n")).toMatch(/Put an earlier version back, under the lock +at least 60s/);
    board.press("enter");
    expect(board.frame().join("\n")).toMatch(/Done by hand: aws s3api get-object/);
  });

  test("Enter on a way that an action carries out prepares it", () => {
    const board = harness(12);
    const { summaries } = board.incident;
    board.incident.summaries = [...summaries, { ...summaries[0]!, id: "recover-terraform-state", fields: [] }];
    board.press("o", "down", "enter", "enter");
    expect(board.incident.calls).toContainEqual({
      name: "prepare",
      actionId: "recover-terraform-state",
      parameters: {},
    });
  });

  test("a way of another component than its action's default fills the form in", () => {
    const board = harness(12);
    const { summaries } = board.incident;
    const bucket = { name: "bucket", label: "Bucket", description: "Where", required: false };
    board.incident.summaries = [...summaries, { ...summaries[0]!, id: "recover-s3-deleted", fields: [bucket] }];
    board.press("o", "up", "enter", "down", "enter");
    expect(board.frame().join("\n")).toMatch(/› Bucket[\s\S]* audit +│/);
    board.press("enter");
    expect(board.incident.calls).toContainEqual({
      name: "prepare",
      actionId: "recover-s3-deleted",
      parameters: { bucket: "audit" },
    });
  });
});
