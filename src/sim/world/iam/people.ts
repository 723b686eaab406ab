import { type Names, scalingRoleArn } from "../names.ts";
import { awsPolicyArn } from "./aws-managed-policies.ts";
import type { Iam } from "./directory.ts";
import {
  dagsterTaskPolicy,
  executionTrust,
  nessieTaskPolicy,
  objectAccessPolicy,
  operationsPolicy,
  pipelineTrust,
  trustOf,
} from "./people-policies.ts";

const DAY_MS = 86_400_000;

/** Access keys of the template's users. Both are older than the 90 days after which the runbook wants them rotated. */
export const USER_KEYS = { breakGlass: "AKIASIMULATEDBRGLASS", uploader: "AKIASIMULATEDCIUPLDR" } as const;

/** The seed of the break-glass user's virtual MFA device, as ASCII: that of RFC 6238's test vectors. */
export const BREAK_GLASS_MFA_SEED = "12345678901234567890";

/** The people, pipelines and service roles of the template's account. @param createdAtMs when the template was applied. */
export function addPeople(iam: Iam, names: Names, createdAtMs: number): void {
  iam.accountAlias = names.accountAlias;
  iam.openedAtMs = createdAtMs - 400 * DAY_MS;
  addStaff(iam, names, createdAtMs);
  addUsers(iam, names, createdAtMs);
  addLakehouseRoles(iam, names, createdAtMs);
}

function addStaff(iam: Iam, names: Names, createdAtMs: number): void {
  const account = trustOf({ AWS: `arn:aws:iam::${names.accountId}:root` });
  const longAgoMs = createdAtMs - 300 * DAY_MS;
  const operations = iam.addPolicy("OnCallOperations", "What the on-call runbook needs", operationsPolicy(), longAgoMs);
  iam.addRole("responder", account, {
    path: "/oncall/",
    createdAtMs: longAgoMs,
    attached: [operations],
    description: "On-call responder",
    maxSessionSeconds: 43_200,
  });
  iam.addRole("platform-engineer", account, {
    createdAtMs: longAgoMs,
    attached: [awsPolicyArn("PowerUserAccess")],
    inline: { "pass-roles": passRoles(names) },
    description: "Platform team",
  });
  iam.addRole("terraform", pipelineTrust(names), {
    createdAtMs: longAgoMs,
    attached: [awsPolicyArn("AdministratorAccess")],
    description: "Applies the template from CI",
  });
  iam.addRole("data-engineer", account, {
    createdAtMs: longAgoMs,
    attached: [awsPolicyArn("PowerUserAccess")],
    inline: { "pass-roles": passRoles(names) },
    description: "Data team",
  });
  iam.addRole("visitor", account, { createdAtMs: longAgoMs, description: "Guests; no grants" });
}

function passRoles(names: Names): object {
  const Resource = `arn:aws:iam::${names.accountId}:role/${names.prefix}-*`;
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "iam:PassRole", Resource }] };
}

function addUsers(iam: Iam, names: Names, createdAtMs: number): void {
  const breakGlass = iam.addUser(names.breakGlassUser, {
    createdAtMs: createdAtMs - 210 * DAY_MS,
    attached: [awsPolicyArn("AdministratorAccess")],
  });
  iam.addAccessKey(breakGlass, USER_KEYS.breakGlass, createdAtMs - 209 * DAY_MS);
  iam.addVirtualMfa(breakGlass, Buffer.from(BREAK_GLASS_MFA_SEED, "ascii"), createdAtMs - 209 * DAY_MS);
  const uploader = iam.addUser("ci-uploader", {
    path: "/ci/",
    createdAtMs: createdAtMs - 101 * DAY_MS,
    inline: { upload: objectAccessPolicy(names) },
  });
  const key = iam.addAccessKey(uploader, USER_KEYS.uploader, createdAtMs - 100 * DAY_MS);
  key.reported = { atMs: createdAtMs + 41 * DAY_MS, service: "s3", region: names.region };
}

function addLakehouseRoles(iam: Iam, names: Names, createdAtMs: number): void {
  const account = trustOf({ AWS: `arn:aws:iam::${names.accountId}:root` });
  const tags = { Project: names.project, Environment: names.environment, ManagedBy: "terraform" };
  const role = (name: string, trust: object, inline?: Record<string, object>, attached?: string[]) =>
    iam.addRole(`${names.prefix}-${name}`, trust, {
      createdAtMs,
      tags,
      ...(inline ? { inline } : {}),
      ...(attached ? { attached } : {}),
    });
  // The template gives these three no policies: what they may read comes from Lake Formation and from whom they are granted to.
  for (const name of ["reader", "writer", "admin"]) role(`lakehouse-${name}`, account);
  role("lakeformation", trustOf({ Service: "lakeformation.amazonaws.com" }), {
    "lakehouse-access": objectAccessPolicy(names),
  });
  role("dagster-task", executionTrust(), { "lakehouse-access": dagsterTaskPolicy(names) });
  role("dagster-exec", executionTrust(), undefined, [awsPolicyArn("service-role/AmazonECSTaskExecutionRolePolicy")]);
  if (names.catalogType !== "nessie") return;
  role("nessie-exec", executionTrust(), undefined, [awsPolicyArn("service-role/AmazonECSTaskExecutionRolePolicy")]);
  role("nessie-task", executionTrust(), { "version-store": nessieTaskPolicy(names) });
  addScalingRole(iam, names, createdAtMs);
}

/** The service-linked role by which Application Auto Scaling acts. */
function addScalingRole(iam: Iam, names: Names, createdAtMs: number): void {
  const [, path = "/", name = ""] = /:role(\/.*\/)([^/]+)$/.exec(scalingRoleArn(names)) ?? [];
  iam.addRole(name, trustOf({ Service: "ecs.application-autoscaling.amazonaws.com" }), {
    path,
    createdAtMs,
    attached: [awsPolicyArn("aws-service-role/AWSApplicationAutoscalingECSServicePolicy")],
  });
}
