import type * as Wire from "@aws-sdk/client-iam";
import type { Context } from "../../../policy/pattern.ts";
import type { Caller } from "../../../policy/principal.ts";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Iam } from "../../world/iam/directory.ts";
import type { Identity, PolicyText, Role, User } from "../../world/iam/model.ts";
import { givenPolicyText } from "../../world/iam/policy-text.ts";
import { type Simulation, type SourcedPolicy, simulate } from "../../world/iam/simulation.ts";
import { found, groupOf, type IamAccess, iamPage, noSuchEntity, roleOf } from "./lookup.ts";

const invalidInput = (message: string) => new AwsError("InvalidInputException", message);

/** What both operations ask. */
type Question = Pick<
  Wire.SimulateCustomPolicyRequest,
  "ActionNames" | "ResourceArns" | "ResourceOwner" | "CallerArn" | "ContextEntries" | "ResourcePolicy"
> &
  Pick<Wire.SimulatePrincipalPolicyRequest, "PolicyInputList" | "PermissionsBoundaryPolicyInputList"> & {
    MaxItems?: number | undefined;
    Marker?: string | undefined;
  };

/** The policy simulator: identity policies, one boundary, one resource policy for users (not for roles, as IAM documents). */
export function simulationOperations({ iamOf }: IamAccess): Operations<typeof Wire> {
  return {
    SimulatePrincipalPolicy: (input, call) => {
      if (input.PolicyExclusionList?.length) throw invalidInput("PolicyExclusionList is not simulated.");
      const iam = iamOf(call);
      const source = sourceOf(iam, input.PolicySourceArn ?? "");
      if (input.ResourcePolicy !== undefined && source.kind !== "user" && input.CallerArn === undefined) {
        throw invalidInput("A resource policy needs the ARN of a user as CallerArn.");
      }
      const own = policiesOf(iam, source.identity, source.kind);
      const [attached] = managed(iam, source.identity.boundaryArn ?? "");
      return answer(input, callerOf(iam, input.CallerArn ?? source.identity.arn), own, attached);
    },
    SimulateCustomPolicy: (input, call) => {
      if (input.ResourcePolicy !== undefined && input.CallerArn === undefined) {
        throw invalidInput("A resource policy needs the ARN of a user as CallerArn.");
      }
      const anybody = `arn:aws:iam::${iamOf(call).accountId}:user/simulated`;
      return answer(input, callerOf(iamOf(call), input.CallerArn ?? anybody), [], undefined);
    },
  };
}

function answer(input: Question, caller: Caller, own: SourcedPolicy[], attached: SourcedPolicy | undefined) {
  const [boundary] = givenPolicies(input.PermissionsBoundaryPolicyInputList, "PermissionsBoundaryPolicyInputList");
  const limit = boundary ?? attached;
  const simulation: Simulation = {
    caller,
    identity: [...own, ...givenPolicies(input.PolicyInputList, "PolicyInputList")],
    context: contextOf(input.ContextEntries),
    ...(limit ? { boundary: limit } : {}),
    ...(input.ResourcePolicy === undefined ? {} : { resource: resourcePolicy(input.ResourcePolicy) }),
    ...(input.ResourceOwner === undefined ? {} : { resourceAccountId: accountOf(input.ResourceOwner) }),
  };
  const actions = input.ActionNames ?? [];
  const wrong = actions.find((action) => !/^[\w-]+:\w+$/.test(action));
  if (wrong !== undefined) throw invalidInput(`Invalid action name: ${wrong}`);
  const resources = input.ResourceArns?.length ? input.ResourceArns : ["*"];
  const malformed = resources.find((resource) => resource !== "*" && !/^arn:[^:]*:[^:]+:[^:]*:[^:]*:.+/.test(resource));
  if (malformed !== undefined) throw invalidInput(`Invalid resource ARN: ${malformed}`);
  const pairs = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const { items, ...rest } = iamPage(pairs, input);
  return {
    EvaluationResults: items.map(({ action, resource }) => evaluationResult(simulation, action, resource)),
    ...rest,
  };
}

function evaluationResult(simulation: Simulation, action: string, resource: string): Wire.EvaluationResult {
  const { decision, matched, missingContext, allowedByBoundary } = simulate(simulation, action, resource);
  const boundary =
    allowedByBoundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: allowedByBoundary } };
  const common = { MatchedStatements: matched, ...boundary };
  const result = { EvalActionName: action, EvalResourceName: resource, EvalDecision: decision, ...common };
  // Missing keys stand with the resource where one was named (IAM API reference, EvaluationResult).
  if (resource === "*") return { ...result, MissingContextValues: missingContext };
  const specific = { EvalResourceName: resource, EvalResourceDecision: decision, ...common };
  return {
    ...result,
    MissingContextValues: [],
    ResourceSpecificResults: [{ ...specific, MissingContextValues: missingContext }],
  };
}

interface Source {
  kind: "user" | "group" | "role";
  identity: Identity | User | Role;
}

/** The parts of a user's, group's or role's ARN. @throws AwsError InvalidInput for any other, such as that of a session. */
function entityOf(arn: string): { accountId: string; kind: Source["kind"]; name: string } {
  const [, accountId, kind, path = ""] = /^arn:[^:]+:iam::(\d{12}):(user|group|role)\/(.+)$/.exec(arn) ?? [];
  if (accountId === undefined) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  return { accountId, kind: kind as Source["kind"], name: path.split("/").pop() ?? "" };
}

function sourceOf(iam: Iam, arn: string): Source {
  const { accountId, kind, name } = entityOf(arn);
  if (accountId !== iam.accountId) throw noSuchEntity(`${kind} ${name} does not exist.`);
  if (kind === "role") return { kind, identity: roleOf(iam, name) };
  if (kind === "group") return { kind, identity: groupOf(iam, name) };
  return { kind: "user", identity: found(iam.users.get(name), `The user with name ${name} cannot be found.`) };
}

/** Whom the simulation takes for the caller. */
function callerOf(iam: Iam, arn: string): Caller {
  const { accountId, kind, name } = entityOf(arn);
  if (kind !== "role") return { type: "user", arn, accountId, ...idOf(iam.users.get(name)) };
  return { type: "role-session", arn, roleArn: arn, accountId, ...idOf(iam.roles.get(name)) };
}

function idOf(identity: Identity | undefined): { userId?: string } {
  return identity ? { userId: identity.id } : {};
}

function policiesOf(iam: Iam, identity: Identity | User, kind: Source["kind"]): SourcedPolicy[] {
  const inline = [...identity.inline].map(
    ([name, text]): SourcedPolicy => ({
      ...text,
      sourceId: `${kind}_${identity.name}_${name}`,
      sourceType: kind,
    }),
  );
  const groups = "groups" in identity ? identity.groups.flatMap((group) => policiesOf(iam, group, "group")) : [];
  return [...inline, ...[...identity.attached].flatMap((arn) => managed(iam, arn)), ...groups];
}

/** The default version of a managed policy; none when there is no such policy. */
function managed(iam: Iam, arn: string): SourcedPolicy[] {
  const policy = iam.policies.get(arn);
  const version: PolicyText | undefined = policy?.versions.find(({ id }) => id === policy.defaultVersionId);
  if (!policy || !version) return [];
  const { json, policy: parsed } = version;
  const sourceType = arn.startsWith("arn:aws:iam::aws:") ? "aws-managed" : "user-managed";
  return [{ json, policy: parsed, sourceId: policy.name, sourceType }];
}

function givenPolicies(list: string[] | undefined, name: string): SourcedPolicy[] {
  return (list ?? []).map((json, index): SourcedPolicy => {
    const sourceId = `${name}.${index + 1}`;
    return { ...givenPolicyText(json, sourceId, "identity"), sourceId, sourceType: "none" };
  });
}

function resourcePolicy(json: string): SourcedPolicy {
  return { ...givenPolicyText(json, "ResourcePolicy", "resource"), sourceId: "ResourcePolicy", sourceType: "resource" };
}

function contextOf(entries: Wire.ContextEntry[] | undefined): Context {
  const context: Context = {};
  for (const { ContextKeyName: key, ContextKeyValues: values = [], ContextKeyType: type = "string" } of entries ?? []) {
    if (key === undefined) continue;
    context[key] = type.endsWith("List") ? values : (values[0] ?? "");
  }
  return context;
}

/** The account of an ARN such as `arn:aws:iam::111122223333:root`. */
function accountOf(owner: string): string {
  const [, accountId] = /^(?:arn:[^:]+:iam::)?(\d{12})/.exec(owner) ?? [];
  if (accountId === undefined) throw invalidInput(`Invalid resource owner: ${owner}`);
  return accountId;
}
