import type { Deployment } from "../../src/config/deployment.ts";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import { parsePolicy } from "../../src/policy/document.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { type PolicyDocument, policyDocument, policyStatements } from "../../src/readiness/iam-policy.ts";
import { type NeededPermission, neededPermissions } from "../../src/readiness/needs.ts";
import type { Place } from "../../src/readiness/scopes.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";

export const ACCOUNT = "111122223333";

export const PLACE: Place = {
  deployment: {
    ...deploymentByNamingRule("acme", "prod", "nessie", "eu-west-1"),
    dagster: dagsterOnEcs("acme", "prod"),
    terraform: { stateBucket: "acme-states", stateKey: "lake/terraform.tfstate", lockTable: "locks" },
    breakGlass: { user: "glass" },
    alertTopic: `arn:aws:sns:eu-west-1:${ACCOUNT}:acme-alerts`,
  },
  accountId: ACCOUNT,
  region: "eu-west-1",
  partition: "aws",
};

export function documentFor(place: Place, access: "all" | "read" = "all"): PolicyDocument {
  const permissions = neededPermissions().filter((permission) => access === "all" || permission.access === "read");
  return policyDocument(policyStatements(permissions, place));
}

/** Whether the document lets a role of the account do this. */
export function allows(document: PolicyDocument, action: string, resource: string, context = {}): boolean {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/cockpit`;
  const principal = { type: "role-session" as const, arn: `${roleArn}/kim`, roleArn, accountId: ACCOUNT };
  const identity = [parsePolicy(document, "cockpit", "identity")];
  return evaluate({ principal, action, resource, context }, { identity }).effect === "allow";
}

export const needed: readonly NeededPermission[] = neededPermissions();

/** The names of a simulated lakehouse, whole. */
export function deploymentOf({ world }: RunningSimulator): Deployment {
  const { names } = world;
  return {
    ...deploymentByNamingRule(names.project, names.environment, names.catalogType, names.region),
    dagster: dagsterOnEcs(names.project, names.environment),
    terraform: { stateBucket: names.stateBucket, stateKey: names.stateKey, lockTable: names.lockTable },
    breakGlass: { user: names.breakGlassUser },
  };
}

/** Makes a role with exactly this policy. @returns the access key id of a session of it. */
export function addCockpitRole({ world }: RunningSimulator, document: object): string {
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "sts:AssumeRole" }],
  };
  world.iam.addRole("cockpit", trust, { path: "/oncall/", createdAtMs: world.now(), inline: { cockpit: document } });
  const key = "ASIASIMULATEDCOCKPIT";
  world.principals.add(world.principals.roleSession("cockpit", "kim", key, "/oncall/"));
  return key;
}
