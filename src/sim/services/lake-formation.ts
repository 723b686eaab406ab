import type * as Wire from "@aws-sdk/client-lakeformation";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { type Grant, type Location, type Resource, resourceKey } from "../world/lakeformation/permissions.ts";
import type { Region } from "../world/region.ts";
import { pageOf } from "./paging.ts";

/** Most results of a page (Lake Formation API reference). */
const PAGE_SIZE = 1000;

const invalid = (message: string) => new AwsError("InvalidInputException", message);
const page = <T>(items: readonly T[], input: { MaxResults?: number | undefined; NextToken?: string | undefined }) =>
  pageOf(items, Math.min(PAGE_SIZE, input.MaxResults ?? PAGE_SIZE), input.NextToken, () =>
    invalid("Invalid continuation token"),
  );

function locationView(location: Location): Wire.ResourceInfo {
  return {
    ResourceArn: location.arn,
    RoleArn: location.roleArn,
    LastModified: new Date(location.registeredAtMs),
    WithFederation: false,
    HybridAccessEnabled: false,
  };
}

/** The resource as AWS gives it back, with the account as its catalog. */
function resourceView(resource: Resource, catalogId: string): Wire.Resource {
  const [[kind, members] = ["Catalog", {}]] = Object.entries(resource);
  return { [kind]: kind === "Catalog" ? {} : { CatalogId: catalogId, ...members } };
}

function grantView(grant: Grant, catalogId: string): Wire.PrincipalResourcePermissions {
  return {
    Principal: { DataLakePrincipalIdentifier: grant.principal },
    Resource: resourceView(grant.resource, catalogId),
    Permissions: grant.permissions as Wire.Permission[],
    PermissionsWithGrantOption: grant.grantable as Wire.Permission[],
    LastUpdated: new Date(grant.updatedAtMs),
  };
}

/** The one member of a resource that is set. @throws AwsError InvalidInputException for none or several. */
function resourceOf(given: Wire.Resource | undefined): Resource {
  const set = Object.entries(given ?? {}).filter(([, member]) => member !== undefined);
  if (set.length !== 1)
    throw invalid(
      "Resource must have one of the have either the catalog, table, database or data location field populated.",
    );
  return Object.fromEntries(set) as unknown as Resource;
}

function fitsType(grant: Grant, type: string | undefined): boolean {
  const kinds: Record<string, string> = {
    CATALOG: "Catalog",
    DATABASE: "Database",
    TABLE: "Table",
    DATA_LOCATION: "DataLocation",
  };
  return type === undefined || kinds[type] === Object.keys(grant.resource)[0];
}

/** Permissions on the resource itself; for a table also those on all tables of its database. */
function covers(grant: Grant, wanted: Resource | undefined): boolean {
  if (!wanted) return true;
  if (resourceKey(grant.resource) === resourceKey(wanted)) return true;
  if (!("Table" in wanted) || !("Table" in grant.resource)) return false;
  return (
    grant.resource.Table.DatabaseName === wanted.Table.DatabaseName && grant.resource.Table.TableWildcard !== undefined
  );
}

/** AWS Lake Formation: registered locations and permissions. They are in force for the workloads of the world, not for clients. */
export function lakeFormationService(region: Region): ServiceDefinition {
  const { lakeFormation } = region;
  const { accountId } = region.names;
  const locationOf = (arn: string | undefined): Location => {
    const location = lakeFormation.locations.get(arn ?? "");
    if (!location) throw new AwsError("EntityNotFoundException", `Resource: ${arn} is not registered.`);
    return location;
  };
  const principalOf = (principal: Wire.DataLakePrincipal | undefined): string => {
    const identifier = principal?.DataLakePrincipalIdentifier;
    if (!identifier) throw invalid("Principal is required.");
    return identifier;
  };
  return defineService<typeof Wire>({
    signingName: "lakeformation",
    load: () => import("@aws-sdk/client-lakeformation"),
    clientName: "LakeFormationClient",
    operations: {
      ListPermissions: (input) => {
        const wanted = input.Resource === undefined ? undefined : resourceOf(input.Resource);
        const principal = input.Principal?.DataLakePrincipalIdentifier;
        if (principal !== undefined && !wanted)
          throw invalid("Resource is mandatory if Principal is set in the input.");
        const found = lakeFormation.grants.filter(
          (grant) =>
            (principal === undefined || grant.principal === principal) &&
            fitsType(grant, input.ResourceType) &&
            covers(grant, wanted),
        );
        const { items, next } = page(found, input);
        return { PrincipalResourcePermissions: items.map((grant) => grantView(grant, accountId)), NextToken: next };
      },
      GetEffectivePermissionsForPath: (input) => {
        const location = lakeFormation.locationOf(input.ResourceArn ?? "");
        if (!location)
          throw new AwsError("EntityNotFoundException", `Resource: ${input.ResourceArn} is not registered.`);
        const found = lakeFormation.grants.filter(
          (grant) => "DataLocation" in grant.resource && grant.resource.DataLocation.ResourceArn === location.arn,
        );
        const { items, next } = page(found, input);
        return { Permissions: items.map((grant) => grantView(grant, accountId)), NextToken: next };
      },
      GetDataLakeSettings: () => ({
        DataLakeSettings: {
          DataLakeAdmins: lakeFormation.admins.map((DataLakePrincipalIdentifier) => ({ DataLakePrincipalIdentifier })),
          ReadOnlyAdmins: [],
          CreateDatabaseDefaultPermissions: [],
          CreateTableDefaultPermissions: [],
          Parameters: { CROSS_ACCOUNT_VERSION: "4" },
          TrustedResourceOwners: [],
          AllowExternalDataFiltering: false,
          ExternalDataFilteringAllowList: [],
        },
      }),
      ListResources: (input) => {
        const { items, next } = page([...lakeFormation.locations.values()], input);
        return { ResourceInfoList: items.map(locationView), NextToken: next };
      },
      DescribeResource: (input) => ({ ResourceInfo: locationView(locationOf(input.ResourceArn)) }),
      GrantPermissions: (input) => {
        lakeFormation.grant(
          principalOf(input.Principal),
          resourceOf(input.Resource),
          input.Permissions ?? [],
          input.PermissionsWithGrantOption,
        );
        return {};
      },
      RevokePermissions: (input) => {
        lakeFormation.revoke(
          principalOf(input.Principal),
          resourceOf(input.Resource),
          input.Permissions ?? [],
          input.PermissionsWithGrantOption,
        );
        return {};
      },
    },
  });
}
