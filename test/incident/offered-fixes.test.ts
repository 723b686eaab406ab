import { describe, expect, test } from "vitest";
import type { DiagnosisResult } from "../../src/diagnosis/run.ts";
import type { Fix, RankedVerdict } from "../../src/diagnosis/verdict.ts";
import { offered, withOfferedFixes } from "../../src/incident/offered-fixes.ts";

const action = (actionId: string, parameters: Record<string, string>): Fix => ({
  kind: "action",
  title: `do ${actionId}`,
  actionId,
  parameters,
});
const text: Fix = { kind: "text", title: "by hand", text: "aws ...\n" };
const KEY = "arn:aws:kms:us-east-1:111122223333:key/0b7d1e52-4c3a-4f7e-9a61-6a2f0d1c8e35";

const verdict = (...fixes: Fix[]): RankedVerdict => ({
  id: "s3-kms-key-unusable",
  title: "t",
  meaning: "m",
  certainty: "proven",
  for: [],
  against: [],
  information: [],
  unknown: [],
  consequences: [],
  fixes,
});

describe("fixes that can be carried out here", () => {
  test.each<[string, Fix, boolean]>([
    ["a text is always offered", text, true],
    ["an action that is there, with its parameters", action("enable-kms-key", { key: KEY }), true],
    ["an action that does not exist", action("make-it-work", {}), false],
    ["a parameter of another form", action("enable-kms-key", { key: "alias/lakehouse" }), false],
    ["a parameter that is missing", action("enable-kms-key", {}), false],
    ["a parameter that the action does not know", action("enable-kms-key", { key: KEY, colour: "red" }), false],
    [
      "a role's KMS permissions",
      action("grant-role-access", { role: "r", actions: "kms:Decrypt,kms:GenerateDataKey", resource: KEY }),
      true,
    ],
    [
      "more of KMS than reading and writing needs",
      action("grant-role-access", { role: "r", actions: "kms:*", resource: KEY }),
      false,
    ],
  ])("%s", (_name, fix, expected) => {
    expect(offered([verdict(fix)])[0]?.fixes).toEqual(expected ? [fix] : []);
  });

  test("the others keep their order, and everything else of a result stays as it is", () => {
    const good = action("enable-kms-key", { key: KEY });
    const found = verdict(action("nothing", {}), text, good, action("enable-kms-key", { key: "" }));
    const result: DiagnosisResult = {
      id: "s3-403",
      title: "S3 403",
      startedAtMs: 1,
      tookMs: 2,
      checks: [],
      conclusion: "causes",
      summary: "s",
      verdicts: [found],
      possible: [verdict(action("nothing", {}))],
      unknown: ["u"],
    };
    expect(withOfferedFixes(result)).toEqual({
      ...result,
      verdicts: [{ ...found, fixes: [text, good] }],
      possible: [verdict()],
    });
    // What was handed in is not changed.
    expect(found.fixes).toHaveLength(4);
  });
});
