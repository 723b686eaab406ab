import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import type { CatalogType } from "../../../src/sim/world/names.ts";
import { testSimulator } from "../../support/simulator.ts";

const Bucket = "my-tf-state";
const Key = "iceberg-lakehouse/prod/terraform.tfstate";

async function states(catalogType: CatalogType) {
  const { clients, world } = await testSimulator({ catalogType });
  const client = new s3.S3Client(clients);
  const { Versions = [] } = await client.send(new s3.ListObjectVersionsCommand({ Bucket, Prefix: Key }));
  const read = async (VersionId?: string) => {
    const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key, VersionId }));
    return JSON.parse((await Body?.transformToString()) ?? "");
  };
  return {
    world,
    newestFirst: await Promise.all(Versions.map(({ VersionId }) => read(VersionId))),
    current: await read(),
  };
}

test("versions of one lineage with rising serials, the newest current", async () => {
  const { newestFirst, current } = await states("nessie");
  const serials = newestFirst.map(({ serial }: { serial: number }) => serial);
  expect(serials).toEqual(serials.toSorted((a, b) => b - a));
  expect(new Set(newestFirst.map(({ lineage }: { lineage: string }) => lineage)).size).toBe(1);
  expect(current).toEqual(newestFirst[0]);
  expect(current).toMatchObject({ version: 4, terraform_version: expect.any(String), check_results: null });
  const counts = newestFirst.map(({ resources }: { resources: unknown[] }) => resources.length);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
});

test("its resources are the account's own, its outputs the template's", async () => {
  const { world, current } = await states("nessie");
  const ids = current.resources.flatMap(
    ({ type, instances }: { type: string; instances: { attributes: { id: string } }[] }) =>
      instances.map(({ attributes }) => `${type} ${attributes.id}`),
  );
  const { targetGroup, loadBalancer, definition } = world.lakehouse;
  expect(ids).toEqual(
    expect.arrayContaining([
      "aws_s3_bucket lakehouse-prod-lakehouse",
      `aws_lb ${loadBalancer.arn}`,
      `aws_lb_target_group ${targetGroup.arn}`,
      `aws_ecs_task_definition ${definition.family}`,
      "aws_dynamodb_table lakehouse-prod-nessie",
      "aws_cloudwatch_metric_alarm lakehouse-prod-nessie-cpu-high",
      "aws_appautoscaling_target service/lakehouse-prod-nessie/nessie",
    ]),
  );
  expect(Object.keys(current.outputs)).toEqual([
    "catalog_type",
    "lakehouse_bucket_arn",
    "lakehouse_bucket_name",
    "nessie_endpoint",
  ]);
  expect(current.outputs.nessie_endpoint.value).toContain(loadBalancer.dnsName);
});

test("a Glue lakehouse has a database and a workgroup instead of Nessie", async () => {
  const { current } = await states("glue");
  const types = current.resources.map(({ type }: { type: string }) => type);
  expect(types).toContain("aws_glue_catalog_database");
  expect(types.some((type: string) => type.startsWith("aws_ecs"))).toBe(false);
  expect(current.outputs).toMatchObject({
    catalog_type: { value: "glue" },
    glue_database_name: { value: "lakehouse_prod" },
    athena_workgroup: { value: "lakehouse-prod-lakehouse" },
  });
});
