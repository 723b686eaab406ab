import { describe, expect, test } from "vitest";
import { answersCheck, batchWritesCheck, commitsCheck, itemsCheck } from "../../../src/diagnosis/catalog/checks.ts";
import type { StoreItems } from "../../../src/diagnosis/catalog/store-facts.ts";
import type { NessieEntry, NessieLogEntry } from "../../../src/diagnosis/tables/catalog-facts.ts";
import type { LiveTable } from "../../../src/diagnosis/tables/metadata-facts.ts";
import { badCommits } from "../../../src/iceberg/bad-commits.ts";
import { ago, known, said, scope, steady, unknown } from "../facts.ts";

const key = (table: string) => ({ elements: ["lakehouse", table] });
const file = (table: string, name = "1") => `s3://b/lakehouse/${table}/metadata/${name}.metadata.json`;
const put = (table: string, metadataLocation = file(table)) => ({
  type: "PUT" as const,
  key: key(table),
  content: { type: "ICEBERG_TABLE", id: table, metadataLocation },
});
const drop = (table: string) => ({ type: "DELETE" as const, key: key(table) });
const commit = (minutes: number, ...operations: NonNullable<NessieLogEntry["operations"]>): NessieLogEntry => ({
  commitMeta: { hash: `h${minutes}`, message: "m", authors: ["kim"], commitTime: new Date(ago(minutes)).toISOString() },
  parentCommitHash: `p${minutes}`,
  operations,
});
const entry = (table: string): NessieEntry => ({ name: key(table), type: "ICEBERG_TABLE" });
const missing = (table: string, metadataLocation: string): LiveTable => ({
  name: `lakehouse.${table}`,
  namespace: "lakehouse",
  table,
  metadataLocation,
  catalog: "nessie",
  status: "missing",
});
const CREATED = commit(9000, put("orders"), put("customers"));
const AWAY = "s3://b/migration/orders/metadata/0.metadata.json";

describe("bad commits", () => {
  test.each<[string, NessieLogEntry[], NessieEntry[], LiveTable[], string[]]>([
    [
      "appends",
      [commit(5, put("orders", file("orders", "2"))), CREATED],
      [entry("orders"), entry("customers")],
      [],
      [],
    ],
    ["a dropped table", [commit(5, drop("orders")), CREATED], [entry("customers")], [], ["h5"]],
    [
      "dropped, and made again since",
      [commit(3, put("orders")), commit(5, drop("orders")), CREATED],
      [entry("orders"), entry("customers")],
      [],
      [],
    ],
    ["dropped long ago", [commit(3000, drop("orders")), CREATED], [entry("customers")], [], []],
    [
      "what was dropped was no table that is known",
      [commit(5, drop("scratch")), CREATED],
      [entry("orders"), entry("customers")],
      [],
      [],
    ],
    [
      "led to a place where nothing is",
      [commit(5, put("orders", AWAY)), CREATED],
      [entry("orders"), entry("customers")],
      [missing("orders", AWAY)],
      ["h5"],
    ],
    [
      "moved to a place that has its metadata",
      [commit(5, put("orders", AWAY)), CREATED],
      [entry("orders"), entry("customers")],
      [],
      [],
    ],
    [
      "its place stayed and S3 lost the file",
      [commit(5, put("orders", file("orders", "2"))), CREATED],
      [entry("orders"), entry("customers")],
      [missing("orders", file("orders", "2"))],
      [],
    ],
    [
      "made good by a later commit",
      [commit(3, put("orders", file("orders", "2"))), commit(5, put("orders", AWAY)), CREATED],
      [entry("orders"), entry("customers")],
      [],
      [],
    ],
  ])("%s", (_name, commits, entries, tables, expected) => {
    expect(badCommits(commits, entries, tables, ago(24 * 60)).map(({ hash }) => hash)).toEqual(expected);
  });

  test.each([
    ["a table that has a template", "orders", ["catalog-logical-damage proves"]],
    ["one that has none may have been dropped on purpose", "scratch", ["catalog-logical-damage supports"]],
  ])("%s", (_name, table, expected) => {
    const history = { commits: [commit(5, drop(table)), commit(9000, put(table))], whole: true };
    const template = { file: "orders.yaml", name: "orders", namespace: "lakehouse", fields: [], text: "" };
    const templates = known({ folder: "f", templates: [template], problems: [] });
    expect(said(commitsCheck.judge({ history, entries: [], tables: [] }, scope(), { templates }))).toEqual(expected);
  });
});

describe("the store", () => {
  const names = { refs: "p_refs", objs: "p_objs", keyPrefix: ":" };
  test.each<[string, StoreItems, string[]]>([
    ["whole", { refs: "ok", head: "ab", objs: "ok" }, []],
    ["the object is gone", { refs: "ok", head: "ab", objs: "no-item" }, ["catalog-physical-damage proves"]],
    ["the reference is gone", { refs: "no-item", objs: "not-asked" }, ["catalog-physical-damage proves"]],
    ["a table is gone", { refs: "no-table", objs: "not-asked" }, ["catalog-physical-damage proves"]],
    ["the other is", { refs: "ok", head: "ab", objs: "no-table" }, ["catalog-physical-damage proves"]],
  ])("%s", (_name, items, expected) => {
    expect(said(itemsCheck.judge({ names, items }, scope(), { writes: unknown }))).toEqual(expected);
  });

  test("the fix goes to the minute before the first batch", () => {
    const writes = known({ refs: [{ atMs: ago(37), value: 1 }], objs: [{ atMs: ago(36), value: 9 }] });
    const [finding] = itemsCheck.judge({ names, items: { refs: "ok", head: "ab", objs: "no-item" } }, scope(), {
      writes,
    });
    expect(finding?.details).toMatchObject({ damagedMs: ago(37), tables: ["p_refs", "p_objs"] });
  });

  test.each([
    ["its newest commit", { answer: "commit" as const, hash: "ab" }, []],
    [
      "an object that is not found",
      { answer: "error" as const, text: "Nessie answers 500: ObjNotFoundException" },
      ["catalog-physical-damage supports"],
    ],
    ["another error", { answer: "error" as const, text: "Nessie answers 400: Bad Request" }, []],
  ])("Nessie answers with %s", (_name, answer, expected) => {
    const strong = answersCheck.judge({ answer }, scope(), {}).filter(({ strength }) => strength !== "information");
    expect(said(strong)).toEqual(expected);
  });

  test.each([
    ["none", [], [], 0],
    ["on the references: nobody but a script does that", [{ atMs: ago(30), value: 2 }], steady(0), 1],
    ["on the objects alone: Nessie's own maintenance may", [], [{ atMs: ago(30), value: 2 }], 0],
  ])("batch writes, %s", (_name, refs, objs, supports) => {
    const findings = batchWritesCheck.judge({ names, writes: { refs, objs } }, scope(), {});
    expect(findings.filter(({ strength }) => strength === "supports")).toHaveLength(supports);
  });
});
