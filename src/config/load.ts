import { basename, isAbsolute, join } from "node:path";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { candidateFiles, collect, FILE_NAME, homeOf, type LoadOptions } from "./collect.ts";
import type { Deployment, Sourced } from "./deployment.ts";
import { COMPOSE_SERVICES, deploymentByNamingRule, terraformByNamingRule } from "./naming.ts";
import { type Problem, problemsFailure } from "./problems.ts";
import { type SettingKey, type SettingValues, settingKeys } from "./settings.ts";

export type { ConfigFlags, LoadOptions } from "./collect.ts";

/** Every setting with its source; names that nothing gave are absent. */
export interface LoadedSettings {
  /** Absolute path of the file that was read. */
  file?: string;
  values: SettingValues &
    Required<
      Pick<
        SettingValues,
        | "catalogType"
        | "severity"
        | "stateDirectory"
        | "readOnly"
        | "keys"
        | "slack.channel"
        | "slack.apiUrl"
        | "pagerDuty.eventsUrl"
        | "notifications"
      >
    >;
}

/** Settings that name a deployment: everything that an incident needs, except the region where it is left to the AWS profile. */
export interface EffectiveConfig extends LoadedSettings {
  values: LoadedSettings["values"] &
    Required<Pick<SettingValues, "project" | "environment" | "buckets.lakehouse" | "alarmPrefixes" | "logGroups">>;
}

/**
 * The settings of flags, environment, file and defaults, first one wins. A file is `mayday.yaml` in the working
 * directory, else in `$XDG_CONFIG_HOME/mayday` (`~/.config/mayday`). For commands that need no deployment.
 * @throws Failure that names every problem with its file and line, key and what was expected.
 */
export async function loadSettings(options: LoadOptions): Promise<LoadedSettings> {
  const { values, problems, file } = await collect(options);
  if (problems.length > 0) throw problemsFailure(problems);
  return { file, values: { ...defaults(options.env), ...values } };
}

/**
 * `loadSettings`, completed by the naming rule to a whole deployment.
 * @throws Failure also when no project or environment is given: then it says what to do.
 */
export async function loadConfig(options: LoadOptions): Promise<EffectiveConfig> {
  const { values, problems, file } = await collect(options);
  if (!file && problems.length === 0 && !values.project) throw nothingConfigured(options);
  const given = { ...defaults(options.env), ...values };
  problems.push(...missing(given, problems, file));
  const { project, environment } = given;
  if (problems.length > 0 || !project || !environment) throw problemsFailure(problems);
  const derived = namedByRule(deploymentByNamingRule(project.value, environment.value, given.catalogType.value, ""));
  return { file, values: { ...derived, ...given, project, environment } };
}

/** The deployment that a configuration names. @param region the one that the AWS client layer resolved. */
export function deploymentOf(config: EffectiveConfig, region: string): Deployment {
  const { values } = config;
  const named = deploymentByNamingRule(
    values.project.value,
    values.environment.value,
    values.catalogType.value,
    region,
  );
  return {
    ...named,
    ...(named.nessie && {
      nessie: {
        cluster: values["nessie.cluster"]?.value ?? named.nessie.cluster,
        service: values["nessie.service"]?.value ?? named.nessie.service,
        container: values["nessie.container"]?.value ?? named.nessie.container,
        logGroup: values["nessie.logGroup"]?.value ?? named.nessie.logGroup,
        targetGroup: values["nessie.targetGroup"]?.value ?? named.nessie.targetGroup,
        loadBalancer: values["nessie.loadBalancer"]?.value ?? named.nessie.loadBalancer,
        tables: values["nessie.tables"]?.value ?? named.nessie.tables,
        ...(values["nessie.endpoint"] && { endpoint: values["nessie.endpoint"].value }),
      },
    }),
    ...(values["dagster.cluster"] && {
      dagster: {
        cluster: values["dagster.cluster"].value,
        services: values["dagster.services"]?.value ?? [],
        logGroups: values["dagster.logGroups"]?.value ?? [],
      },
    }),
    ...composeOf(values),
    buckets: {
      lakehouse: values["buckets.lakehouse"].value,
      audit: values["buckets.audit"]?.value ?? named.buckets.audit,
    },
    ...terraformOf(values),
    ...(values.alertTopic && { alertTopic: values.alertTopic.value }),
    ...breakGlassOf(values),
    alarmPrefixes: values.alarmPrefixes.value,
    logGroups: values.logGroups.value,
    ...(values.tableTemplates && { tableTemplates: values.tableTemplates.value }),
  };
}

function composeOf(values: SettingValues): Pick<Deployment, "compose"> {
  const project = values["dagster.composeProject"]?.value;
  if (project === undefined) return {};
  const directory = values["dagster.composeDirectory"]?.value;
  const dockerHost = values["dagster.dockerHost"]?.value;
  return {
    compose: {
      project,
      services: values["dagster.composeServices"]?.value ?? [...COMPOSE_SERVICES],
      ...(directory === undefined ? {} : { directory }),
      ...(dockerHost === undefined ? {} : { dockerHost }),
    },
  };
}

function terraformOf(values: EffectiveConfig["values"]): Pick<Deployment, "terraform"> {
  if (!values["terraform.stateBucket"]) return {};
  const rule = terraformByNamingRule(values.environment.value);
  const lockTable = values["terraform.lockTable"]?.value ?? rule.lockTable;
  return {
    terraform: {
      stateBucket: values["terraform.stateBucket"].value,
      stateKey: values["terraform.stateKey"]?.value ?? rule.stateKey,
      ...(lockTable && { lockTable }),
    },
  };
}

function breakGlassOf(values: SettingValues): Pick<Deployment, "breakGlass"> {
  const user = values["breakGlass.user"]?.value;
  const role = values["breakGlass.role"]?.value;
  return user || role ? { breakGlass: { ...(user && { user }), ...(role && { role }) } } : {};
}

function defaults(env: NodeJS.ProcessEnv) {
  const stateHome = env.XDG_STATE_HOME && isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : undefined;
  return {
    catalogType: { value: "nessie", source: "default" },
    severity: { value: "P1", source: "default" },
    stateDirectory: {
      value: join(stateHome ?? join(homeOf(env), ".local", "state"), "mayday"),
      source: "default",
      origin: stateHome ? "XDG_STATE_HOME" : undefined,
    },
    readOnly: { value: false, source: "default" },
    keys: { value: {}, source: "default" },
    // The runbook's channel, and the services' own addresses.
    "slack.channel": { value: "#incidents", source: "default" },
    "slack.apiUrl": { value: "https://slack.com/api", source: "default" },
    "pagerDuty.eventsUrl": { value: "https://events.pagerduty.com/v2/enqueue", source: "default" },
    notifications: { value: true, source: "default" },
    logGroups: { value: [], source: "default" },
  } satisfies SettingValues;
}

/** The values that the naming rule gives, as settings. */
function namedByRule(
  deployment: Deployment,
): SettingValues & Required<Pick<SettingValues, "buckets.lakehouse" | "alarmPrefixes">> {
  const rule = <T>(value: T): Sourced<T> => ({ value, source: "naming rule" });
  const { nessie, buckets } = deployment;
  const terraform = terraformByNamingRule(deployment.environment);
  return {
    ...(nessie && {
      "nessie.cluster": rule(nessie.cluster),
      "nessie.service": rule(nessie.service),
      "nessie.container": rule(nessie.container),
      "nessie.logGroup": rule(nessie.logGroup),
      "nessie.targetGroup": rule(nessie.targetGroup),
      "nessie.loadBalancer": rule(nessie.loadBalancer),
      "nessie.tables": rule(nessie.tables),
    }),
    "buckets.lakehouse": rule(buckets.lakehouse),
    ...(buckets.audit && { "buckets.audit": rule(buckets.audit) }),
    "terraform.stateKey": rule(terraform.stateKey),
    "terraform.lockTable": rule(terraform.lockTable),
    alarmPrefixes: rule(deployment.alarmPrefixes),
  };
}

/** What is missing or contradicts itself once every source has been read. `known` problems are not said twice. */
function missing(values: SettingValues, known: readonly Problem[], file: string | undefined): Problem[] {
  const problems: Problem[] = [];
  const origin = file ? basename(file) : "command line";
  const absent = (key: SettingKey) => !values[key] && !known.some((problem) => problem.key === key);
  if (absent("project"))
    problems.push({ origin, key: "project", message: "missing: give --project, MAYDAY_PROJECT or the key" });
  if (absent("environment"))
    problems.push({ origin, key: "environment", message: "missing: give --env, MAYDAY_ENV or the key" });

  problems.push(...dagsterProblems(values, absent, origin));
  const nessieKey = settingKeys.find((key) => key.startsWith("nessie.") && values[key]);
  if (nessieKey && values.catalogType?.value === "glue") {
    const at = values[nessieKey]?.origin ?? origin;
    problems.push({
      origin: at,
      key: nessieKey,
      message: `set, but catalogType is glue (${values.catalogType.origin})`,
    });
  }
  return problems;
}

/** Keys of Dagster in docker compose; its other keys are those of ECS. */
const COMPOSE_KEYS: readonly SettingKey[] = [
  "dagster.composeProject",
  "dagster.composeServices",
  "dagster.composeDirectory",
  "dagster.dockerHost",
];

/** Dagster is on ECS or in docker compose: half of one, or both, is a mistake. */
function dagsterProblems(values: SettingValues, absent: (key: SettingKey) => boolean, origin: string): Problem[] {
  const problems: Problem[] = [];
  const given = settingKeys.filter((key) => key.startsWith("dagster.") && values[key]);
  const composeKey = given.find((key) => COMPOSE_KEYS.includes(key));
  const ecsKey = given.find((key) => !COMPOSE_KEYS.includes(key));
  const at = (key: SettingKey) => values[key]?.origin ?? origin;
  if (composeKey && absent("dagster.composeProject"))
    problems.push({
      origin: at(composeKey),
      key: "dagster.composeProject",
      message: "missing: the keys of docker compose need it",
    });
  if (composeKey && ecsKey)
    problems.push({
      origin: at(ecsKey),
      key: ecsKey,
      message: `set, but ${composeKey} is set as well: Dagster runs on ECS or in docker compose`,
    });
  else if (ecsKey) {
    if (absent("dagster.cluster"))
      problems.push({ origin: at(ecsKey), key: "dagster.cluster", message: "missing: Dagster's other keys need it" });
    if (absent("dagster.services"))
      problems.push({ origin: at(ecsKey), key: "dagster.services", message: "missing: expected a list of names" });
  }
  return problems;
}

function nothingConfigured(options: LoadOptions): Failure {
  const places = candidateFiles(options.env, options.workingDirectory).map(sanitizeLine).join(" or ");
  return new Failure({
    kind: "invalid",
    what: "Finding the lakehouse to work on",
    why: `no project is given, and there is no file ${places}`,
    next:
      "Look around with `mayday demo`, let `mayday init` find the lakehouse, name it with " +
      `\`mayday start --project P --env E\`, or copy docs/mayday.example.yaml to ./${FILE_NAME} and edit it.`,
  });
}
