import * as lf from "@aws-sdk/client-lakeformation";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const role = (suffix: string) => ({
  DataLakePrincipalIdentifier: `arn:aws:iam::111122223333:role/lakehouse-prod-${suffix}`,
});
const TABLE: lf.Resource = { Table: { DatabaseName: "lakehouse_prod", Name: "orders" } };

async function client() {
  const { clients, world } = await testSimulator();
  const lake = new lf.LakeFormationClient(clients);
  const permissions = async (input: lf.ListPermissionsCommandInput) =>
    (await lake.send(new lf.ListPermissionsCommand(input))).PrincipalResourcePermissions ?? [];
  return { lake, permissions, world };
}

test("the roles' permissions on tables, databases and the location", async () => {
  const { lake, permissions } = await client();
  const onTable = await permissions({ Resource: TABLE });
  expect(onTable.map((found) => found.Principal?.DataLakePrincipalIdentifier?.split("/").pop())).toEqual([
    "lakehouse-prod-lakehouse-admin",
    "lakehouse-prod-lakehouse-writer",
    "lakehouse-prod-dagster-task",
    "data-engineer",
    "lakehouse-prod-lakehouse-reader",
  ]);
  expect(onTable.at(-1)).toMatchObject({
    Permissions: ["SELECT", "DESCRIBE"],
    PermissionsWithGrantOption: [],
    Resource: { Table: { CatalogId: "111122223333", TableWildcard: {} } },
  });
  const locations = await permissions({ ResourceType: "DATA_LOCATION" });
  expect(locations.map((found) => found.Principal)).not.toContainEqual(role("lakehouse-reader"));
  expect(locations.map((found) => found.Principal)).toContainEqual(role("lakehouse-writer"));
  await expect(permissions({ Principal: role("lakehouse-reader") })).rejects.toMatchObject({
    name: "InvalidInputException",
    message: "Resource is mandatory if Principal is set in the input.",
  });
  const ResourceArn = "arn:aws:s3:::lakehouse-prod-lakehouse";
  const { ResourceInfo } = await lake.send(new lf.DescribeResourceCommand({ ResourceArn }));
  expect(ResourceInfo).toMatchObject({ ResourceArn, RoleArn: role("lakeformation").DataLakePrincipalIdentifier });
  const effective = await lake.send(
    new lf.GetEffectivePermissionsForPathCommand({ ResourceArn: `${ResourceArn}/lakehouse/orders` }),
  );
  expect(effective.Permissions?.map((found) => found.Permissions)).toEqual([
    ["DATA_LOCATION_ACCESS"],
    ["DATA_LOCATION_ACCESS"],
    ["DATA_LOCATION_ACCESS"],
  ]);
  const { ResourceInfoList } = await lake.send(new lf.ListResourcesCommand({}));
  expect(ResourceInfoList).toEqual([ResourceInfo]);
  const { DataLakeSettings } = await lake.send(new lf.GetDataLakeSettingsCommand({}));
  expect(DataLakeSettings?.DataLakeAdmins).toEqual([role("lakehouse-admin")]);
  await expect(lake.send(new lf.DescribeResourceCommand({ ResourceArn: "arn:aws:s3:::other" }))).rejects.toBeInstanceOf(
    lf.EntityNotFoundException,
  );
});

test("permissions are granted, added to, revoked, and not revoked twice", async () => {
  const { lake, permissions, world } = await client();
  const Principal = role("analyst");
  await lake.send(new lf.GrantPermissionsCommand({ Principal, Resource: TABLE, Permissions: ["SELECT"] }));
  await lake.send(
    new lf.GrantPermissionsCommand({
      Principal,
      Resource: TABLE,
      Permissions: ["DESCRIBE"],
      PermissionsWithGrantOption: ["DESCRIBE"],
    }),
  );
  expect(await permissions({ Principal, Resource: TABLE })).toMatchObject([
    {
      Permissions: ["SELECT", "DESCRIBE"],
      PermissionsWithGrantOption: ["DESCRIBE"],
      LastUpdated: new Date(world.now()),
    },
  ]);
  const revoke = (Permissions: lf.Permission[]) =>
    lake.send(new lf.RevokePermissionsCommand({ Principal, Resource: TABLE, Permissions }));
  await revoke(["DESCRIBE"]);
  expect(await permissions({ Principal, Resource: TABLE })).toMatchObject([
    { Permissions: ["SELECT"], PermissionsWithGrantOption: [] },
  ]);
  await expect(revoke(["DESCRIBE"])).rejects.toBeInstanceOf(lf.InvalidInputException);
  await revoke(["ALL"]);
  expect(await permissions({ Principal, Resource: TABLE })).toEqual([]);
});
