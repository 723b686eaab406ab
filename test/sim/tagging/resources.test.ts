import * as sdk from "@aws-sdk/client-resource-groups-tagging-api";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const PROJECT = [
  { Key: "Project", Values: ["lakehouse"] },
  { Key: "Environment", Values: ["prod"] },
];

async function client(options: Parameters<typeof testSimulator>[0] = {}) {
  const { clients, world } = await testSimulator(options);
  const tagging = new sdk.ResourceGroupsTaggingAPIClient(clients);
  const arns = async (input: sdk.GetResourcesCommandInput) =>
    (await tagging.send(new sdk.GetResourcesCommand(input))).ResourceTagMappingList?.map(
      (found) => found.ResourceARN,
    ) ?? [];
  return { tagging, arns, world };
}

test("resources by tags and types", async () => {
  const { arns, world } = await client();
  const all = await arns({ TagFilters: PROJECT });
  expect(all).toContain(world.lakehouse.loadBalancer.arn);
  expect(all).toContain("arn:aws:s3:::lakehouse-prod-lakehouse");
  expect(all).toContain("arn:aws:sns:us-east-1:111122223333:lakehouse-prod-alerts");
  // Nessie made its own tables: Terraform's tags are not on them.
  expect(await arns({ ResourceTypeFilters: ["dynamodb:table"] })).toEqual([
    "arn:aws:dynamodb:us-east-1:111122223333:table/lakehouse-prod-nessie",
  ]);
  expect(await arns({ ResourceTypeFilters: ["ecs:service", "ecs:cluster"] })).toHaveLength(2);
  expect((await arns({ ResourceTypeFilters: ["ecs"] })).length).toBeGreaterThan(2);
  expect(await arns({ TagFilters: [{ Key: "Project", Values: ["other"] }] })).toEqual([]);
  expect(await arns({ TagFilters: [{ Key: "Name" }], ResourceTypeFilters: ["ec2:security-group"] })).toHaveLength(3);
});

test("pages by resources or by tags, with tokens, empty at the end", async () => {
  const { tagging, arns } = await client();
  const all = await arns({});
  const seen: (string | undefined)[] = [];
  let PaginationToken: string | undefined = "";
  let pages = 0;
  do {
    const page: sdk.GetResourcesCommandOutput = await tagging.send(
      new sdk.GetResourcesCommand({ ResourcesPerPage: 7, PaginationToken }),
    );
    seen.push(...(page.ResourceTagMappingList ?? []).map((found) => found.ResourceARN));
    PaginationToken = page.PaginationToken;
    pages += 1;
  } while (PaginationToken);
  expect(seen).toEqual(all);
  expect(pages).toBe(Math.ceil(all.length / 7));
  await expect(arns({ ResourcesPerPage: 101 })).rejects.toBeInstanceOf(sdk.InvalidParameterException);
  await expect(arns({ TagsPerPage: 150 })).rejects.toBeInstanceOf(sdk.InvalidParameterException);
  await expect(arns({ PaginationToken: "nonsense" })).rejects.toBeInstanceOf(sdk.PaginationTokenExpiredException);
});

test("keys and values; a Glue lakehouse has no ECS; another region has nothing", async () => {
  const { tagging, arns } = await client({ catalogType: "glue" });
  expect((await tagging.send(new sdk.GetTagKeysCommand({}))).TagKeys).toEqual([
    "Environment",
    "ManagedBy",
    "Name",
    "Project",
  ]);
  expect((await tagging.send(new sdk.GetTagValuesCommand({ Key: "ManagedBy" }))).TagValues).toEqual(["terraform"]);
  expect(await arns({ ResourceTypeFilters: ["ecs", "elasticloadbalancing"] })).toEqual([]);
  const { clients } = await testSimulator();
  const elsewhere = new sdk.ResourceGroupsTaggingAPIClient({ ...clients, region: "eu-west-1" });
  expect((await elsewhere.send(new sdk.GetResourcesCommand({}))).ResourceTagMappingList).toEqual([]);
});
