import { Failure } from "../../base/failure.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { glueDatabase } from "../sources/glue-database.ts";

/** What somebody may do with tables of the lakehouse's database. */
export interface TableGrant {
  /** ARN of the role or user. */
  principal: string;
  database: string;
  /** `*`: all tables of the database. */
  table: string;
  permissions: string[];
}

/** Pages that are read at most, 100 permissions each. */
const PAGES = 10;

/** Permissions on tables in Lake Formation. */
export const lakeFormationGrants: FactSource<TableGrant[]> = {
  id: "lake-formation",
  title: "permissions of Lake Formation",
  operations: ["lakeformation:ListPermissions"],
  async fetch(reader) {
    if (reader.deployment.catalogType !== "glue")
      return reader.absent("the catalog is Nessie: Lake Formation has no say in it");
    const database = await reader.need(glueDatabase);
    const found: TableGrant[] = [];
    let NextToken: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const output = await listPage(reader, NextToken);
      for (const { Principal, Resource, Permissions = [] } of output.PrincipalResourcePermissions ?? []) {
        const table = Resource?.Table ?? Resource?.TableWithColumns;
        if (table?.DatabaseName !== database) continue;
        found.push({
          principal: Principal?.DataLakePrincipalIdentifier ?? "",
          database,
          table: table.Name ?? "*",
          permissions: Permissions,
        });
      }
      NextToken = output.NextToken;
      if (NextToken === undefined) return found;
    }
    throw new Failure({
      kind: "invalid",
      what: "lakeformation:ListPermissions",
      why: `there are more than ${PAGES} pages of permissions on tables`,
      next: "Ask Lake Formation for the one table: aws lakeformation list-permissions --resource.",
    });
  },
};

function listPage(reader: FactReader, NextToken: string | undefined) {
  return reader.call("lakeformation", "ListPermissions", {
    ResourceType: "TABLE",
    ...(NextToken === undefined ? {} : { NextToken }),
  });
}
