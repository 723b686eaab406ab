import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";

export const client = ResourceGroupsTaggingAPIClient;

export const commands = {
  GetResources: GetResourcesCommand,
};
