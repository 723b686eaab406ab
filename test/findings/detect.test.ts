import { describe, expect, test } from "vitest";
import type { BreakGlassFacts } from "../../src/findings/facts/break-glass.ts";
import type { FactValues } from "../../src/findings/facts/index.ts";
import { candidateTables } from "../../src/findings/facts/tables.ts";
import { bySeverity, DETECTORS } from "../../src/findings/find.ts";
import { alarm, BUCKET, detectorOf, found, MENDED, NOW_MS, table } from "./facts.ts";

const NESSIE: FactValues["nessie"] = { name: "nessie", desired: 2, taskDefinition: "n:3", tablePrefix: "p", tags: {} };
const statement = (change: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Uploads",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: `arn:aws:s3:::${BUCKET}/*`,
        ...change,
      },
    ],
  });
const HEADER = { StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" } };
const trail = (change: object = {}) => ({
  name: "t",
  bucket: "audit",
  managementEvents: false,
  objectEvents: [],
  ...change,
});
const GLASS: BreakGlassFacts = {
  user: "glass",
  exists: true,
  consolePassword: true,
  mfaDevices: 1,
  keys: [{ id: "AKIA1", createdAtMs: NOW_MS - 86_400_000 }],
  administrator: true,
  groups: [],
};

const DAY_MS = 86_400_000;
const lacking = (change: Partial<BreakGlassFacts>) => ({ breakGlass: { ...GLASS, ...change } });

/** Detector, facts that are not those of the mended lakehouse, and what is said; none: nothing must be found. */
const CASES: [id: string, what: string, facts: Partial<FactValues>, said: RegExp | undefined][] = [
  [
    "unused-catalog-table",
    "the template's table beside two in use",
    { tables: [...MENDED.tables, table("p", { items: 0 })] },
    /^The catalog is in p_refs and p_objs, and not in p$/,
  ],
  [
    "unused-catalog-table",
    "nothing consumed yet, but the task's prefix",
    { tables: [table("p_refs"), table("p_objs"), table("p")], nessie: NESSIE },
    /not in p$/,
  ],
  ["unused-catalog-table", "no prefix and nothing consumed", { tables: [table("p_refs"), table("p")] }, undefined],
  ["unused-catalog-table", "the single table in use", { tables: [table("p", { consumedUnits: 3 })] }, undefined],
  [
    "recovery-off",
    "one of the two without",
    { tables: [MENDED.tables[0]!, table("p_objs", { consumedUnits: 1, pointInTimeRecovery: false })] },
    /off for p_objs$/,
  ],
  [
    "recovery-off",
    "an unused one without",
    { tables: [...MENDED.tables, table("p", { pointInTimeRecovery: false })] },
    undefined,
  ],
  [
    "catalog-recovery-point",
    "five minutes behind",
    { tables: [table("p_refs", { consumedUnits: 1, latestRestorableMs: NOW_MS - 303_000 })] },
    /5m ago/,
  ],
  [
    "catalog-recovery-point",
    "the worst of two",
    {
      tables: [
        table("p_refs", { consumedUnits: 1, latestRestorableMs: NOW_MS - 60_000 }),
        table("p_objs", { consumedUnits: 1, latestRestorableMs: NOW_MS - 400_000 }),
      ],
    },
    /6m ago/,
  ],
  [
    "already-on-demand",
    "both on demand",
    { tables: MENDED.tables.map((one) => ({ ...one, onDemand: true })) },
    /on-demand already/,
  ],
  [
    "already-on-demand",
    "one provisioned",
    { tables: [{ ...MENDED.tables[0]!, onDemand: true }, MENDED.tables[1]!] },
    undefined,
  ],
  [
    "alarm-never-fires",
    "throttles per table",
    {
      alarms: [
        alarm("x", {
          metric: {
            namespace: "AWS/DynamoDB",
            name: "ThrottledRequests",
            statistic: "Sum",
            dimensions: { TableName: "p" },
            comparison: ">",
            missingData: "notBreaching",
          },
        }),
      ],
    },
    /The alarm x can never fire/,
  ],
  [
    "alarm-missing",
    "no Dagster alarm",
    { alarms: MENDED.alarms.slice(0, 2) },
    /dagster-task-stopped is not in this account/,
  ],
  [
    "alarm-threshold",
    "90 %",
    {
      alarms: [
        alarm("nessie-cpu", {
          metric: {
            namespace: "AWS/ECS",
            name: "CPUUtilization",
            statistic: "Average",
            dimensions: { ClusterName: "lakehouse-prod-nessie", ServiceName: "nessie" },
            comparison: ">",
            missingData: "missing",
            threshold: 90,
          },
        }),
      ],
    },
    /nessie-cpu is not what the runbook says/,
  ],
  ["alarm-silent", "no action", { alarms: [alarm("x", { actionCount: 0 })] }, /x notifies nobody/],
  ["alarm-silent", "actions off", { alarms: [alarm("x", { actionsEnabled: false })] }, /x notifies nobody/],
  ["alarm-silent", "target tracking's own", { alarms: [alarm("TargetTracking-x", { actionCount: 0 })] }, undefined],
  [
    "upload-needs-kms-header",
    "as in the template",
    { policy: statement({ Condition: HEADER }) },
    /refuses uploads without/,
  ],
  [
    "upload-needs-kms-header",
    "by Null",
    { policy: statement({ Condition: { Null: { "s3:x-amz-server-side-encryption": "true" } } }) },
    /refuses uploads without/,
  ],
  ["upload-needs-kms-header", "every upload denied", { policy: statement({}) }, undefined],
  [
    "upload-needs-kms-header",
    "only from elsewhere",
    { policy: statement({ Condition: { Bool: { "aws:SecureTransport": "false" } } }) },
    undefined,
  ],
  [
    "upload-needs-kms-header",
    "another bucket",
    { policy: statement({ Condition: HEADER, Resource: "arn:aws:s3:::other/*" }) },
    undefined,
  ],
  [
    "noncurrent-versions-expire",
    "the shortest of two",
    {
      expiry: [
        { id: "long", prefix: "", noncurrentDays: 90 },
        { id: "short", prefix: "lakehouse/", noncurrentDays: 7 },
      ],
    },
    /gone for good after 7 days/,
  ],
  ["object-layout", "no data/", { layout: ["lakehouse/"] }, /nothing under data\//],
  ["object-layout", "an empty bucket", { layout: [] }, undefined],
  ["object-events", "no trail", { trails: [] }, /Nothing records who reads and deletes/],
  [
    "object-events",
    "another bucket's",
    { trails: [trail({ objectEvents: ["arn:aws:s3:::other/"] })] },
    /Nothing records/,
  ],
  [
    "object-events",
    "this bucket's",
    { trails: [trail({ objectEvents: [`arn:aws:s3:::${BUCKET}/`] })] },
    /audit bucket alone/,
  ],
  ["object-events", "every bucket's", { trails: [trail({ objectEvents: ["arn:aws:s3"] })] }, /audit bucket alone/],
  ["management-events", "none", { trails: [] }, /No trail keeps/],
  ["management-events", "data events only", { trails: [trail()] }, /No trail keeps/],
  ["schema-changes", "Nessie", { nessie: NESSIE }, /Nessie's commit log/],
  [
    "terraform-resets",
    "the service's tag",
    { nessie: { ...NESSIE, tags: { ManagedBy: "terraform" } } },
    /takes containment back/,
  ],
  [
    "terraform-resets",
    "the bucket's tag",
    { terraform: { bucketTags: { ManagedBy: "Terraform" } } },
    /takes containment back/,
  ],
  [
    "terraform-resets",
    "a state",
    { terraform: { bucketTags: {}, state: { place: "s3://b/k", writtenAt: "2026-11-01T00:00:00.000Z" } } },
    /takes containment back/,
  ],
  ["terraform-resets", "somebody else's tag", { terraform: { bucketTags: { ManagedBy: "hand" } } }, undefined],
  ["break-glass", "ready", { breakGlass: GLASS }, undefined],
  ["break-glass", "not there", lacking({ exists: false }), /does not exist/],
  ["break-glass", "no console", lacking({ consolePassword: false }), /cannot log into the console/],
  ["break-glass", "no MFA", lacking({ mfaDevices: 0 }), /no MFA device/],
  ["break-glass", "no key", lacking({ keys: [] }), /no active access key/],
  ["break-glass", "no administrator", lacking({ administrator: false }), /is no administrator/],
  ["break-glass", "perhaps by a group", lacking({ administrator: false, groups: ["admins"] }), undefined],
  [
    "break-glass",
    "an old key",
    lacking({ keys: [{ id: "AKIA1", createdAtMs: NOW_MS - 91 * DAY_MS }] }),
    /older than 90 days/,
  ],
  [
    "break-glass",
    "a key of 90 days",
    lacking({ keys: [{ id: "AKIA1", createdAtMs: NOW_MS - 90 * DAY_MS }] }),
    undefined,
  ],
  [
    "roles-without-policies",
    "one of two",
    {
      roles: [
        { name: "r", policies: 0 },
        { name: "w", policies: 2 },
      ],
    },
    /^r has no IAM policy$/,
  ],
];

describe("findings from facts", () => {
  test.each(CASES)("%s: %s", (id, _what, facts, said) => {
    const findings = found(id, facts);
    if (said === undefined) expect(findings).toEqual([]);
    else {
      expect(findings).toHaveLength(1);
      expect(findings[0]?.title).toMatch(said);
      expect(findings[0]?.evidence.length).toBeGreaterThan(0);
    }
  });

  test.each(DETECTORS.map(({ id }) => id))("%s: nothing in a mended lakehouse, and a case finds it", (id) => {
    // Where objects are on record is said in every lakehouse that records them.
    if (id !== "object-events") expect(found(id)).toEqual([]);
    expect(CASES.some(([of, , , said]) => of === id && said !== undefined)).toBe(true);
  });

  test("a Glue lakehouse misses no Nessie alarm", () => {
    const glue = { catalogType: "glue" as const, nessie: undefined };
    expect(found("alarm-missing", { alarms: [] }, glue).map(({ about }) => about)).toEqual(["dagster-task-stopped"]);
    expect(found("alarm-missing", { alarms: [] })).toHaveLength(3);
  });

  test("what hurts most comes first, in the order of the list otherwise", () => {
    const sorted = bySeverity([
      { severity: "low" as const, name: 1 },
      { severity: "high" as const, name: 2 },
      { severity: "medium" as const, name: 3 },
      { severity: "high" as const, name: 4 },
    ]);
    expect(sorted.map(({ name }) => name)).toEqual([2, 4, 3, 1]);
  });

  test("every text is a whole one: title without, sentences with a full stop", () => {
    for (const [id, , facts, said] of CASES) {
      if (said === undefined) continue;
      for (const finding of found(id, facts)) {
        expect(finding.title).toMatch(/[^.]$/);
        expect(finding.means).toMatch(/\.$/);
        expect(finding.next).toMatch(/[.:)]|\.\.\.$/);
      }
    }
  });

  test("tables that may be Nessie's: by its own prefix, and by the configured names", () => {
    expect(candidateTables(["t"], { ...NESSIE, tablePrefix: "own" })).toEqual([
      "own_refs",
      "own_objs",
      "t",
      "t_refs",
      "t_objs",
    ]);
    expect(candidateTables(["a_refs", "a_objs"], null)).toEqual(["a_refs", "a_objs"]);
  });

  test("an unknown detector is a mistake of the test", () => expect(() => detectorOf("nonsense")).toThrow());
});
