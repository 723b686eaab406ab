import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";

export const client = STSClient;

export const commands = {
  GetCallerIdentity: GetCallerIdentityCommand,
  GetSessionToken: GetSessionTokenCommand,
};
