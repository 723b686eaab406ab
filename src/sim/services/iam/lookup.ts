import { AwsError } from "../../wire/aws-error.ts";
import type { WireCall } from "../../wire/types.ts";
import type { Iam } from "../../world/iam/directory.ts";
import type { Group, Identity, ManagedPolicy, Role, User } from "../../world/iam/model.ts";
import type { World } from "../../world/world.ts";
import { pageOf } from "../paging.ts";

/** Default and limit of MaxItems (IAM API reference). */
const PAGE_SIZE = 100;
const LARGEST_PAGE = 1_000;

export const noSuchEntity = (message: string) => new AwsError("NoSuchEntityException", message);
export const limitExceeded = (message: string) => new AwsError("LimitExceededException", message);
export const validationError = (message: string) => new AwsError("ValidationError", message);

/** What handlers of IAM look things up with. */
export interface IamAccess {
  /** The caller's account: the template's, or another one that is empty. */
  iamOf(call: WireCall): Iam;
  /** The user of this name; without a name the calling user. */
  userOf(call: WireCall, name: string | undefined): User;
}

export function iamAccess(world: World, elsewhere: Iam): IamAccess {
  const iamOf = (call: WireCall) =>
    world.principals.of(call.accessKeyId).accountId === world.iam.accountId ? world.iam : elsewhere;
  return {
    iamOf,
    userOf: (call, name) => {
      const caller = world.principals.of(call.accessKeyId);
      if (name === undefined && caller.type !== "user") {
        throw validationError("Must specify userName when calling with non-User credentials");
      }
      const wanted = name ?? caller.userName;
      return found(iamOf(call).users.get(wanted), `The user with name ${wanted} cannot be found.`);
    },
  };
}

export function roleOf(iam: Iam, name: string | undefined): Role {
  return found(iam.roles.get(name ?? ""), `The role with name ${name} cannot be found.`);
}

export function groupOf(iam: Iam, name: string | undefined): Group {
  return found(iam.groups.get(name ?? ""), `The group with name ${name} cannot be found.`);
}

export function managedPolicyOf(iam: Iam, arn: string | undefined): ManagedPolicy {
  return found(iam.policies.get(arn ?? ""), `Policy ${arn} was not found.`);
}

/** The value. @throws AwsError NoSuchEntity for undefined. */
export function found<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw noSuchEntity(message);
  return value;
}

interface PageInput {
  MaxItems?: number | undefined;
  Marker?: string | undefined;
}

/** One page of an IAM list. @throws AwsError ValidationError for a size or a marker that cannot be. */
export function iamPage<T>(items: T[], input: PageInput): { items: T[]; IsTruncated: boolean; Marker?: string } {
  const size = input.MaxItems ?? PAGE_SIZE;
  if (!(size >= 1 && size <= LARGEST_PAGE)) {
    throw validationError(`MaxItems must be between 1 and ${LARGEST_PAGE}, not ${size}.`);
  }
  const page = pageOf(items, size, input.Marker, () => validationError("Invalid Marker."));
  return { items: page.items, IsTruncated: page.next !== undefined, ...(page.next ? { Marker: page.next } : {}) };
}

/** In order of their names, those whose path begins with the prefix. */
export function byName<T extends { name: string; path: string }>(all: Iterable<T>, pathPrefix = "/"): T[] {
  return [...all].filter((one) => one.path.startsWith(pathPrefix)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names of inline policies, a page of them. */
export function inlineNames(identity: Identity, input: PageInput) {
  const { items, ...rest } = iamPage([...identity.inline.keys()].sort(), input);
  return { PolicyNames: items, ...rest };
}

/** Attached managed policies, a page of them. */
export function attachedPolicies(iam: Iam, identity: Identity, input: PageInput & { PathPrefix?: string | undefined }) {
  const attached = [...identity.attached].flatMap((arn) => iam.policies.get(arn) ?? []);
  const { items, ...rest } = iamPage(byName(attached, input.PathPrefix), input);
  return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...rest };
}
