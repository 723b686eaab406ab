import type * as Wire from "@aws-sdk/client-iam";
import type { Operations } from "../../wire/types.ts";
import type { Iam } from "../../world/iam/directory.ts";
import { accessKeyId, secretAccessKey } from "../../world/iam/identifiers.ts";
import { reportedUse } from "../../world/iam/last-use.ts";
import type { AccessKey, MfaDevice, User } from "../../world/iam/model.ts";
import { date } from "../paging.ts";
import { byName, found, type IamAccess, iamPage, limitExceeded } from "./lookup.ts";
import { keyView, listedUser } from "./views.ts";

/** Access keys a user (IAM quotas; not adjustable). */
const KEYS_PER_USER = 2;

function keyOf(user: User, id: string | undefined): AccessKey {
  return found(
    user.accessKeys.find((key) => key.id === id),
    `The Access Key with id ${id} cannot be found.`,
  );
}

function ownerOf(iam: Iam, id: string | undefined): { user: User; key: AccessKey } {
  const key = found(iam.accessKey(id ?? ""), `The Access Key with id ${id} cannot be found.`);
  return { user: iam.users.get(key.userName)!, key };
}

function loginProfileOf(user: User): { createdAtMs: number } {
  return found(user.loginProfile, `Login Profile for User ${user.name} cannot be found.`);
}

/** Access keys, MFA devices and console passwords. */
export function credentialOperations({ iamOf, userOf }: IamAccess): Operations<typeof Wire> {
  return {
    ListAccessKeys: (input, call) => {
      const { items, ...rest } = iamPage(userOf(call, input.UserName).accessKeys, input);
      return { AccessKeyMetadata: items.map(keyView), ...rest };
    },
    CreateAccessKey: (input, call) => {
      const user = userOf(call, input.UserName);
      if (user.accessKeys.length >= KEYS_PER_USER) {
        throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER}`);
      }
      const random = iamOf(call).keyStream(`user/${user.name}`);
      const key = iamOf(call).addAccessKey(user, accessKeyId("AKIA", random), call.atMs);
      return { AccessKey: { ...keyView(key), SecretAccessKey: secretAccessKey(random) } as Wire.AccessKey };
    },
    UpdateAccessKey: (input, call) => {
      const key = keyOf(userOf(call, input.UserName), input.AccessKeyId);
      key.status = input.Status === "Active" ? "Active" : "Inactive";
      return {};
    },
    DeleteAccessKey: (input, call) => {
      const user = userOf(call, input.UserName);
      iamOf(call).removeAccessKey(user, keyOf(user, input.AccessKeyId));
      return {};
    },
    GetAccessKeyLastUsed: (input, call) => {
      const { user, key } = ownerOf(iamOf(call), input.AccessKeyId);
      const use = reportedUse(key, call.atMs);
      return {
        UserName: user.name,
        AccessKeyLastUsed: {
          LastUsedDate: use && date(Math.floor(use.atMs / 60_000) * 60_000),
          ServiceName: use?.service ?? "N/A",
          Region: use?.region ?? "N/A",
        },
      };
    },
    ListMFADevices: (input, call) => {
      const user = userOf(call, input.UserName);
      const { items, ...rest } = iamPage(user.mfaDevices, input);
      return { MFADevices: items.map((device) => deviceView(user, device)), ...rest };
    },
    ListVirtualMFADevices: (input, call) => {
      // A device that nobody has been given does not exist here.
      const assigned = input.AssignmentStatus !== "Unassigned";
      const all = byName(assigned ? iamOf(call).users.values() : []).flatMap((user) =>
        user.mfaDevices.map(({ serialNumber: SerialNumber, enabledAtMs }) => ({
          SerialNumber,
          User: listedUser(user),
          EnableDate: new Date(enabledAtMs),
        })),
      );
      const { items, ...rest } = iamPage(all, input);
      return { VirtualMFADevices: items, ...rest };
    },
    GetLoginProfile: (input, call) => {
      const user = userOf(call, input.UserName);
      const { createdAtMs } = loginProfileOf(user);
      return { LoginProfile: { UserName: user.name, CreateDate: new Date(createdAtMs), PasswordResetRequired: false } };
    },
    DeleteLoginProfile: (input, call) => {
      const user = userOf(call, input.UserName);
      loginProfileOf(user);
      delete user.loginProfile;
      return {};
    },
  };
}

function deviceView(user: User, { serialNumber, enabledAtMs }: MfaDevice): Wire.MFADevice {
  return { UserName: user.name, SerialNumber: serialNumber, EnableDate: new Date(enabledAtMs) };
}
