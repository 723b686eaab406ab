import { type Policy, type PolicyKind, parsePolicy } from "../../../policy/document.ts";
import { applicableStatements, type Decision, evaluate, type PolicyRequest } from "../../../policy/evaluate.ts";
import type { Context } from "../../../policy/pattern.ts";
import type { AwsError } from "../../wire/aws-error.ts";
import type { WireCall } from "../../wire/types.ts";
import type { Denials } from "../denials.ts";
import type { Iam } from "../iam/directory.ts";
import type { Identity } from "../iam/model.ts";
import { policyText } from "../iam/policy-text.ts";
import type { Principal } from "../principals.ts";
import { accessDenied } from "./access-denied.ts";
import { type CallEndpoint, globalContext } from "./context.ts";
import { actionOf, type Input, type Requirement, text } from "./requirement.ts";
import { requirementsOf } from "./requirements.ts";
import { UploadContexts } from "./upload-contexts.ts";

/** Something that a principal of the account, or of another one, wants to do. */
export interface AccessRequest {
  principal: Principal;
  /** `s3:GetObject` */
  action: string;
  /** The ARN that is acted on, or `*`. */
  resource: string;
  /** Condition keys beside the global ones. */
  context?: Context;
  region?: string;
  /** Where the call comes from: an address, for aws:SourceIp. */
  sourceIp?: string;
  /** The VPC endpoint that it comes through. */
  vpcEndpoint?: CallEndpoint;
}

/** Whose a resource is, and its policy when it has one. */
export interface ResourcePolicy {
  /** The policy's name in decisions: "bucket policy of lake". */
  id: string;
  accountId: string;
  /** JSON */
  document?: string;
  /** Of a bucket: where it is. */
  region?: string;
  /** A role's trust policy: it must allow, whatever identity policies grant. */
  trust?: boolean;
  /** Of a KMS key: identity policies count only where its policy names the account. */
  mustAllow?: boolean;
}

/** Looks a resource's policy up by ARN; undefined for what is not there. */
export type ResourcePolicyLookup = (arn: string, action: string) => ResourcePolicy | undefined;

/** What the root user may do to a bucket's policy even against it (S3 API reference, PutBucketPolicy). */
const ROOT_ALWAYS = new Set(["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]);
/** Callers of the wire are on this machine. */
const LOOPBACK = "127.0.0.1";

const ADMINISTRATOR = policyText(
  { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  "the other account's AdministratorAccess",
  "identity",
).policy;

/** Decides who may do what in the account: by IAM's policies, by those of resources, and by what was taken away by hand. */
export class Authorization {
  readonly #iam: Iam;
  readonly #denials: Denials;
  readonly #nowMs: () => number;
  readonly #lookups = new Map<string, ResourcePolicyLookup>();
  /** The last document of each policy, parsed. */
  readonly #parsed = new Map<string, { json: string; policy: Policy }>();
  readonly #uploads = new UploadContexts();

  constructor(iam: Iam, denials: Denials, nowMs: () => number) {
    this.#iam = iam;
    this.#denials = denials;
    this.#nowMs = nowMs;
    this.addResourcePolicies("iam", (arn, action) => {
      const role = /^sts:AssumeRole/.test(action) ? iam.roles.get(arn.split("/").pop() ?? "") : undefined;
      return role?.arn === arn
        ? { id: `trust policy of ${role.name}`, accountId: iam.accountId, document: role.trust.json, trust: true }
        : undefined;
    });
  }

  /** Says how to find the policies of a service's resources. @param service as in the ARN: `s3`, `sns`. */
  addResourcePolicies(service: string, lookup: ResourcePolicyLookup): void {
    this.#lookups.set(service, lookup);
  }

  /** The policy and the owner of a resource, as far as its service has told how to find them. */
  resourcePolicyOf(arn: string, action: string): ResourcePolicy | undefined {
    return this.#lookups.get(arn.split(":")[2] ?? "")?.(arn, action);
  }

  /** Decides by all policies that apply, and says which kind of policy and which statement decided. Changes nothing. */
  decide(request: AccessRequest): Decision {
    const { principal, action, resource, vpcEndpoint, region, sourceIp } = request;
    if (this.#denials.covers(principal, action)) {
      return { effect: "implicit-deny", layer: "identity", reason: `${action} was taken away` };
    }
    const owned = this.resourcePolicyOf(resource, action);
    const own = principal.accountId === this.#iam.accountId;
    if (principal.type === "root" && ROOT_ALWAYS.has(action) && owned?.accountId === principal.accountId) {
      return { effect: "allow", layer: "identity", reason: "a bucket's owner can always change its policy" };
    }
    const identity = own ? this.#identityOf(principal) : undefined;
    const boundary = identity && this.#iam.boundaryOf(identity);
    const { arn, accountId, type, userId, roleArn } = principal;
    const asked: PolicyRequest = {
      principal: { type, arn, accountId, userId, ...(roleArn === undefined ? {} : { roleArn }) },
      action,
      resource,
      context: {
        ...globalContext({
          principal,
          tags: identity?.tags ?? [],
          nowMs: this.#nowMs(),
          ...(region === undefined ? {} : { region }),
          ...(sourceIp === undefined ? {} : { sourceIp }),
          ...(vpcEndpoint ? { endpoint: vpcEndpoint } : {}),
        }),
        ...(owned ? { "aws:ResourceAccount": owned.accountId, "s3:ResourceAccount": owned.accountId } : {}),
        ...request.context,
      },
      ...(owned ? { resourceAccountId: owned.accountId } : {}),
    };
    const kind = owned?.trust ? "trust" : "resource";
    const resourcePolicy = owned?.document === undefined ? undefined : this.#parse(owned.document, owned.id, kind);
    const decision = evaluate(asked, {
      identity: identity ? this.#iam.policiesOf(identity) : own ? [] : [ADMINISTRATOR],
      ...(resourcePolicy ? { resource: resourcePolicy } : {}),
      ...(owned?.mustAllow ? { resourceMustAllow: true } : {}),
      ...(boundary ? { boundary } : {}),
      ...(principal.session?.policies ? { session: principal.session.policies } : {}),
      ...(vpcEndpoint?.policy === undefined
        ? {}
        : { endpoint: this.#parse(vpcEndpoint.policy, vpcEndpoint.id, "resource") }),
    });
    if (decision.effect === "allow" && owned?.trust && resourcePolicy) {
      const trusted = applicableStatements(asked, [resourcePolicy]).length > 0;
      if (!trusted)
        return { effect: "implicit-deny", layer: "resource", reason: "the role's trust policy names others" };
    }
    return decision;
  }

  /** Whether the principal may do this: for handlers that decide part by part, such as S3's DeleteObjects. */
  mayDo(principal: Principal, action: string, resource: string, context: Context = {}): boolean {
    return this.decide({ principal, action, resource, context, sourceIp: LOOPBACK }).effect === "allow";
  }

  /** The refusal of a call of the wire, undefined when all that it needs is granted. */
  refusalOf(call: WireCall, input: object, principal: Principal): AwsError | undefined {
    if (this.#isElsewhere(call, input as Input)) return undefined;
    for (const requirement of this.#requirementsOf(call, input, principal)) {
      const { action, resource, context = {} } = requirement;
      const { region } = call;
      const decision = this.decide({ principal, action, resource, context, region, sourceIp: LOOPBACK });
      if (decision.effect === "allow") continue;
      const owner = this.resourcePolicyOf(resource, action)?.accountId;
      const foreign = owner !== undefined && owner !== principal.accountId;
      return accessDenied({ principal, service: call.service, requirement, decision, foreign });
    }
    return undefined;
  }

  /** The refusal of a call as if no policy allowed it, whatever the policies say: for faults. */
  forcedRefusal(call: WireCall, input: object, principal: Principal): AwsError {
    const [requirement] = this.#requirementsOf(call, input, principal);
    return accessDenied({
      principal,
      service: call.service,
      requirement: requirement ?? { action: actionOf(call.service, call.operation), resource: "*" },
      decision: { effect: "implicit-deny", layer: "identity" },
    });
  }

  /** A call was carried out: uploads carry the encryption with which they were begun to their parts. */
  executed(call: WireCall, input: object, output: object | undefined): void {
    if (call.service === "s3" && output) this.#uploads.executed(call.operation, input as Input, output as Input);
  }

  /** Whether S3 has the bucket in another region: the redirect, which the handler answers, comes before permissions. */
  #isElsewhere(call: WireCall, input: Input): boolean {
    if (call.service !== "s3") return false;
    const region = this.resourcePolicyOf(`arn:aws:s3:::${text(input.Bucket) ?? ""}`, "s3:ListBucket")?.region;
    return region !== undefined && region !== call.region;
  }

  /** The user or role behind a principal of the account, undefined for the root user and for what was deleted. */
  #identityOf(principal: Principal): Identity | undefined {
    if (principal.type === "user") return this.#iam.users.get(principal.userName);
    return this.#iam.roles.get(principal.roleArn?.split("/").pop() ?? "");
  }

  #requirementsOf(call: WireCall, input: object, principal: Principal): Requirement[] {
    const source = {
      iam: this.#iam,
      place: { accountId: this.#iam.accountId, region: call.region },
      callerArn: principal.arn,
      upload: (id: string) => this.#uploads.of(text(id) ?? ""),
    };
    return requirementsOf(source, call.service, call.operation, input as Input);
  }

  /** A parsed document; it is parsed again only when it changes. @throws Failure for one that cannot be parsed: a bug of who stored it. */
  #parse(json: string, id: string, kind: PolicyKind): Policy {
    let known = this.#parsed.get(id);
    if (known?.json !== json) {
      known = { json, policy: parsePolicy(json, id, kind) };
      this.#parsed.set(id, known);
    }
    return known.policy;
  }
}
