import type { Policy } from "../../../policy/document.ts";

/** A policy document: the text as it was given, and its parsed form. */
export interface PolicyText {
  json: string;
  policy: Policy;
}

export interface Tag {
  Key: string;
  Value: string;
}

/** What users, groups and roles have in common. */
export interface Identity {
  name: string;
  /** `/` or `/oncall/`. */
  path: string;
  /** AIDA..., AROA..., AGPA... */
  id: string;
  arn: string;
  createdAtMs: number;
  /** Inline policies by name. */
  inline: Map<string, PolicyText>;
  /** ARNs of attached managed policies. */
  attached: Set<string>;
  /** ARN of the managed policy that is the permissions boundary. */
  boundaryArn?: string;
  tags: Tag[];
}

export interface User extends Identity {
  groups: Group[];
  accessKeys: AccessKey[];
  mfaDevices: MfaDevice[];
  /** The console password, undefined when the user has none. */
  loginProfile?: { createdAtMs: number };
}

export type Group = Identity;

export interface Role extends Identity, UseRecord {
  trust: PolicyText;
  description: string;
  maxSessionSeconds: number;
}

export interface AccessKey extends UseRecord {
  id: string;
  userName: string;
  status: "Active" | "Inactive";
  createdAtMs: number;
}

/** When something was last used, which IAM tells only later; see reportedUse. */
export interface UseRecord {
  used?: Use;
  /** The last use before that, of another reporting period. */
  reported?: Use;
}

export interface Use {
  atMs: number;
  /** Signing name, as the report writes it: `s3`, `iam`. */
  service: string;
  region: string;
}

export interface MfaDevice {
  /** A virtual device's serial number is its ARN. */
  serialNumber: string;
  enabledAtMs: number;
  /** RFC 4226 secret. */
  secret: Uint8Array;
  /** The last time step whose code was used: a code is good for one sign-in. */
  lastStep: number;
}

export interface ManagedPolicy {
  name: string;
  path: string;
  id: string;
  arn: string;
  description: string;
  createdAtMs: number;
  /** Newest first. */
  versions: PolicyVersion[];
  defaultVersionId: string;
}

export interface PolicyVersion extends PolicyText {
  id: string;
  createdAtMs: number;
}
