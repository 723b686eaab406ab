import {
  GrantPermissionsCommand,
  LakeFormationClient,
  ListPermissionsCommand,
  RevokePermissionsCommand,
} from "@aws-sdk/client-lakeformation";

export const client = LakeFormationClient;

export const commands = {
  GrantPermissions: GrantPermissionsCommand,
  ListPermissions: ListPermissionsCommand,
  RevokePermissions: RevokePermissionsCommand,
};
