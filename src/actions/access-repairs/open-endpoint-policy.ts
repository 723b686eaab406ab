import * as z from "zod";
import { s3Arn } from "../../aws/partition.ts";
import { Failure } from "../../base/failure.ts";
import type { Json } from "../../base/json.ts";
import { sanitizeLine, truncate } from "../../base/text.ts";
import { canonicalPolicy } from "../../policy/canonical.ts";
import { parsePolicy } from "../../policy/document.ts";
import { applicableStatements } from "../../policy/evaluate.ts";
import { insertStatement } from "../../policy/text.ts";
import type { ActionDefinition, CallStep, Check, Prepared, Reading } from "../contract.ts";
import { shortHash, takeReading } from "../reading.ts";

const parameters = z.object({
  endpoint: z
    .string()
    .regex(/^vpce-[0-9a-f]+$/)
    .describe("VPC endpoint of S3, vpce-..."),
  bucket: z.string().default("").describe("Bucket that is to pass (empty: the lakehouse bucket)"),
});

/** Characters of an endpoint's policy, white space counted (Amazon VPC, VPC endpoint quotas). */
const MOST_CHARACTERS = 20_480;
const SID = "MaydayLakehouse";

/** Appends an Allow for one bucket to the policy of an S3 endpoint; its other statements stay as they are written. */
export const openEndpointPolicy: ActionDefinition<z.infer<typeof parameters>> = {
  id: "open-endpoint-policy",
  title: "Let a VPC endpoint of S3 pass calls to a bucket",
  description:
    "Appends one Allow statement to the endpoint's policy. It grants nobody anything by itself. Can be undone.",
  runbook: "Common Failure Runbooks > S3 403 Forbidden",
  tier: "name",
  parameters,
  operations: ["ec2:DescribeVpcEndpoints", "ec2:ModifyVpcEndpoint", "sts:GetCallerIdentity"],
  async prepare(context, { endpoint, bucket: named }): Promise<Prepared> {
    const bucket = named.trim() || context.deployment.buckets.lakehouse;
    const { signal } = context;
    const reading = endpointReading(endpoint);
    const { picked } = await takeReading(context.aws, reading, { purpose: "action", ...(signal ? { signal } : {}) });
    const before = picked.text;
    if (typeof before !== "string") {
      throw new Failure({
        kind: "not-found",
        what: endpoint,
        why: "EC2 gave no policy of it",
        next: "Check the endpoint's id, the region and the account.",
      });
    }
    const arn = s3Arn(context.aws.region, bucket);
    const statement = { Sid: SID, Effect: "Allow", Principal: "*", Action: "s3:*", Resource: [arn, `${arn}/*`] };
    const after = insertStatement(before, JSON.stringify(statement));
    return {
      facts: {
        endpoint,
        service: String(picked.service ?? ""),
        "policy now": truncate(sanitizeLine(before), 300),
        append: JSON.stringify(statement),
      },
      checks: checksOf(before, after, arn, String(picked.service ?? "")),
      plan: {
        actionId: openEndpointPolicy.id,
        title: `Let ${endpoint} pass calls to ${bucket}`,
        parameters: { endpoint, bucket },
        tier: "name",
        resourceName: endpoint,
        effects: [
          `Everything on the route of ${endpoint} reaches ${bucket} through it, as far as the other policies allow.`,
        ],
        caveats: [
          "EC2 has no conditional write: the policy is read again right before it is written.",
          "Where Terraform has the endpoint (aws_vpc_endpoint), add the bucket there too: the next apply writes its own policy.",
        ],
        steps: [modifyStep(endpoint, before, after)],
        verify: {
          kind: "wait",
          id: "verify-policy",
          title: "The endpoint's policy reads back with the statement",
          reading,
          until: [{ label: "policy", op: "equals", value: stateOf(after).policy ?? null }],
          deadlineMs: 60_000,
        },
        undoing: {
          effects: [
            `Nothing on the route of ${endpoint} reaches ${bucket} through it any more: jobs there fail again.`,
          ],
          tier: "name",
        },
        guard: null,
      },
    };
  },
};

function endpointReading(endpoint: string): Reading {
  const policy = "VpcEndpoints[0].PolicyDocument";
  return {
    service: "ec2",
    operation: "DescribeVpcEndpoints",
    input: { VpcEndpointIds: [endpoint] },
    pick: {
      policy: `${policy}.(policy).(sha256)`,
      statements: `${policy}.(statements)`,
      text: policy,
      service: "VpcEndpoints[0].ServiceName",
    },
  };
}

const stateOf = (text: string): Record<string, Json> => ({ policy: shortHash(canonicalPolicy(text)) });

function checksOf(before: string, after: string, arn: string, service: string): Check[] {
  const policy = parsePolicy(before, "endpoint policy", "resource");
  const request = {
    principal: { type: "anonymous" as const, arn: "*" },
    action: "s3:GetObject",
    resource: `${arn}/any/object`,
    context: {},
  };
  const matches = applicableStatements(request, [policy]);
  const denying = matches.find(({ statement }) => statement.effect === "Deny");
  const passes = matches.some(({ statement }) => statement.effect === "Allow");
  return [
    service.endsWith(".s3")
      ? { label: "service", status: "pass", detail: service }
      : { label: "service", status: "fail", detail: `it is an endpoint of ${service || "something else"}, not of S3` },
    denying
      ? {
          label: "denies",
          status: "fail",
          detail: `statement ${denying.statement.sid ?? denying.statement.index + 1} denies it: no Allow helps`,
        }
      : { label: "denies", status: "pass", detail: "no statement denies it" },
    passes
      ? { label: "needed", status: "fail", detail: "it lets calls to the bucket pass already" }
      : { label: "needed", status: "pass", detail: "none of its statements allows it" },
    after.length <= MOST_CHARACTERS
      ? { label: "size", status: "pass", detail: `${after.length} of ${MOST_CHARACTERS} characters` }
      : { label: "size", status: "fail", detail: `${after.length} characters, EC2 takes ${MOST_CHARACTERS}` },
  ];
}

function modifyStep(endpoint: string, before: string, after: string): CallStep {
  const reading = endpointReading(endpoint);
  const base = {
    kind: "call" as const,
    transport: "aws" as const,
    service: "ec2",
    operation: "ModifyVpcEndpoint",
    resource: `policy of ${endpoint}`,
  };
  return {
    ...base,
    id: "modify-endpoint",
    title: "Append the Allow statement",
    input: { VpcEndpointId: endpoint, PolicyDocument: after },
    state: { reading, before: stateOf(before), after: stateOf(after) },
    undo: [
      {
        ...base,
        id: "restore-endpoint",
        title: "Write the policy as it was",
        input: { VpcEndpointId: endpoint, PolicyDocument: before },
        state: { reading, before: stateOf(after), after: stateOf(before) },
      },
    ],
  };
}
