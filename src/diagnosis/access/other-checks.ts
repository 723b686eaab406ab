import { s3Arn } from "../../aws/partition.ts";
import { defineCheck, type Finding } from "../check.ts";
import type { FactSource } from "../fact.ts";
import { glueDatabase } from "../sources/glue-database.ts";
import { textAt } from "../sources/trail.ts";
import { actor, count, utc } from "../words.ts";
import { objectOwnership, publicAccessBlock } from "./bucket-facts.ts";
import { endpointChanges, lakeFormationRevocations } from "./changes.ts";
import { callerName, deniedCalls } from "./denied-calls.ts";
import { endpointAnswer, questionOf } from "./judgement.ts";
import { lakeFormationGrants } from "./lake-formation-facts.ts";
import { s3Endpoints } from "./network-facts.ts";
import { askedCalls, blame, describeCall } from "./policy-checks.ts";
import { nameOf, subjectOfCall, subjects } from "./subjects.ts";
import { workloads } from "./workloads.ts";

interface SimulatedDecision {
  role: string;
  action: string;
  resource: string;
  decision: string;
  /** Ids of the policies that decided. */
  by: string[];
}

/** What IAM's own policy simulator says: the runbook's first command, with the bucket's own ARN for ListBucket. */
export const simulatedDecisions: FactSource<SimulatedDecision[]> = {
  id: "policy-simulation",
  title: "IAM's policy simulator",
  operations: ["iam:SimulatePrincipalPolicy"],
  async fetch(reader) {
    const { known } = await reader.need(subjects);
    const bucket = s3Arn(reader.deployment.region, reader.deployment.buckets.lakehouse);
    const questions = [
      { ActionNames: ["s3:GetObject", "s3:PutObject"], ResourceArns: [`${bucket}/*`] },
      // ListBucket acts on the bucket: asked about bucket/* alone, as in the runbook, it would be denied to everybody.
      { ActionNames: ["s3:ListBucket"], ResourceArns: [bucket] },
    ];
    const asked = known.flatMap((subject) => questions.map((question) => ({ subject, question })));
    const answers = await Promise.all(
      asked.map(async ({ subject, question }) => {
        const input = { PolicySourceArn: subject.arn, ...question };
        const { EvaluationResults = [] } = await reader.call("iam", "SimulatePrincipalPolicy", input);
        return EvaluationResults.map((result) => ({
          role: subject.name,
          action: result.EvalActionName ?? "",
          resource: result.EvalResourceName ?? "",
          decision: result.EvalDecision ?? "",
          by: (result.MatchedStatements ?? []).flatMap(({ SourcePolicyId }) => SourcePolicyId ?? []),
        }));
      }),
    );
    return answers.flat();
  },
};

export const simulationCheck = defineCheck({
  id: "s3-policy-simulator",
  title: "3a. The same by IAM's policy simulator",
  diagnoses: ["s3-403"],
  verdicts: ["s3-identity-policy"],
  needs: { denied: deniedCalls, simulated: simulatedDecisions },
  judge: ({ denied, simulated }) =>
    simulated.map(({ role, action, resource, decision, by }): Finding => {
      const refused = denied.calls.some((call) => call.action === action && callerName(call) === role);
      const isDenied = decision !== "allowed";
      return {
        ...(isDenied && refused ? { verdict: "s3-identity-policy" as const } : {}),
        strength: isDenied && refused ? "supports" : "information",
        text: `${role}: ${action} on ${resource}: ${decision}${by.length > 0 ? ` (${by.join(", ")})` : ""}. For a role it looks at identity policies and boundary alone.`,
      };
    }),
});

/** Policies of the VPC endpoints on the way of Dagster's tasks. */
export const endpointCheck = defineCheck({
  id: "s3-vpc-endpoint",
  title: "5. The VPC endpoint of S3",
  diagnoses: ["s3-403"],
  verdicts: ["s3-vpc-endpoint-policy"],
  needs: { denied: deniedCalls, found: subjects, endpoints: s3Endpoints, places: workloads },
  uses: { changes: endpointChanges },
  judge({ denied, found, endpoints, places }, scope, { changes }) {
    if (endpoints.length === 0)
      return [
        { strength: "information", text: "Dagster's subnets have no endpoint of S3: no endpoint policy decides." },
      ];
    const own = new Set(places.map(({ roleArn }) => nameOf(roleArn)));
    return askedCalls(denied.calls, found, scope).flatMap((asked): Finding[] => {
      // Others reach S3 by ways that are not known here, unless the event names the endpoint.
      const { call, subject, seen } = asked;
      const through = endpoints.filter(
        ({ id }) => call.vpcEndpointId === id || (call.vpcEndpointId === undefined && own.has(subject.name)),
      );
      return through.map((endpoint): Finding => {
        const { allowed, reason } = endpointAnswer(endpoint.policy, questionOf(call, subject, endpoint));
        if (allowed)
          return { strength: "information", text: `${endpoint.id} lets it pass: ${describeCall(asked)} (${reason}).` };
        return {
          verdict: "s3-vpc-endpoint-policy",
          strength: seen ? "proves" : "supports",
          text: `The policy of ${endpoint.id} (${endpoint.type} endpoint on the route of ${endpoint.subnets.join(", ")}) does not let pass ${describeCall(asked)}: ${reason}.${blame(changes)}`,
          details: { endpoint: endpoint.id, bucket: scope.deployment.buckets.lakehouse },
        };
      });
    });
  },
});

/** Permissions of Lake Formation. */
export const lakeFormationCheck = defineCheck({
  id: "s3-lake-formation",
  title: "6. Lake Formation",
  diagnoses: ["s3-403"],
  verdicts: ["lake-formation-permissions"],
  needs: { denied: deniedCalls, found: subjects, grants: lakeFormationGrants },
  uses: { revoked: lakeFormationRevocations, database: glueDatabase },
  judge({ denied, found, grants }, _scope, { revoked, database }) {
    const refused = denied.calls.filter(({ words }) => words?.lakeFormation);
    if (refused.length === 0) {
      const all = found.known.map((subject) => {
        const own = grants.filter(({ principal }) => principal === subject.arn);
        const what = own.map(({ table, permissions }) => `${permissions.join(", ")} on ${table}`);
        return `${subject.name}: ${what.join("; ") || "nothing"}`;
      });
      return all.map((text): Finding => ({ strength: "information", text: `Granted on tables to ${text}.` }));
    }
    return refused.flatMap((call): Finding[] => {
      const subject = subjectOfCall(call, found);
      const missing = call.words?.lakeFormation;
      if (!subject || !missing) return [];
      const table = missing.on.split(".").at(-1) ?? missing.on;
      const own = grants.filter(
        ({ principal, table: on }) => principal === subject.arn && (on === "*" || on === table),
      );
      const has = (permission: string) =>
        own.some(({ permissions }) =>
          permissions.some(
            (one) => one === "ALL" || one === permission.toUpperCase() || permission.toUpperCase() === "DESCRIBE",
          ),
        );
      const lacking = missing.permissions.filter((permission) => !has(permission));
      const what = `${call.action} on ${missing.on}, refused ${count(call.count, "time")}, last ${utc(call.lastMs)}`;
      if (lacking.length === 0)
        return [{ strength: "information", text: `${subject.name} has what ${what} asked for again.` }];
      const taken =
        revoked.status === "known"
          ? revoked.value.find(({ input }) => textAt(input, "principal", "dataLakePrincipalIdentifier") === subject.arn)
          : undefined;
      return [
        {
          verdict: "lake-formation-permissions",
          strength: "proves",
          text: `${subject.name} lacks ${lacking.join(", ")} of Lake Formation: ${what}. It has ${own.map(({ permissions, table: on }) => `${permissions.join(", ")} on ${on}`).join("; ") || "nothing on the table"}.${blame(revoked, (event) => event === taken)}`,
          details: {
            principal: subject.arn,
            database: database.status === "known" ? database.value : (grants[0]?.database ?? ""),
            permissions: taken ? revokedPermissions(taken.input) : lacking.map((one) => one.toUpperCase()),
            table: taken ? revokedTable(taken.input) : table,
          },
        },
      ];
    });
  },
});

function revokedPermissions(input: unknown): string[] {
  const list = (input as { permissions?: unknown } | null)?.permissions;
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
}

const revokedTable = (input: unknown) => textAt(input, "resource", "table", "name") || "*";

/** What decides about access from outside and about others' objects. */
export const publicAccessCheck = defineCheck({
  id: "s3-public-access",
  title: "7. Block of public access, ownership of objects",
  diagnoses: ["s3-403"],
  verdicts: [],
  needs: { block: publicAccessBlock, ownership: objectOwnership },
  judge: ({ block, ownership }) => [
    {
      strength: "information",
      text:
        block?.restricts === true
          ? "Public access is restricted: a bucket policy that is public would let in nobody but this account's principals and AWS's services."
          : "Public access is not restricted: the block decides nothing here.",
    },
    {
      strength: "information",
      text:
        ownership === undefined || ownership.rule === "BucketOwnerEnforced"
          ? "The bucket's owner owns every object: no ACL decides."
          : `Ownership is ${ownership.rule}: an object that another account uploaded may deny its owner's reader by its ACL.`,
    },
  ],
});

/** Control policies of an organisation cannot be read from a member account; AWS's own words tell of them. */
export const organisationCheck = defineCheck({
  id: "s3-organisation",
  title: "8. Control policies of the organisation",
  diagnoses: ["s3-403"],
  verdicts: [],
  needs: { denied: deniedCalls },
  judge({ denied }) {
    const said = denied.calls.filter(
      ({ words }) => words?.layer === "service-control" || words?.layer === "resource-control",
    );
    return [
      ...said.map(
        (call): Finding => ({
          strength: "information",
          text: `AWS says that a control policy of the organisation denies ${call.action} to ${call.by}: only the organisation's administrators can change it.`,
        }),
      ),
      {
        strength: "information",
        text: `They cannot be seen from this account${said.length > 0 ? "" : ", and no refusal named one"}. Where every layer above allows and AWS still refuses, ask the organisation's administrators.`,
      },
    ];
  },
});

/** What was looked at, and what was not. */
export const deniedCallsCheck = defineCheck({
  id: "s3-refused-calls",
  title: "Who is refused what",
  diagnoses: ["s3-403"],
  verdicts: [],
  needs: { denied: deniedCalls },
  judge({ denied }) {
    const { calls, looked, unread } = denied;
    const seen = calls.map(
      (call): Finding => ({
        strength: "information",
        text: `${actor(call.by) || "somebody"}: ${call.action} on ${call.resource || call.words?.lakeFormation?.on || "?"}, refused ${count(call.count, "time")} between ${utc(call.firstMs)} and ${utc(call.lastMs)}.`,
      }),
    );
    const none: Finding = {
      strength: "information",
      text: `No refused call in ${looked.join(", ") || "any log"}. If somebody is refused elsewhere, say who: mayday diagnose s3-403 --principal ROLE --action s3:GetObject --key KEY.`,
    };
    return [
      ...(seen.length > 0 ? seen : [none]),
      ...unread.map((text): Finding => ({ strength: "information", text: `Not looked at: ${text}.` })),
    ];
  },
});
