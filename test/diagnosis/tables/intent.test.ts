import { describe, expect, test } from "vitest";
import type { DataEvent } from "../../../src/diagnosis/sources/data-events.ts";
import { intentOf, jobBehind } from "../../../src/diagnosis/tables/intent.ts";
import type { SchemaOrigin } from "../../../src/diagnosis/tables/origin-facts.ts";
import { nextTickMs } from "../../../src/diagnosis/tables/sensor-facts.ts";
import type { SchemaDifference } from "../../../src/iceberg/compare.ts";
import { ago, event, NOW_MS } from "../facts.ts";

const ROLES = ["lakehouse-prod-dagster-task"];
const none: SchemaDifference = { missing: [], extra: [], types: [], required: [] };
const renamed: SchemaDifference = {
  ...none,
  missing: [{ path: "status", type: "string", required: true }],
  extra: [{ path: "order_status", type: "string", required: true }],
};
const pandas: SchemaDifference = { ...none, extra: [{ path: "__index_level_0__", type: "long", required: false }] };
const retyped: SchemaDifference = {
  ...none,
  types: [{ path: "user_id", expected: "long", actual: "string", promotion: false }],
};
const widened: SchemaDifference = {
  ...none,
  types: [{ path: "total", expected: "decimal(12, 2)", actual: "decimal(18, 2)", promotion: true }],
};

const writer = (by: string): DataEvent => ({
  atMs: ago(20),
  name: "PutObject",
  arn: `arn:aws:sts::111122223333:assumed-role/${by}`,
  by,
  accessKeyId: "ASIA",
  sourceAddress: "10.0.0.1",
  userAgent: "Boto3/1.35",
  bucket: "b",
  key: "k",
});
const PIPELINE = "lakehouse-prod-dagster-task/0123456789abcdef0123456789abcdef";
const TICKET = { hash: "a".repeat(64), author: "data-team/ines", message: "DATA-412: orders v2" };
const GENERIC = { hash: "b".repeat(64), author: "dagster", message: "Iceberg schema change against lakehouse.orders" };
const REPLACED = { atMs: ago(20), task: "t", text: "Schema of lakehouse.orders is replaced by that of the data frame" };

const origin = (change: Partial<SchemaOrigin>): SchemaOrigin => ({
  name: "lakehouse.orders",
  file: "s3://b/k",
  atMs: ago(20),
  commitsSince: 1,
  rowsSince: 0,
  lines: [],
  unread: [],
  ...change,
});

describe("whether a schema was changed on purpose", () => {
  test.each<[string, SchemaOrigin | undefined, SchemaDifference, string | undefined]>([
    [
      "a person, a ticket in the commit",
      origin({ writer: writer("data-engineer/ines"), commit: TICKET }),
      renamed,
      "intentional",
    ],
    [
      "a ticket in the session's name alone (Glue)",
      origin({ writer: writer("data-engineer/DATA-412-orders-v2") }),
      renamed,
      "intentional",
    ],
    [
      "the same by Glue's event, without data events",
      origin({ update: event("UpdateTable", {}, { by: "data-engineer/DATA-412-orders-v2" }) }),
      widened,
      "intentional",
    ],
    [
      "a migration without a ticket",
      origin({ writer: writer("data-engineer/ines"), commit: { ...TICKET, message: "Migration: rename status" } }),
      renamed,
      "intentional",
    ],
    ["the commit alone, by a person", origin({ commit: TICKET }), renamed, "intentional"],
    [
      "a ticket, and pandas' index: it does not fit",
      origin({ writer: writer("data-engineer/ines"), commit: TICKET }),
      pandas,
      undefined,
    ],
    ["a person without a word", origin({ writer: writer("data-engineer/ines"), commit: GENERIC }), renamed, undefined],
    ["the pipeline, pandas' index", origin({ writer: writer(PIPELINE), commit: GENERIC }), pandas, "unintentional"],
    ["the pipeline, another type", origin({ writer: writer(PIPELINE) }), retyped, "unintentional"],
    [
      "the pipeline, and its log says so",
      origin({ writer: writer(PIPELINE), lines: [REPLACED] }),
      renamed,
      "unintentional",
    ],
    ["the pipeline by its commit alone", origin({ commit: GENERIC }), pandas, "unintentional"],
    [
      "the pipeline, with a ticket in its message: not decided",
      origin({ writer: writer(PIPELINE), commit: { ...TICKET, author: "dagster" } }),
      widened,
      undefined,
    ],
    ["nobody knows", undefined, renamed, undefined],
  ])("%s", (_name, from, difference, expected) => {
    expect(intentOf(from, difference, ROLES).decided).toBe(expected);
  });

  test("what nobody announces counts as an accident, with what speaks for it", () => {
    const { signals } = intentOf(undefined, pandas, ROLES);
    expect(signals.map(({ toward }) => toward)).toEqual(["unintentional", "unintentional"]);
    expect(signals.at(-1)?.text).toContain("Nothing announces it");
  });
});

describe("when the sensor looks again", () => {
  test.each<[string, number | undefined, number]>([
    ["an hour after its last tick", ago(10), ago(-50)],
    ["it is late: the hour after that", ago(70), ago(-50)],
    ["nobody saw it tick", undefined, ago(-60)],
  ])("%s", (_name, lastMs, expected) => {
    expect(nextTickMs({ lastMs, said: [] }, NOW_MS)).toBe(expected);
  });
});

describe("the job behind a change", () => {
  const line = (job: string, text: string) => ({
    text: `2026-11-23 03:00:00 +0000 - dagster - INFO - ${job} - 0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35 - ${text}`,
  });
  test.each([
    ["the one that said so", [line("append", "wrote orders"), line("backfill", REPLACED.text)], "backfill"],
    ["the only one that spoke of the table", [line("append", "wrote orders"), line("append", "done")], "append"],
    ["several spoke of it, none said so", [line("append", "wrote orders"), line("other", "read orders")], undefined],
    ["nobody", [], undefined],
  ])("%s", (_name, lines, expected) => {
    expect(jobBehind(lines)).toBe(expected);
  });
});
