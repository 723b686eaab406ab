import { describe, expect, test } from "vitest";
import { operationOf } from "../../src/aws/operations.ts";
import type { DiagnosisResult } from "../../src/diagnosis/run.ts";
import type { CatalogType } from "../../src/sim/world/names.ts";
import type { TestSimulator } from "../support/simulator.ts";
import { accountAt, contextOf, diagnose } from "./support.ts";

// Every operation that a diagnosis of the data sends is denied, one at a time: what cannot be read is said, with the permission, and
// nothing is claimed that is not so.

/** The names of the services in the table of operations where these are not the signing names. */
const SERVICES: Record<string, string> = { monitoring: "cloudwatch", elasticloadbalancing: "elbv2" };

interface Case {
  scenario: string;
  diagnosis: string;
  catalogType: CatalogType;
  /** The right verdict; undefined: nothing is wrong. */
  verdict?: string;
}

const CASES: Case[] = [
  {
    scenario: "s3-access-denied:kms-key-policy",
    diagnosis: "s3-403",
    catalogType: "nessie",
    verdict: "s3-kms-key-policy",
  },
  {
    scenario: "s3-access-denied:kms-key-disabled",
    diagnosis: "s3-403",
    catalogType: "nessie",
    verdict: "s3-kms-key-unusable",
  },
  {
    scenario: "s3-access-denied:vpc-endpoint",
    diagnosis: "s3-403",
    catalogType: "nessie",
    verdict: "s3-vpc-endpoint-policy",
  },
  {
    scenario: "s3-access-denied:lake-formation",
    diagnosis: "s3-403",
    catalogType: "glue",
    verdict: "lake-formation-permissions",
  },
  { scenario: "quiet", diagnosis: "s3-403", catalogType: "glue" },
  {
    scenario: "schema-drift:unintentional",
    diagnosis: "schema-drift",
    catalogType: "glue",
    verdict: "schema-drift-unintentional",
  },
  {
    scenario: "schema-drift:intentional",
    diagnosis: "schema-drift",
    catalogType: "nessie",
    verdict: "schema-drift-intentional",
  },
  { scenario: "quiet", diagnosis: "schema-drift", catalogType: "glue" },
];

/**
 * Operations by whose denial nothing may be lost, so that nothing is said: logs are found without the tasks that wrote them, roles of
 * pipelines matter where a schema drifted, and what a key's policy allows needs no grant.
 */
const OTHER_WAYS = new Set([
  "ecs:ListTasks",
  "ecs:DescribeTasks",
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "kms:ListGrants",
]);

interface Sent {
  service: string;
  operation: string;
  /** The IAM action that it needs first. */
  action: string;
}

/** The operations that need a permission among those that the simulator was sent since then. */
function sentSince(simulator: TestSimulator, before: number): Sent[] {
  const names = new Set(simulator.calls.slice(before).map(({ service, operation }) => `${service} ${operation}`));
  return [...names].flatMap((name) => {
    const [service = "", operation = ""] = name.split(" ");
    const [action] = operationOf(SERVICES[service] ?? service, operation)?.iamActions ?? [];
    return action === undefined ? [] : [{ service, operation, action }];
  });
}

/** Everything that a result says. */
const wordsOf = ({ checks, unknown }: DiagnosisResult) =>
  [...unknown, ...checks.flatMap(({ reasons, findings }) => [...reasons, ...findings.map(({ text }) => text)])].join(
    "\n",
  );

describe.each(CASES)("$diagnosis in $scenario with $catalogType", ({ scenario, diagnosis, catalogType, verdict }) => {
  test("whichever operation is denied", { timeout: 60_000 }, async () => {
    const simulator = await accountAt(7, { scenario, catalogType });
    const before = simulator.calls.length;
    const whole = await diagnose(await contextOf(simulator), diagnosis);
    const sent = sentSince(simulator, before);
    expect(sent.length).toBeGreaterThan(5);
    const unsaid: string[] = [];
    for (const { service, operation, action } of sent) {
      const remove = simulator.faults.add({ kind: "deny", service, operation });
      const result = await diagnose(await contextOf(simulator), diagnosis);
      remove();
      const claimed = result.verdicts.map(({ id }) => id).filter((id) => id !== "nothing-wrong");
      // Without its proof the right verdict may be missing, or only likely; another one is never there.
      expect([action, claimed.filter((id) => id !== verdict)]).toEqual([action, []]);
      if (wordsOf(result).includes(`needs ${action}`)) {
        if (verdict !== undefined && claimed.length === 0)
          expect([action, result.conclusion]).toEqual([action, "inconclusive"]);
        continue;
      }
      // Another way led to the same: then nothing at all may be missing.
      unsaid.push(action);
      expect([action, wordsOf(result)]).toEqual([action, wordsOf(whole)]);
      expect([action, result.verdicts.map(({ id, certainty }) => [id, certainty])]).toEqual([
        action,
        whole.verdicts.map(({ id, certainty }) => [id, certainty]),
      ]);
    }
    expect(unsaid.filter((action) => !OTHER_WAYS.has(action))).toEqual([]);
  });
});
