import { sanitizeLine } from "../../base/text.ts";
import type { FactReader } from "./reader.ts";

export const operations = [
  "iam:GetUser",
  "iam:GetLoginProfile",
  "iam:ListMFADevices",
  "iam:ListAccessKeys",
  "iam:ListAttachedUserPolicies",
  "iam:ListGroupsForUser",
];

/** The user for emergencies. */
export interface BreakGlassFacts {
  user: string;
  /** False: the configured user is not there, and the rest is empty. */
  exists: boolean;
  consolePassword: boolean;
  mfaDevices: number;
  /** Active keys only. */
  keys: { id: string; createdAtMs: number }[];
  administrator: boolean;
  /** Groups may grant what is not attached to the user itself. */
  groups: string[];
}

/** The configured break-glass user; null where none is configured. */
export async function readBreakGlass(reader: FactReader): Promise<BreakGlassFacts | null> {
  const UserName = reader.context.deployment.breakGlass?.user?.split("/").at(-1);
  if (!UserName) return null;
  const found = await reader.callIfThere("iam", "GetUser", { UserName });
  if (!found) return { ...NOBODY, user: UserName };
  const [login, mfa, keys, policies, groups] = await Promise.all([
    reader.callIfThere("iam", "GetLoginProfile", { UserName }),
    reader.call("iam", "ListMFADevices", { UserName }),
    reader.call("iam", "ListAccessKeys", { UserName }),
    reader.call("iam", "ListAttachedUserPolicies", { UserName }),
    reader.call("iam", "ListGroupsForUser", { UserName }),
  ]);
  return {
    user: UserName,
    exists: true,
    consolePassword: login !== null,
    mfaDevices: (mfa.MFADevices ?? []).length,
    keys: (keys.AccessKeyMetadata ?? [])
      .filter(({ Status }) => Status === "Active")
      .map(({ AccessKeyId = "", CreateDate }) => ({
        id: sanitizeLine(AccessKeyId),
        createdAtMs: CreateDate?.getTime() ?? 0,
      })),
    administrator: (policies.AttachedPolicies ?? []).some(({ PolicyName }) => PolicyName === "AdministratorAccess"),
    groups: (groups.Groups ?? []).map(({ GroupName = "" }) => sanitizeLine(GroupName)),
  };
}

const NOBODY: BreakGlassFacts = {
  user: "",
  exists: false,
  consolePassword: false,
  mfaDevices: 0,
  keys: [],
  administrator: false,
  groups: [],
};
