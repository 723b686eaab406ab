import { Failure } from "../../base/failure.ts";
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
    // Glue allows no hyphens where Athena is to read (Athena user guide, name databases).
    const named = `${project}_${environment}`;
    const byName = found.find(({ name }) => name === named || name === named.replaceAll("-", "_"));
    const byPlace = found.find(({ location }) => location.startsWith(`s3://${buckets.lakehouse}/`));
    const database = byName ?? byPlace;
    if (database) return database.name;
    throw new Failure({
      kind: "not-found",
      what: "the Glue database",
      why: `none of ${found.length} databases is called ${named} or lies in bucket ${buckets.lakehouse}`,
      next: "Check project, environment, region and account (mayday config).",
    });
  },
};
