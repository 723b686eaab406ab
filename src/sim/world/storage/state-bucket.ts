import type { NessieDeployment } from "../lakehouse.ts";
import { randomUuid } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
import { textContent } from "../s3/content.ts";
import type { World } from "../world.ts";
import { glueResources, nessieResources, type StateResource, storageResources } from "./terraform-resources.ts";

const DAY_MS = 86_400_000;
const TERRAFORM_VERSION = "1.9.8";

/** When the state was written, in days after the first apply, and what of the template did not stand by then. */
const APPLIES: readonly { day: number; serial: number; lacks: readonly string[] }[] = [
  { day: 0, serial: 1, lacks: ["module.nessie", "module.catalog", "module.audit", "aws_iam_role"] },
  { day: 0.01, serial: 4, lacks: ["module.audit", "aws_appautoscaling_target", "aws_cloudwatch_metric_alarm"] },
  { day: 9, serial: 6, lacks: ["module.audit", "aws_appautoscaling_target"] },
  { day: 23, serial: 7, lacks: ["aws_appautoscaling_target"] },
  { day: 38, serial: 9, lacks: [] },
];

/** The root outputs of the template (docs/lakehouse-deployment.md); what a catalog does not have is null and so not in the state. */
function outputsOf(
  world: World,
  nessie: NessieDeployment | undefined,
): Record<string, { value: string; type: string }> {
  const { names } = world;
  const glue = names.catalogType === "glue";
  const values: Record<string, string | undefined> = {
    athena_workgroup: glue ? `${names.prefix}-lakehouse` : undefined,
    catalog_type: names.catalogType,
    glue_database_name: glue ? `${names.project}_${names.environment}`.replaceAll("-", "_") : undefined,
    lakehouse_bucket_arn: `arn:aws:s3:::${names.lakehouseBucket}`,
    lakehouse_bucket_name: names.lakehouseBucket,
    nessie_endpoint: nessie && `http://${nessie.loadBalancer.dnsName}/api/v2`,
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, { value, type: "string" }]])),
  );
}

/** A Terraform state file, format version 4. */
export interface TerraformState {
  version: 4;
  terraform_version: string;
  serial: number;
  lineage: string;
  outputs: Record<string, { value: string; type: string }>;
  resources: StateResource[];
  check_results: null;
}

/** The account's resources as Terraform would have written them, whole. */
export function terraformState(
  world: World,
  nessie: NessieDeployment | undefined,
  serial: number,
  lineage: string,
): TerraformState {
  return {
    version: 4,
    terraform_version: TERRAFORM_VERSION,
    serial,
    lineage,
    outputs: outputsOf(world, nessie),
    resources: [...storageResources(world), ...(nessie ? nessieResources(world, nessie) : glueResources(world))],
    check_results: null,
  };
}

/** The bucket of the Terraform state with the state's versions: serials rise, the lineage stays. */
export function addStateBucket(world: World, nessie: NessieDeployment | undefined, createdAtMs: number): Bucket {
  const { names, buckets } = world;
  const bucket = buckets.add({
    name: names.stateBucket,
    region: names.region,
    createdAtMs: createdAtMs - DAY_MS,
    versioning: "Enabled",
  });
  const lineage = randomUuid(world.random("terraform-state"));
  for (const { day, serial, lacks } of APPLIES) {
    const whole = terraformState(world, nessie, serial, lineage);
    const resources = whole.resources.filter(
      ({ module = "", type }) => !lacks.includes(module) && !lacks.includes(type),
    );
    // Terraform writes the outputs when an apply has come to its end: the first one did not.
    const state = { ...whole, resources, ...(serial === 1 && { outputs: {} }) };
    bucket.write(names.stateKey, textContent(`${JSON.stringify(state, undefined, 2)}\n`), {
      atMs: createdAtMs + day * DAY_MS,
      origin: "world",
      details: { ...bucket.defaultDetails, contentType: "application/json" },
    });
  }
  return bucket;
}
