import { Failure } from "../../base/failure.ts";
import { chooseDatabase } from "../../iceberg/glue.ts";
import type { FactSource } from "../fact.ts";

/** The Glue database of the lakehouse: the template's name for it, else the one whose location is in the lakehouse bucket. */
export const glueDatabase: FactSource<string> = {
  id: "glue-database",
  title: "the Glue database",
  operations: ["glue:GetDatabases"],
  async fetch(reader) {
    const { catalogType, project, environment, buckets } = reader.deployment;
    if (catalogType !== "glue") return reader.absent("the catalog is Nessie: Glue has no tables of it");
    const found: { name: string; location: string }[] = [];
    let NextToken: string | undefined;
    do {
      const output = await reader.call("glue", "GetDatabases", NextToken === undefined ? {} : { NextToken });
      for (const { Name = "", LocationUri = "" } of output.DatabaseList ?? [])
        found.push({ name: Name, location: LocationUri });
      NextToken = output.NextToken;
    } while (NextToken !== undefined);
    const database = chooseDatabase(found, { project, environment, bucket: buckets.lakehouse });
    if (database !== undefined) return database;
    throw new Failure({
      kind: "not-found",
      what: "the Glue database",
      why: `none of ${found.length} databases is called ${project}_${environment} or lies in bucket ${buckets.lakehouse}`,
      next: "Check project, environment, region and account (mayday config).",
    });
  },
};
