import type { CheckResult, DiagnosisResult, DiagnosisSummary } from "../../src/incident/contract.ts";
import { NOW_MS } from "./fixture-data.ts";

const LINE = "aws ecs describe-tasks --cluster lakehouse-prod-nessie --region us-east-1";

const check = (id: string, title: string, rest: Partial<CheckResult>): CheckResult => ({
  id,
  title,
  verdicts: ["container-memory-limit"],
  status: "answered",
  findings: [],
  reasons: [],
  missingPermissions: [],
  lines: [LINE],
  tookMs: 120,
  ...rest,
});

/** What a diagnosis of the fixture's Nessie finds: one cause, one hint, and one check that may not look. */
export function fixtureDiagnosis(): DiagnosisResult {
  const killed = {
    verdict: "container-memory-limit" as const,
    strength: "proves" as const,
    text: 'Task 1231cf3d was killed at 03:01:25 UTC: exit 137, "OutOfMemoryError: Container killed due to memory usage".',
    lines: [LINE],
  };
  const timeout = {
    verdict: "security-group" as const,
    strength: "supports" as const,
    text: "Target 10.0.10.14 is unhealthy: Target.Timeout.",
    lines: [],
  };
  const nothing = { for: [], against: [], information: [], unknown: [], consequences: [], fixes: [] };
  const path = "Security groups on the way: needs ec2:DescribeSecurityGroups";
  return {
    id: "everything",
    title: "Everything",
    startedAtMs: NOW_MS,
    tookMs: 1200,
    conclusion: "causes",
    summary: "Nessie's container is killed at its memory limit",
    checks: [
      check("nessie-killed", "Tasks of Nessie killed at their memory limit", { findings: [killed] }),
      check("nessie-path", "Security groups on the way", {
        status: "unknown",
        reasons: ["needs ec2:DescribeSecurityGroups"],
        missingPermissions: ["ec2:DescribeSecurityGroups"],
      }),
      check("nessie-targets", "Targets of the load balancer", { findings: [timeout] }),
    ],
    verdicts: [
      {
        ...nothing,
        id: "container-memory-limit",
        title: "Nessie's container is killed at its memory limit",
        meaning: "The kernel kills the container when it uses more memory than its task has.",
        certainty: "proven",
        for: [killed],
        consequences: ["Nessie's tasks end by themselves, again and again"],
        fixes: [
          {
            kind: "action",
            title: "Raise Nessie's memory to 4 GB",
            actionId: "raise-memory",
            parameters: { service: "nessie" },
          },
          { kind: "text", title: "Line for your tfvars", text: "nessie_memory = 4096" },
        ],
      },
    ],
    possible: [
      {
        ...nothing,
        id: "security-group",
        title: "A security group closes the way to Nessie",
        meaning: "A rule is missing.",
        certainty: "possible",
        for: [timeout],
        unknown: [path],
      },
    ],
    unknown: [path],
  };
}

export const fixtureDiagnoses = (): DiagnosisSummary[] => [
  {
    id: "nessie-unreachable",
    title: "Nessie unreachable",
    description: "Service, tasks and network of Nessie.",
    checks: 3,
    asks: [],
    why: "targets unhealthy, exit 137",
  },
  { id: "everything", title: "Everything", description: "Asks all checks at once.", checks: 3, asks: [] },
];
