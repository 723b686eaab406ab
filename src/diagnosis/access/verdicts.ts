import type { JsonObject } from "../../base/json.ts";
import type { Finding } from "../check.ts";
import type { Fix, VerdictDefinition } from "../verdict.ts";

/** A member of details as text. */
export const text = (value: unknown) => (typeof value === "string" ? value : "");
const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

/** The details of the findings, each kind once. */
export function detailsOf(evidence: readonly Finding[], key: (details: JsonObject) => string): JsonObject[] {
  const found = new Map(evidence.flatMap(({ details }) => (details ? [[key(details), details] as const] : [])));
  found.delete("");
  return [...found.values()];
}

/** Causes of refusals by S3. */
export const accessVerdicts: readonly VerdictDefinition[] = [
  {
    id: "s3-bucket-policy-deny",
    title: "The bucket policy denies it explicitly",
    meaning:
      "A Deny statement of the bucket policy wins over every Allow. Nobody whom it hits gets in until it is removed or spares them.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ bucket, statement }) => `${text(bucket)} ${statement}`).flatMap(
        ({ bucket, sid, statement }): Fix[] => {
          const name = typeof sid === "string" ? sid : "";
          return [
            {
              kind: "action",
              title: `Remove ${name ? `the statement ${name}` : `statement ${Number(statement) + 1}`} from the bucket policy`,
              actionId: "remove-bucket-deny",
              parameters: { bucket: text(bucket), statement: name || `#${Number(statement) + 1}` },
            },
            {
              kind: "text",
              title: "Where Terraform has it",
              text: `# aws_s3_bucket_policy of ${text(bucket)}: take this statement out, or spare the refused role in its condition.\n# Not in Terraform: the next apply removes it too, with every statement that Terraform does not know.\nsid = ${JSON.stringify(name)}\n`,
            },
          ];
        },
      ),
  },
  {
    id: "s3-encryption-header",
    title: "Uploads lack the header x-amz-server-side-encryption: aws:kms",
    meaning:
      "The bucket policy denies every upload that does not ask for KMS, whatever the bucket's default encryption is. Reads work, writes fail.",
    consequenceOf: [],
    fixes: (evidence) => [
      ...detailsOf(evidence, ({ service, former }) => (former ? `${text(service)} ${text(former)}` : "")).map(
        ({ service, former }): Fix => ({
          kind: "action",
          title: `Roll ${text(service)} back to ${text(former)}, whose uploads ask for KMS`,
          actionId: "roll-back-deployment",
          parameters: { service: text(service), revision: text(former) },
        }),
      ),
      {
        kind: "text",
        title: "The setting that makes uploads ask for KMS",
        text: `# Environment of Dagster's containers: PyIceberg with s3fs.\nFSSPEC_S3={"s3_additional_kwargs": {"ServerSideEncryption": "aws:kms"}}\n# AWS CLI: --sse aws:kms (s3 cp), --server-side-encryption aws:kms (s3api put-object, copy-object).\n`,
      },
    ],
  },
  {
    id: "s3-identity-policy",
    title: "The role's own policies do not allow it",
    meaning: "Nobody denies it, and nobody allows it: without an Allow in a policy of the role, S3 refuses.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ role, policy }) => (role ? `${text(role)} ${text(policy)}` : "")).flatMap(
        (details): Fix[] => {
          const { role, policy, actions, resource, formerMs, effect } = details;
          const line = `resources = [${JSON.stringify(text(resource))}]`;
          const inTerraform: Fix = {
            kind: "text",
            title: "Where Terraform has it",
            text: `# The policy ${text(policy) || "of"} ${policy ? "of " : ""}role ${text(role)}: the next apply writes Terraform's text over any change by hand.\nactions   = ${JSON.stringify(texts(actions))}\n${line}\n`,
          };
          // What a Deny or a boundary forbids, no further Allow gives.
          if (effect !== "not-allowed") return [inTerraform];
          const restore: Fix[] =
            typeof formerMs === "number"
              ? [
                  {
                    kind: "action",
                    title: `Put the former document of ${text(policy)} back, as CloudTrail has it`,
                    actionId: "restore-role-policy",
                    parameters: { role: text(role), policy: text(policy), at: new Date(formerMs).toISOString() },
                  },
                ]
              : [];
          return [
            ...restore,
            {
              kind: "action",
              title: `Give ${text(role)} a policy of its own that allows it`,
              actionId: "grant-role-access",
              parameters: { role: text(role), actions: texts(actions).join(","), resource: text(resource) },
            },
            inTerraform,
          ];
        },
      ),
  },
  {
    id: "lake-formation-permissions",
    title: "Lake Formation does not grant it",
    meaning:
      "Tables of a registered location need Lake Formation's permissions beside IAM's. The catalog refuses before S3 is asked.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ principal, table }) => `${text(principal)} ${text(table)}`).map(
        ({ principal, database, table, permissions }): Fix => ({
          kind: "action",
          title: `Grant ${texts(permissions).join(", ")} on ${table === "*" ? "all tables" : text(table)} of ${text(database)} again`,
          actionId: "grant-lake-formation",
          parameters: {
            principal: text(principal),
            database: text(database),
            table: text(table),
            permissions: texts(permissions).join(","),
          },
        }),
      ),
  },
  {
    id: "s3-vpc-endpoint-policy",
    title: "The policy of the VPC endpoint does not let it pass",
    meaning:
      "Calls from the private subnets go through the S3 endpoint, and its policy has to allow them beside all others. From elsewhere the same call works.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ endpoint }) => text(endpoint)).flatMap(({ endpoint, bucket }): Fix[] => [
        {
          kind: "action",
          title: `Let ${text(endpoint)} pass calls to bucket ${text(bucket)}`,
          actionId: "open-endpoint-policy",
          parameters: { endpoint: text(endpoint), bucket: text(bucket) },
        },
        {
          kind: "text",
          title: "Where Terraform has it",
          text: `# policy of aws_vpc_endpoint ${text(endpoint)}: among the resources of its Allow statement\n"arn:aws:s3:::${text(bucket)}",\n"arn:aws:s3:::${text(bucket)}/*",\n`,
        },
      ]),
  },
];
