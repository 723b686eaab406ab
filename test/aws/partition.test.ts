import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { globalRegionOf, partitionOf, s3Arn } from "../../src/aws/partition.ts";

it.each([
  ["eu-west-1", "aws", "us-east-1"],
  ["us-gov-east-1", "aws-us-gov", "us-gov-west-1"],
  ["cn-northwest-1", "aws-cn", "cn-north-1"],
  ["us-iso-east-1", "aws-iso", "us-iso-east-1"],
  ["us-isob-east-1", "aws-iso-b", "us-isob-east-1"],
])("%s is in %s, with IAM's events in %s", (region, partition, global) => {
  expect(partitionOf(region)).toBe(partition);
  expect(globalRegionOf(region)).toBe(global);
  expect(s3Arn(region, "b", "k/*")).toBe(`arn:${partition}:s3:::b/k/*`);
});

it("no ARN is made for one partition only, outside the simulator and what is an example to read", () => {
  const src = join(import.meta.dirname, "../../src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !name.startsWith("sim"),
  );
  expect(files.length).toBeGreaterThan(500);
  const found = files.filter((name) => /\barn:aws:[^`\n]*\$\{/.test(readFileSync(join(src, name), "utf8")));
  // Terraform's own text, that a person adapts.
  expect(found).toEqual(["diagnosis/access/verdicts.ts"]);
});
