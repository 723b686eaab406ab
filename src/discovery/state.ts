import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { Finds } from "./contract.ts";
import { alarmPrefixes, arnParts, lastPart } from "./names.ts";

/**
 * What is taken from a Terraform state: types, addresses and the names of resources. Everything else in it, which may be secret, is dropped
 * here and goes nowhere.
 */
export interface StateFacts {
  outputs: Partial<Record<"lakehouse_bucket_name" | "catalog_type", string>>;
  resources: StateResource[];
  serial: number;
}

export interface StateResource {
  /** `module.nessie.aws_ecs_service.nessie` */
  address: string;
  type: string;
  attributes: Partial<Record<Attribute, string>>;
  tags: Record<string, string>;
}

const ATTRIBUTES = ["name", "arn", "bucket", "cluster", "alarm_name", "s3_bucket_name", "id"] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** State files are read up to this size: one with ten thousand resources has some tens of MB. */
export const STATE_BYTES = 200_000_000;

/**
 * Reads a Terraform state, format version 4 (Terraform internals, "State").
 * @param place how failures name it. @throws Failure without a word of the content.
 */
export function parseState(text: string, place: string): StateFacts {
  const invalid = (why: string) =>
    new Failure({
      kind: "invalid",
      what: `Terraform state ${place}`,
      why,
      next: "Give the file that terraform state pull writes.",
    });
  const state = objectOf(parsed(text));
  if (!state) throw invalid("it is not JSON");
  if (state.version !== 4) throw invalid("it is not a state of format version 4 (Terraform 0.12 and newer, OpenTofu)");
  const outputs = objectOf(state.outputs) ?? {};
  const output = (name: string) => textOf(objectOf(outputs[name])?.value);
  const [bucket, catalog] = [output("lakehouse_bucket_name"), output("catalog_type")];
  return {
    outputs: { ...(bucket && { lakehouse_bucket_name: bucket }), ...(catalog && { catalog_type: catalog }) },
    resources: listOf(state.resources).flatMap(resourcesOf),
    serial: typeof state.serial === "number" ? state.serial : 0,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be secret.
    return undefined;
  }
}

function resourcesOf(raw: unknown): StateResource[] {
  const resource = objectOf(raw);
  if (resource?.mode !== "managed") return [];
  const [type, name, module] = [textOf(resource.type) ?? "", textOf(resource.name) ?? "", textOf(resource.module)];
  return listOf(resource.instances).flatMap((rawInstance): StateResource[] => {
    const attributes = objectOf(objectOf(rawInstance)?.attributes);
    if (!attributes) return [];
    const kept = ATTRIBUTES.flatMap((key) => {
      const value = textOf(attributes[key]);
      return value === undefined ? [] : [[key, value] as const];
    });
    return [
      {
        address: [module, type, name].filter(Boolean).join("."),
        type,
        attributes: Object.fromEntries(kept),
        tags: tagsOf(attributes.tags_all ?? attributes.tags),
      },
    ];
  });
}

const TAGS = ["Project", "Environment", "ManagedBy"];

function tagsOf(raw: unknown): Record<string, string> {
  const tags = objectOf(raw) ?? {};
  return Object.fromEntries(
    TAGS.flatMap((key) => {
      const value = textOf(tags[key]);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

const objectOf = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? sanitizeLine(value) : undefined;

/** How origins name the state: where it was read stands above them all. */
const PLACE = "Terraform state";

/** The settings that a state gives. */
export function findsOfState(state: StateFacts): Finds {
  const finds = new Finds();
  const of = (type: string) => state.resources.filter((resource) => resource.type === type);
  const origin = (resource: StateResource) => `${PLACE}: ${resource.address}`;
  const output = (name: string) => `${PLACE}: output ${name}`;

  const tagged = state.resources.filter(({ tags }) => tags.Project !== undefined);
  finds.add(
    "project",
    mostCommon(tagged.map(({ tags }) => tags.Project)),
    `${PLACE}: tag Project of ${tagged.length} resources`,
  );
  finds.add(
    "environment",
    mostCommon(tagged.map(({ tags }) => tags.Environment)),
    `${PLACE}: tag Environment of ${tagged.length} resources`,
  );
  const catalog = state.outputs.catalog_type;
  if (catalog === "nessie" || catalog === "glue") finds.add("catalogType", catalog, output("catalog_type"));

  finds.add("buckets.lakehouse", state.outputs.lakehouse_bucket_name, output("lakehouse_bucket_name"));
  const [trail] = of("aws_cloudtrail");
  if (trail) finds.add("buckets.audit", trail.attributes.s3_bucket_name, origin(trail));
  for (const bucket of of("aws_s3_bucket"))
    if (/lakehouse/.test(bucket.address)) finds.add("buckets.lakehouse", bucket.attributes.bucket, origin(bucket));

  addServices(finds, of("aws_ecs_service"), origin);
  addNamed(finds, of, origin);
  const alarms = of("aws_cloudwatch_metric_alarm");
  const names = alarms.flatMap(({ attributes }) => attributes.alarm_name ?? []);
  finds.add(
    "alarmPrefixes",
    alarmPrefixes(names, finds.value("project"), finds.value("environment")),
    `${PLACE}: ${names.length} alarms`,
  );
  const [topic] = of("aws_sns_topic");
  if (topic) finds.add("alertTopic", topic.attributes.arn, origin(topic));
  addPlace(finds, state.resources, origin);
  return finds;
}

function addServices(finds: Finds, services: StateResource[], origin: (resource: StateResource) => string): void {
  const isDagster = ({ address, attributes }: StateResource) => /dagster/i.test(`${address} ${attributes.name}`);
  const dagster = services.filter(isDagster);
  const others = services.filter((service) => !isDagster(service));
  const nessie = others.find(({ address, attributes }) => /nessie/i.test(`${address} ${attributes.name}`)) ?? others[0];
  if (nessie) {
    finds.add("nessie.service", nessie.attributes.name, origin(nessie));
    finds.add("nessie.cluster", nessie.attributes.cluster && lastPart(nessie.attributes.cluster), origin(nessie));
  }
  const [first] = dagster;
  if (first) {
    finds.add("dagster.cluster", first.attributes.cluster && lastPart(first.attributes.cluster), origin(first));
    finds.add(
      "dagster.services",
      dagster.flatMap(({ attributes }) => attributes.name ?? []),
      origin(first),
    );
  }
}

/** What is found by its name alone. Where there are several, the one whose address speaks of Nessie. */
function addNamed(
  finds: Finds,
  of: (type: string) => StateResource[],
  origin: (resource: StateResource) => string,
): void {
  const nessies = (type: string) => {
    const all = of(type);
    return (
      all.find(({ address, attributes }) => /nessie/i.test(`${address} ${attributes.name}`)) ??
      (all.length === 1 ? all[0] : undefined)
    );
  };
  for (const [key, type] of [
    ["nessie.loadBalancer", "aws_lb"],
    ["nessie.targetGroup", "aws_lb_target_group"],
    ["nessie.logGroup", "aws_cloudwatch_log_group"],
  ] as const) {
    const resource = nessies(type);
    if (resource) finds.add(key, resource.attributes.name, origin(resource));
  }
  const table = nessies("aws_dynamodb_table");
  if (table?.attributes.name) finds.add("nessie.tables", [table.attributes.name], origin(table));
}

function addPlace(finds: Finds, resources: StateResource[], origin: (resource: StateResource) => string): void {
  const regional = resources.find(({ attributes }) => arnParts(attributes.arn ?? "")?.region);
  if (regional) finds.add("region", arnParts(regional.attributes.arn ?? "")?.region, origin(regional));
}

function mostCommon(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
