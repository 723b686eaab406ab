import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
} from "@aws-sdk/client-kms";

export const client = KMSClient;

export const commands = {
  CancelKeyDeletion: CancelKeyDeletionCommand,
  DescribeKey: DescribeKeyCommand,
  DisableKey: DisableKeyCommand,
  EnableKey: EnableKeyCommand,
  GetKeyPolicy: GetKeyPolicyCommand,
  ListGrants: ListGrantsCommand,
};
