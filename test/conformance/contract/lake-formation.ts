import type { Permission, Resource } from "@aws-sdk/client-lakeformation";
import { expect } from "vitest";
import { type ContractServer, casesOf, refusal, unique } from "../server.ts";

/** What a principal was granted on a resource. */
async function granted({ clients: { lakeFormation } }: ContractServer, principal: string, resource: Resource) {
  const { PrincipalResourcePermissions: all = [] } = await lakeFormation.listPermissions({
    Principal: { DataLakePrincipalIdentifier: principal },
    Resource: resource,
  });
  return all.map(({ Permissions, PermissionsWithGrantOption }) => ({ Permissions, PermissionsWithGrantOption }));
}

/** Locations and permissions. Both servers have the template's registered bucket. */
export const lakeFormation = casesOf("lake formation", {
  "the lakehouse bucket is registered with its role": async ({ clients: { lakeFormation }, names }) => {
    const ResourceArn = `arn:aws:s3:::${names.lakehouseBucket}`;
    const RoleArn = `arn:aws:iam::${names.accountId}:role/${names.prefix}-lakeformation`;
    const { ResourceInfoList: locations } = await lakeFormation.listResources({});
    expect(locations).toMatchObject([{ ResourceArn, RoleArn }]);
    const { ResourceInfo: one } = await lakeFormation.describeResource({ ResourceArn });
    expect(one).toMatchObject({ ResourceArn, RoleArn });
    const missing = lakeFormation.describeResource({ ResourceArn: "arn:aws:s3:::nope" });
    expect(await refusal(missing)).toEqual({ name: "EntityNotFoundException", status: 400 });
  },

  "the lake has administrators": async ({ clients: { lakeFormation }, names }) => {
    const { DataLakeSettings: settings } = await lakeFormation.getDataLakeSettings({});
    expect(settings?.DataLakeAdmins).toEqual([
      { DataLakePrincipalIdentifier: `arn:aws:iam::${names.accountId}:role/${names.prefix}-lakehouse-admin` },
    ]);
  },

  "permissions on a table are granted and revoked": async (server) => {
    const { lakeFormation } = server.clients;
    const principal = `arn:aws:iam::${server.names.accountId}:role/${unique("contract-reader")}`;
    const { accountId: CatalogId, glueDatabase: DatabaseName } = server.names;
    const Resource: Resource = { Table: { CatalogId, DatabaseName, Name: "orders" } };
    const grant = (Permissions: Permission[], PermissionsWithGrantOption?: Permission[]) =>
      lakeFormation.grantPermissions({
        Principal: { DataLakePrincipalIdentifier: principal },
        Resource,
        Permissions,
        PermissionsWithGrantOption,
      });
    await grant(["SELECT"], ["SELECT"]);
    await grant(["DESCRIBE"]);
    const [both] = await granted(server, principal, Resource);
    expect([both?.Permissions?.sort(), both?.PermissionsWithGrantOption]).toEqual([["DESCRIBE", "SELECT"], ["SELECT"]]);
    await lakeFormation.revokePermissions({
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource,
      Permissions: ["SELECT"],
      PermissionsWithGrantOption: ["SELECT"],
    });
    const [left] = await granted(server, principal, Resource);
    expect([left?.Permissions, left?.PermissionsWithGrantOption ?? []]).toEqual([["DESCRIBE"], []]);
    await lakeFormation.revokePermissions({
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource,
      Permissions: ["DESCRIBE"],
    });
    expect(await granted(server, principal, Resource)).toEqual([]);
  },

  "the account's own catalog need not be named": async (server) => {
    const { lakeFormation } = server.clients;
    const principal = `arn:aws:iam::${server.names.accountId}:role/${unique("contract-guest")}`;
    const resource: Resource = { Table: { DatabaseName: server.names.glueDatabase, Name: "orders" } };
    const grant = {
      Principal: { DataLakePrincipalIdentifier: principal },
      Resource: resource,
      Permissions: ["SELECT" as const],
    };
    await lakeFormation.grantPermissions(grant);
    await lakeFormation.revokePermissions(grant);
    expect(await granted(server, principal, resource)).toEqual([]);
  },

  "who asks for a principal's permissions names a resource": async ({ clients: { lakeFormation }, names }) => {
    const Principal = { DataLakePrincipalIdentifier: `arn:aws:iam::${names.accountId}:role/${names.prefix}-reader` };
    expect(await refusal(lakeFormation.listPermissions({ Principal }))).toEqual({
      name: "InvalidInputException",
      status: 400,
    });
  },

  "permissions on a database and on a location": async (server) => {
    const { lakeFormation } = server.clients;
    const principal = `arn:aws:iam::${server.names.accountId}:role/${unique("contract-writer")}`;
    const Principal = { DataLakePrincipalIdentifier: principal };
    const database: Resource = { Database: { Name: server.names.glueDatabase } };
    const location: Resource = { DataLocation: { ResourceArn: `arn:aws:s3:::${server.names.lakehouseBucket}` } };
    await lakeFormation.grantPermissions({ Principal, Resource: database, Permissions: ["CREATE_TABLE"] });
    await lakeFormation.grantPermissions({ Principal, Resource: location, Permissions: ["DATA_LOCATION_ACCESS"] });
    expect((await granted(server, principal, database))[0]?.Permissions).toEqual(["CREATE_TABLE"]);
    expect((await granted(server, principal, location))[0]?.Permissions).toEqual(["DATA_LOCATION_ACCESS"]);
    await lakeFormation.revokePermissions({ Principal, Resource: database, Permissions: ["CREATE_TABLE"] });
    await lakeFormation.revokePermissions({ Principal, Resource: location, Permissions: ["DATA_LOCATION_ACCESS"] });
  },

  "who may do what at a path is told": async ({ clients: { lakeFormation }, names }) => {
    const { Permissions: permissions } = await lakeFormation.getEffectivePermissionsForPath({
      ResourceArn: `arn:aws:s3:::${names.lakehouseBucket}/lakehouse/orders`,
    });
    expect(permissions?.map(({ Principal }) => Principal?.DataLakePrincipalIdentifier)).toContain(
      `arn:aws:iam::${names.accountId}:role/${names.prefix}-lakehouse-writer`,
    );
  },
});
