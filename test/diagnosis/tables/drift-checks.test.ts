import { describe, expect, test } from "vitest";
import type { Workload } from "../../../src/diagnosis/access/workloads.ts";
import type { Finding } from "../../../src/diagnosis/check.ts";
import type { Fact } from "../../../src/diagnosis/fact.ts";
import { alertCheck, driftCheck, originCheck, sensorCheck } from "../../../src/diagnosis/tables/drift-checks.ts";
import type { LiveTable } from "../../../src/diagnosis/tables/metadata-facts.ts";
import type { SchemaOrigin } from "../../../src/diagnosis/tables/origin-facts.ts";
import { driftVerdicts } from "../../../src/diagnosis/tables/verdicts.ts";
import { parseTableMetadata } from "../../../src/iceberg/metadata.ts";
import { parseTemplate } from "../../../src/iceberg/template.ts";
import { ago, event, known, said, scope, unknown } from "../facts.ts";

const TEMPLATE = parseTemplate(
  "name: orders\nnamespace: lakehouse\ncolumns:\n  - name: id\n    type: long\n    required: true\n  - name: status\n    type: string\n",
  "/templates/orders.yaml",
);
const templates = { folder: "/templates", templates: [TEMPLATE], problems: [] };
const at = {
  name: "lakehouse.orders",
  namespace: "lakehouse",
  table: "orders",
  metadataLocation: "s3://b/lakehouse/orders/metadata/2.metadata.json",
  catalog: "nessie" as const,
};

function live(...columns: [name: string, type: string, required?: true][]): LiveTable {
  const fields = columns.map(([name, type, required], index) => ({
    id: index + 1,
    name,
    type,
    required: required === true,
  }));
  const metadata = parseTableMetadata(
    JSON.stringify({
      "format-version": 2,
      location: "s3://b/lakehouse/orders",
      "last-updated-ms": 1,
      "current-schema-id": 0,
      schemas: [{ "schema-id": 0, type: "struct", fields }],
    }),
  );
  return { ...at, status: "read", metadata };
}
const SAME = live(["id", "long", true], ["status", "string"]);
const DRIFTED = live(["id", "long", true], ["status", "int"], ["extra", "date"]);
const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join("\n");

describe("live schemas against templates", () => {
  test.each<[string, LiveTable[], string]>([
    ["as the template says", [SAME], "1 table as the template says: lakehouse.orders"],
    ["drifted", [DRIFTED], "extra is extra (date); status is int instead of string"],
    [
      "required alone: the sensor does not see it",
      [live(["id", "long"], ["status", "string"])],
      "The sensor does not compare what is required",
    ],
    ["not in the catalog", [], "has a template and is not in the catalog"],
    [
      "without its metadata file",
      [{ ...at, status: "missing" }],
      "its metadata file s3://b/lakehouse/orders/metadata/2.metadata.json is not there",
    ],
    ["never written", [{ ...at, status: "empty" }], "was never written"],
    ["damaged", [{ ...at, status: "unreadable", reason: "no JSON" }], "cannot be read: no JSON"],
    [
      "the newest file, where the catalog is silent",
      [{ ...DRIFTED, catalog: "s3" }],
      "the catalog did not say which is current",
    ],
  ])("%s", (_name, tables, expected) => {
    const findings = driftCheck.judge({ templates, tables }, scope(), { catalog: known([]) });
    expect(textOf(findings)).toContain(expected);
    expect(said(findings)).toEqual([]);
  });

  test("a template that is none is named", () => {
    const broken = { ...templates, problems: ["table template x.yaml: it has no name"] };
    expect(textOf(driftCheck.judge({ templates: broken, tables: [SAME] }, scope(), { catalog: known([]) }))).toContain(
      "x.yaml: it has no name",
    );
  });
});

describe("the pasted alert", () => {
  const ALERT =
    "Schema drift detected in lakehouse.orders. Extra columns: {'extra'}. Type mismatches: {'status': {'expected': 'string', 'actual': 'int'}}.";
  const judge = (alert: string | undefined, tables: LiveTable[]) =>
    textOf(
      alertCheck.judge({}, scope({ given: alert === undefined ? {} : { alert } }), {
        templates: known(templates),
        tables: known(tables),
      }),
    );

  test.each([
    ["none", undefined, [DRIFTED], ""],
    ["still so", ALERT, [DRIFTED], "It is still so."],
    ["resolved", ALERT, [SAME], "Now template and live schema agree: it is resolved."],
    [
      "another difference by now",
      ALERT,
      [live(["id", "long", true])],
      "Now it is another difference: status is missing",
    ],
    ["a table without template", ALERT.replace("orders", "other"), [SAME], "It has no template here"],
    ["no alert", "hello", [SAME], "there is no alert of schema_drift_sensor"],
  ])("%s", (_name, alert, tables, expected) => {
    expect(judge(alert, tables)).toContain(expected);
  });
});

describe("who did it", () => {
  test("a drift of which nobody knows the origin is likely an accident, and offers no file to go back to", () => {
    const findings = originCheck.judge({ templates, tables: [DRIFTED], origins: [] }, scope(), { places: unknown });
    expect(said(findings)).toEqual(["schema-drift-unintentional supports", "schema-drift-unintentional supports"]);
    const verdict = driftVerdicts.find(({ id }) => id === "schema-drift-unintentional")!;
    expect(verdict.fixes(findings, scope()).map(({ kind, title }) => [kind, title])).toEqual([
      ["text", "lakehouse.orders: no former metadata file with the template's schema"],
    ]);
  });

  test("no drift, no word", () => {
    expect(originCheck.judge({ templates, tables: [SAME], origins: [] }, scope(), { places: unknown })).toEqual([]);
  });

  test("what could not be looked at is said", () => {
    const origin = {
      name: "lakehouse.orders",
      file: "s3://b/x",
      atMs: ago(9),
      commitsSince: 1,
      rowsSince: 0,
      lines: [],
      unread: ["needs logs:FilterLogEvents"],
    };
    expect(
      textOf(originCheck.judge({ templates, tables: [DRIFTED], origins: [origin] }, scope(), { places: unknown })),
    ).toContain("not looked at: needs logs:FilterLogEvents");
  });
});

test("whoever did it is not said to be no pipeline where the pipeline's roles are not known", () => {
  const origin: SchemaOrigin = {
    name: "lakehouse.orders",
    file: "s3://b/x",
    atMs: ago(9),
    commitsSince: 1,
    rowsSince: 0,
    lines: [],
    update: event("UpdateTable", {}, { by: "lakehouse-prod-dagster-task/4f1c" }),
    unread: [],
  };
  const judge = (places: Fact<Workload[]>) =>
    textOf(originCheck.judge({ templates, tables: [DRIFTED], origins: [origin] }, scope(), { places }));
  expect(judge({ status: "unknown", reason: "needs ecs:DescribeServices", lines: [] })).not.toContain("no pipeline");
  expect(judge({ status: "unknown", reason: "needs ecs:DescribeServices", lines: [] })).toContain(
    "not looked at: which roles are the pipeline's own: needs ecs:DescribeServices",
  );
  expect(judge(known([]))).toContain("no pipeline");
});

test("the sensor that does not tick is told", () => {
  expect(textOf(sensorCheck.judge({ tick: { lastMs: undefined, said: [] } }, scope(), {}))).toContain(
    "has not ticked in the last 70 minutes",
  );
  expect(
    textOf(
      sensorCheck.judge({ tick: { lastMs: ago(5), said: ["No schema drift detected across 4 tables"] } }, scope(), {}),
    ),
  ).toContain("looks again by 03:55:00 UTC");
});
