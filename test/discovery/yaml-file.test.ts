import { expect, test } from "vitest";
import { parseFile } from "../../src/config/file.ts";
import { Finds } from "../../src/discovery/contract.ts";
import { findsTable, isEnough, missingWords, renderYaml } from "../../src/discovery/yaml-file.ts";

const HEADER = {
  writtenAt: "2026-11-23T03:00:00.000Z",
  accountId: "111122223333",
  region: "eu-west-1",
  sources: ["tags: a"],
};

function some(): Finds {
  const finds = new Finds();
  finds.add("project", "zoo", "tags: 3 resources");
  finds.add("environment", "live", "tags: 3 resources");
  finds.add("buckets.lakehouse", "pond", "tags: bucket");
  finds.add("dagster.cluster", "boat: odd # name", "tags: ECS service");
  finds.add("dagster.services", ["a", "b"], "tags: ECS services");
  return finds;
}

test("the file reads back as what was found, each value with its source above it", () => {
  const yaml = renderYaml(some().all(), HEADER);
  const { values, problems } = parseFile(yaml, "mayday.yaml");
  expect(problems).toEqual([]);
  const read = values.map(({ key, value }) => [key, value]);
  const written = some()
    .all()
    .map(({ key, value }) => [key, value]);
  expect(read.sort()).toEqual(written.sort());
  expect(yaml).toContain("  # tags: bucket\n  lakehouse: pond\n");
  expect(yaml).toContain(
    "  # not found: bucket that CloudTrail writes data events to\n  # audit: acme-prod-audit-trail\n",
  );
  expect(yaml).toContain("# breakGlass:\n#   not looked for");
  expect(
    yaml.startsWith("# Written by mayday init at 2026-11-23T03:00:00.000Z from account 111122223333, eu-west-1.\n"),
  ).toBe(true);
});

test("what is read back says where it was found, by the comment above it; another file's comments say nothing", () => {
  const yaml = renderYaml(some().all(), HEADER);
  const commentOf = (text: string, key: string) =>
    parseFile(text, "mayday.yaml").values.find((value) => value.key === key)?.comment;
  expect(commentOf(yaml, "project")).toBe("tags: 3 resources");
  expect(commentOf(yaml, "buckets.lakehouse")).toBe("tags: bucket");
  expect(commentOf(yaml, "dagster.services")).toBe("tags: ECS services");
  expect(commentOf(yaml.replace("  # tags: bucket\n", ""), "buckets.lakehouse")).toBeUndefined();
  expect(commentOf("# the zoo's\nproject: zoo\n", "project")).toBeUndefined();
});

test("the file is the same for the same finds", () => {
  expect(renderYaml(some().all(), HEADER)).toBe(renderYaml(some().all(), HEADER));
});

test("the table says where, below where it does not fit", () => {
  expect(findsTable(some().all(), 100)).toContain("buckets.lakehouse  pond");
  const narrow = findsTable(some().all(), 40);
  expect(narrow).toMatch(/buckets\.lakehouse {2}pond\n +<- tags: bucket\n/);
});

test("what must be known before anything is written", () => {
  const finds = some();
  expect(isEnough(finds.all())).toBe(true);
  expect(isEnough(finds.all().filter(({ key }) => key !== "buckets.lakehouse"))).toBe(false);
  expect(missingWords([])).toMatch(
    /^project \(.*, environment \(.*, buckets\.lakehouse \(bucket that holds the tables\)$/,
  );
});
