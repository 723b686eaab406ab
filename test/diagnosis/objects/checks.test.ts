import { describe, expect, test } from "vitest";
import type { Workload } from "../../../src/diagnosis/access/workloads.ts";
import { burstsOf } from "../../../src/diagnosis/objects/bursts.ts";
import { deletionsCheck, missingFilesCheck } from "../../../src/diagnosis/objects/checks.ts";
import type { Folder } from "../../../src/diagnosis/objects/marker-facts.ts";
import { objectVerdicts } from "../../../src/diagnosis/objects/verdicts.ts";
import type { DataEvent } from "../../../src/diagnosis/sources/data-events.ts";
import type { LiveTable } from "../../../src/diagnosis/tables/metadata-facts.ts";
import { ago, known, said, scope, unknown } from "../facts.ts";

const PREFIX = "lakehouse/orders/";
const markers = (count: number, minutes: number) =>
  Array.from({ length: count }, (_, index) => ({ key: `${PREFIX}data/${index}.parquet`, atMs: ago(minutes) + index }));
const folder = (change: Partial<Folder> = {}): Folder => ({
  prefix: PREFIX,
  live: 40,
  liveData: 30,
  deleted: [],
  whole: true,
  ...change,
});
const deletion = (minutes: number, by: string, name = "DeleteObjects"): DataEvent => ({
  atMs: ago(minutes),
  name,
  arn: "",
  by,
  accessKeyId: "",
  sourceAddress: "",
  userAgent: "Boto3",
  bucket: "b",
});
const WRITER: Workload = {
  cluster: "c",
  service: "s",
  roleArn: "arn:aws:iam::111122223333:role/dagster-task",
  subnets: [],
  sinceMs: 0,
};
const HEAD = `${PREFIX}metadata/9.metadata.json`;
const headless: LiveTable = {
  name: "lakehouse.orders",
  namespace: "lakehouse",
  table: "orders",
  metadataLocation: `s3://b/${HEAD}`,
  catalog: "nessie",
  status: "missing",
};

const judge = (folders: Folder[], events: DataEvent[] = [], tables: LiveTable[] = []) =>
  deletionsCheck.judge({ deleted: { folders, whole: true } }, scope(), {
    events: known({ events, fromMs: ago(60), deliveredMs: ago(1), whole: true }),
    tables: known(tables),
    places: known([WRITER]),
  });

describe("objects that were deleted together", () => {
  test.each<[string, ReturnType<typeof judge>, string[]]>([
    ["nothing", judge([folder()]), []],
    ["one file", judge([folder({ deleted: markers(1, 30) })]), []],
    [
      "many, by somebody",
      judge([folder({ deleted: markers(25, 30) })], [deletion(30, "platform-engineer/cleanup")]),
      ["objects-deleted supports"],
    ],
    ["many, by whom is not known", judge([folder({ deleted: markers(25, 30) })]), ["objects-deleted supports"]],
    [
      "many, by the tables' own writer: maintenance",
      judge([folder({ deleted: markers(25, 30) })], [deletion(30, "dagster-task/maintenance", "DeleteObject")]),
      [],
    ],
    [
      "the writer, and no data file is left",
      judge([folder({ deleted: markers(25, 30), liveData: 0 })], [deletion(30, "dagster-task/x")]),
      ["objects-deleted proves"],
    ],
    [
      "a few, in bulk, by somebody else",
      judge([folder({ deleted: markers(6, 30) })], [deletion(30, "platform-engineer/cleanup")]),
      ["objects-deleted supports"],
    ],
    [
      "a metadata file that the catalog names",
      judge([folder({ deleted: [{ key: HEAD, atMs: ago(30) }] })], [], [headless]),
      ["objects-deleted proves"],
    ],
    ["that file is missing and was not deleted now", judge([folder({ deleted: markers(1, 30) })], [], [headless]), []],
  ])("%s", (_name, findings, expected) => {
    expect(said(findings)).toEqual(expected);
  });

  test("a pause parts bursts: each has its own author, and the fix its own window", () => {
    const folders = [folder({ deleted: [...markers(30, 40), ...markers(24, 20)], liveData: 0 })];
    const events = [
      deletion(40, "platform-engineer/cleanup"),
      deletion(20, "dagster-task/maintenance", "DeleteObject"),
    ];
    expect(burstsOf(folders, events).map(({ markers: all, by }) => [all.length, by.map((one) => one.by)])).toEqual([
      [30, ["platform-engineer/cleanup"]],
      [24, ["dagster-task/maintenance"]],
    ]);
    const fixes = objectVerdicts[0]!.fixes(judge(folders, events), scope());
    expect(fixes[0]).toMatchObject({
      actionId: "recover-s3-deleted",
      parameters: { since: "2026-11-23T02:19:59.000Z", until: "2026-11-23T02:20:02.029Z" },
    });
  });

  test("what was not listed is said", () => {
    expect(
      judge([folder({ whole: false })])
        .map(({ text }) => text)
        .join(),
    ).toContain("Not everything was listed: lakehouse/orders/");
  });
});

test.each([
  ["before the deletion", 50, []],
  ["since then", 10, ["objects-deleted supports"]],
])("a file that a job does not find %s", (_name, minutes, expected) => {
  const lines = [{ atMs: ago(minutes), task: "t", text: "FileNotFoundError: The specified key does not exist." }];
  const deleted = known({ folders: [folder({ deleted: markers(30, 40) })], whole: true });
  expect(said(missingFilesCheck.judge({ lines }, scope(), { deleted }))).toEqual(expected);
  expect(said(missingFilesCheck.judge({ lines }, scope(), { deleted: unknown }))).toEqual([]);
});
