import { dagsterOnEcs, deploymentByNamingRule, terraformByNamingRule } from "../config/naming.ts";
import { type SettingKey, settingKeys } from "../config/settings.ts";
import { type DiscoveryContext, type Find, Finds } from "./contract.ts";
import { followAlarms, followDagster, followNessie, followStorage, Reads, readTrailBuckets } from "./live.ts";
import { findsOfState, type StateFacts } from "./state.ts";
import { findsOfTags, oneLakehouse, readTagged, type TaggedResource } from "./tags.ts";

export interface DiscoveryInput {
  /** Settings that were given: they win, and they say what to look for. */
  given: Finds;
  /** A Terraform state that was read, and how it is named. */
  state?: { facts: StateFacts; place: string; bucket?: string; key?: string };
}

export interface Discovery {
  /** In the order of the settings; each with where it was found. */
  finds: Find[];
  /** What the short words of the origins stand for: the state's place, the tags. */
  sources: string[];
  /** Where two sources say different things, a sentence each. */
  disagreements: string[];
  /** What could not be looked at, a sentence each. */
  problems: string[];
}

/**
 * Looks for a lakehouse: what was given, then Terraform's state, then the default tags, then the names by the template's rule as far as
 * they are there. From each service that it finds it goes on to what hangs on it: the live names win over the state's, which may be old.
 * Only reads.
 */
export async function discover(context: DiscoveryContext, { given, state }: DiscoveryInput): Promise<Discovery> {
  const reads = new Reads(context);
  const fromState = state ? findsOfState(state.facts) : new Finds();
  if (state?.bucket && state.key) {
    fromState.add("terraform.stateBucket", state.bucket, "where the state was read");
    fromState.add("terraform.stateKey", state.key, "where the state was read");
  }
  const known = <K extends SettingKey>(key: K, ...sources: Finds[]) =>
    sources.map((source) => source.value(key)).find((value) => value !== undefined);
  const project = known("project", given, fromState);
  const environment = known("environment", given, fromState);
  const [tagged, trails] = await Promise.all([
    taggedResources(context, reads, { ...(project && { project }), ...(environment && { environment }) }),
    readTrailBuckets(reads),
  ]);
  const lakehouse = oneLakehouse(tagged);
  const fromTags = findsOfTags(lakehouse, trails);
  const sources = [given, fromState, fromTags];
  const byRule = await findsByRule(reads, sources);
  const ordered = [...sources, byRule];
  const live = await followed(reads, ordered);
  const [one] = lakehouse;
  return {
    ...together(ordered, live, reads.problems),
    sources: [
      ...(state ? [`Terraform state: ${state.place}, serial ${state.facts.serial}`] : []),
      ...(one ? [`tags: Project=${one.project}, Environment=${one.environment}`] : []),
    ],
  };
}

async function taggedResources(
  context: DiscoveryContext,
  reads: Reads,
  wanted: { project?: string; environment?: string },
): Promise<TaggedResource[]> {
  try {
    return await readTagged(context, wanted);
  } catch (error) {
    // The other sources can do without the tags; why they could not be read is said.
    reads.problems.push(error instanceof Error ? `tags: ${error.message}` : String(error));
    return [];
  }
}

const first = <K extends SettingKey>(key: K, sources: readonly Finds[]) =>
  sources.map((source) => source.value(key)).find((value) => value !== undefined);

/** The names of the rule that are there, for what no other source knows. */
async function findsByRule(reads: Reads, sources: readonly Finds[]): Promise<Finds> {
  const finds = new Finds();
  const project = first("project", sources);
  const environment = first("environment", sources);
  if (!project || !environment) return finds;
  const rule = deploymentByNamingRule(project, environment, "nessie", "");
  const unless = <T>(key: SettingKey, value: T) => (first(key, sources) === undefined ? value : undefined);
  const storage = await followStorage(reads, {
    lakehouse: unless("buckets.lakehouse", rule.buckets.lakehouse),
    audit: unless("buckets.audit", rule.buckets.audit),
    lockTable: unless("terraform.lockTable", terraformByNamingRule(environment).lockTable),
  });
  for (const { key, value, origin } of storage.all()) finds.add(key, value as never, origin);
  const origin = "naming rule";
  if (first("catalogType", sources) !== "glue" && rule.nessie) {
    finds.add("nessie.cluster", rule.nessie.cluster, origin);
    finds.add("nessie.service", rule.nessie.service, origin);
  }
  finds.add("dagster.cluster", dagsterOnEcs(project, environment).cluster, origin);
  finds.add("alarmPrefixes", rule.alarmPrefixes, origin);
  return finds;
}

/** What hangs on the services that were found; also whether they are there at all. */
async function followed(reads: Reads, sources: readonly Finds[]): Promise<Finds> {
  const [cluster, service] = [first("nessie.cluster", sources), first("nessie.service", sources)];
  const dagster = first("dagster.cluster", sources);
  const [nessie, pipelines, alarms] = await Promise.all([
    cluster && service ? followNessie(reads, cluster, service) : new Finds(),
    dagster ? followDagster(reads, dagster, first("dagster.services", sources)) : new Finds(),
    followAlarms(reads, first("alarmPrefixes", sources) ?? []),
  ]);
  const finds = new Finds();
  for (const { key, value, origin } of [nessie, alarms, pipelines].flatMap((found) => found.all()))
    finds.add(key, value as never, origin);
  return finds;
}

/** What is only right when it is there: without a live answer the naming rule's guess is dropped. */
const CHECKED_LIVE: readonly SettingKey[] = ["nessie.cluster", "nessie.service", "dagster.cluster", "alarmPrefixes"];

function together(sources: readonly Finds[], live: Finds, problems: readonly string[]): Omit<Discovery, "sources"> {
  const [given = new Finds(), fromState = new Finds(), fromTags = new Finds(), byRule = new Finds()] = sources;
  const all = [given, fromState, fromTags, byRule];
  const disagreements: string[] = [];
  const isGlue = catalogOf(all, live) === "glue";
  const finds = settingKeys.flatMap((key): Find[] => {
    if (key === "catalogType") return [catalogFind(all, live)];
    if (isGlue && key.startsWith("nessie.")) return [];
    const candidates = [given.get(key), live.get(key), fromState.get(key), fromTags.get(key), byRule.get(key)].flatMap(
      (find) => find ?? [],
    );
    const guess = byRule.get(key);
    const kept = candidates.filter((find) => !(find === guess && CHECKED_LIVE.includes(key) && !live.get(key)));
    const [chosen, ...others] = kept;
    if (!chosen) return [];
    const other = others.find(({ value }) => JSON.stringify(value) !== JSON.stringify(chosen.value));
    if (other && other !== guess)
      disagreements.push(
        `${key}: ${shown(chosen.value)} (${chosen.origin}), though ${other.origin} says ${shown(other.value)}`,
      );
    // Where it was found says more than that it is there.
    const source = [fromState.get(key), fromTags.get(key), byRule.get(key)].find(
      (find) => find && find !== chosen && JSON.stringify(find.value) === JSON.stringify(chosen.value),
    );
    const isLive = chosen === live.get(key);
    return [isLive && source ? { ...chosen, origin: `${source.origin}, there` } : chosen];
  });
  return {
    finds,
    disagreements,
    problems: [...problems, ...[...all, live].flatMap((source) => source.problems)],
  };
}

function catalogOf(all: readonly Finds[], live: Finds): "nessie" | "glue" {
  return catalogFind(all, live).value as "nessie" | "glue";
}

/** What is given or in the state; else a service that is there is Nessie's. */
function catalogFind([given, fromState]: readonly Finds[], live: Finds): Find {
  const said = given?.get("catalogType") ?? fromState?.get("catalogType");
  if (said) return said;
  const service = live.get("nessie.service");
  return service
    ? { key: "catalogType", value: "nessie", origin: `there is an ECS service ${String(service.value)}` }
    : { key: "catalogType", value: "glue", origin: "no ECS service of Nessie's was found" };
}

const shown = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));
