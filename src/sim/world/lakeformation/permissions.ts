import { AwsError } from "../../wire/aws-error.ts";

/** What a permission is for, as Lake Formation's API spells it: one member. */
export type Resource =
  | { Catalog: object }
  | { Database: { Name: string } }
  | { Table: { DatabaseName: string; Name?: string; TableWildcard?: object } }
  | { DataLocation: { ResourceArn: string } };

export interface Grant {
  principal: string;
  resource: Resource;
  permissions: string[];
  grantable: string[];
  updatedAtMs: number;
}

export interface Location {
  arn: string;
  roleArn: string;
  registeredAtMs: number;
}

/** One text for a resource: members in order, the account's own catalog left out. */
export function resourceKey(resource: object): string {
  const sorted = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([name, member]) => name !== "CatalogId" && member !== undefined);
    return Object.fromEntries(
      entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
    );
  };
  return JSON.stringify(sorted(resource));
}

/** Lake Formation of one account and region: registered locations, administrators and permissions. */
export class LakeFormation {
  readonly admins: string[] = [];
  readonly locations = new Map<string, Location>();
  grants: Grant[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Adds permissions to what the principal has on the resource. */
  grant(
    principal: string,
    resource: Resource,
    permissions: readonly string[],
    grantable: readonly string[] = [],
  ): void {
    const found = this.#find(principal, resource);
    const updatedAtMs = this.#nowMs();
    if (!found) {
      this.grants.push({ principal, resource, permissions: [...permissions], grantable: [...grantable], updatedAtMs });
      return;
    }
    found.permissions = [...new Set([...found.permissions, ...permissions])];
    found.grantable = [...new Set([...found.grantable, ...grantable])];
    found.updatedAtMs = updatedAtMs;
  }

  /** Takes permissions away; ALL takes everything. @throws AwsError InvalidInputException when the principal has none of them. */
  revoke(
    principal: string,
    resource: Resource,
    permissions: readonly string[],
    grantable: readonly string[] = [],
  ): void {
    const found = this.#find(principal, resource);
    if (
      !found ||
      (!permissions.includes("ALL") && !permissions.every((permission) => found.permissions.includes(permission)))
    )
      throw new AwsError(
        "InvalidInputException",
        `No permissions revoked. Grantee does not have:[${permissions.join(", ")}]`,
      );
    const all = permissions.includes("ALL");
    found.permissions = all ? [] : found.permissions.filter((permission) => !permissions.includes(permission));
    found.grantable = found.grantable.filter(
      (permission) => !all && !grantable.includes(permission) && found.permissions.includes(permission),
    );
    found.updatedAtMs = this.#nowMs();
    this.grants = this.grants.filter((grant) => grant.permissions.length > 0);
  }

  /** The registered location that a path is in. */
  locationOf(arn: string): Location | undefined {
    return [...this.locations.values()].find((location) => arn === location.arn || arn.startsWith(`${location.arn}/`));
  }

  #find(principal: string, resource: Resource): Grant | undefined {
    const key = resourceKey(resource);
    return this.grants.find((grant) => grant.principal === principal && resourceKey(grant.resource) === key);
  }
}
