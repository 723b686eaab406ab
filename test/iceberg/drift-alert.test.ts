import { describe, expect, test } from "vitest";
import { parseDriftAlerts } from "../../src/iceberg/drift-alert.ts";
import { alertText } from "../../src/sim/world/dagster/drift-sensor.ts";

const ORDERS = {
  namespace: "lakehouse",
  table: "orders",
  missing: ["status"],
  extra: ["order_status", "currency"],
  types: [{ name: "total", expected: "decimal(12, 2)", actual: "decimal(18, 2)" }],
};
const TEXT =
  "Schema drift detected in lakehouse.orders. Missing columns: {'status'}. Extra columns: {'order_status', 'currency'}. Type mismatches: {'total': {'expected': 'decimal(12, 2)', 'actual': 'decimal(18, 2)'}}.";

describe("a pasted alert", () => {
  test("is what the sensor writes", () => {
    expect(alertText("lakehouse.orders", ORDERS)).toBe(TEXT);
  });

  test.each([
    ["alone", TEXT],
    ["as Slack shows it", `*Schema Drift Detected*\n${TEXT}\n:eyes: 2`],
    ["as SNS mails it", `AWS Notification Message\n\n${TEXT}\n\n--\nIf you wish to stop receiving notifications...`],
    ["out of the log", `2026-11-23 02:56:12 +0000 - dagster.sensor - WARNING - ${TEXT}`],
    ["broken into lines", TEXT.replaceAll(". ", ".\n   ").replace("{'order_status', ", "{'order_status',\n      ")],
    ["with typographic quotes", TEXT.replaceAll("'", "\u2019")],
    ["with double quotes", TEXT.replaceAll("'", '"')],
    ["copied out of JSON", JSON.stringify({ Message: TEXT, Subject: "Schema Drift Detected" })],
    ["with escape sequences", TEXT.replace("orders", "\u001b[31morders\u001b[0m")],
  ])("%s", (_name, pasted) => {
    expect(parseDriftAlerts(pasted)).toEqual([ORDERS]);
  });

  test("several tables in one text, each with its own", () => {
    const other = "Schema drift detected in lakehouse.event_stream. Extra columns: {'__index_level_0__'}.";
    expect(parseDriftAlerts(`${TEXT}\n${other}`)).toEqual([
      ORDERS,
      { namespace: "lakehouse", table: "event_stream", missing: [], extra: ["__index_level_0__"], types: [] },
    ]);
  });

  test.each([
    ["", []],
    ["No schema drift detected across 4 tables", []],
    ["nothing of the kind", []],
    ["Schema drift in `lakehouse.orders`", [{ ...ORDERS, missing: [], extra: [], types: [] }]],
    [
      "Schema drift detected in lakehouse.orders. Missing columns: [status, total].",
      [{ ...ORDERS, missing: ["status", "total"], extra: [], types: [] }],
    ],
  ])("%j", (pasted, expected) => {
    expect(parseDriftAlerts(pasted)).toEqual(expected);
  });

  test("what is behind the first 100 000 characters is not read", () => {
    expect(parseDriftAlerts(`${TEXT} ${"{'x', ".repeat(20_000)} ${TEXT.replace("orders", "customers")}`)).toEqual([
      ORDERS,
    ]);
  });
});
