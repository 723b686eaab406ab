import * as z from "zod";
import { sanitizeLine } from "../base/text.ts";
import type { Sourced } from "./deployment.ts";

/** One setting: what it may be, where it can be given, and how it is explained. */
interface Setting<Schema extends z.ZodType = z.ZodType> {
  schema: Schema;
  /** What is expected, completing "expected ...". */
  expected: string;
  /** Environment variables that give it, the first one that is set wins. A list is separated by commas. */
  variables: readonly string[];
  /** The command line flag that gives it, where there is one. */
  flag?: string;
  description: string;
}

const setting = <Schema extends z.ZodType>(definition: Setting<Schema>): Setting<Schema> => definition;

const text = z
  .string()
  .min(1)
  .refine((value) => sanitizeLine(value) === value);
const texts = z.array(text);
const name = { schema: text, expected: "a name: text on one line" };
const names = { schema: texts, expected: "a list of names" };

/** A principal by its name (IAM: letters, digits and `+=,.@_-`, at most 64) or by its ARN, path included. */
const principal = (kind: "user" | "role") =>
  z.string().regex(new RegExp(`^([\\w+=,.@-]{1,64}|arn:[a-z-]+:iam::\\d{12}:${kind}/[\\w+=,.@/-]+)$`));

/** The naming rule's parts. The lengths are those of the template's `project_name` variable. */
const projectName = z.string().regex(/^[a-z][a-z0-9-]{1,20}$/);
const environmentName = z.string().regex(/^[a-z][a-z0-9-]{0,20}$/);
/** Names that docker's command line cannot take for an option. */
const serviceName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/);
const httpUrl = z.string().refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol));

/**
 * Every setting by its key in `mayday.yaml` (a dot is one level of nesting). The one table behind loading, checking,
 * `mayday config` and the suggestions for a misspelt key.
 */
export const settings = {
  project: setting({
    schema: projectName,
    expected: "2 to 21 lower-case letters, digits and hyphens, starting with a letter",
    variables: ["MAYDAY_PROJECT"],
    flag: "--project",
    description: "The lakehouse's project_name; names are derived from it.",
  }),
  environment: setting({
    schema: environmentName,
    expected: "1 to 21 lower-case letters, digits and hyphens, starting with a letter, such as prod",
    variables: ["MAYDAY_ENV", "MAYDAY_ENVIRONMENT"],
    flag: "--env",
    description: "dev, staging, prod or another one of yours.",
  }),
  catalogType: setting({
    schema: z.enum(["nessie", "glue"]),
    expected: "nessie or glue",
    variables: ["MAYDAY_CATALOG_TYPE"],
    flag: "--catalog-type",
    description: "glue: there is no ECS service, load balancer or DynamoDB table.",
  }),
  region: setting({
    schema: z.string().regex(/^[a-z]{2,}(-[a-z0-9]+)+-\d$/),
    expected: "an AWS region such as us-east-1",
    variables: ["MAYDAY_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
    flag: "--region",
    description: "Left out: the region of the AWS profile.",
  }),
  profile: setting({
    ...name,
    variables: ["MAYDAY_PROFILE", "AWS_PROFILE"],
    flag: "--profile",
    description: "AWS profile. Left out: the SDK's own provider chain.",
  }),
  endpoint: setting({
    schema: httpUrl,
    expected: "an http or https URL",
    variables: ["MAYDAY_ENDPOINT"],
    flag: "--endpoint",
    description: "Endpoint for every AWS service. Left out: AWS_ENDPOINT_URL and the profile, as the SDK reads them.",
  }),
  "nessie.cluster": setting({ ...name, variables: ["MAYDAY_NESSIE_CLUSTER"], description: "ECS cluster of Nessie." }),
  "nessie.service": setting({ ...name, variables: ["MAYDAY_NESSIE_SERVICE"], description: "ECS service of Nessie." }),
  "nessie.container": setting({
    ...name,
    variables: ["MAYDAY_NESSIE_CONTAINER"],
    description: "Container of Nessie in its task definition.",
  }),
  "nessie.logGroup": setting({
    ...name,
    variables: ["MAYDAY_NESSIE_LOG_GROUP"],
    description: "CloudWatch log group of Nessie.",
  }),
  "nessie.targetGroup": setting({
    ...name,
    variables: ["MAYDAY_NESSIE_TARGET_GROUP"],
    description: "Target group that Nessie's tasks are registered in.",
  }),
  "nessie.loadBalancer": setting({
    ...name,
    variables: ["MAYDAY_NESSIE_LOAD_BALANCER"],
    description: "Load balancer in front of Nessie.",
  }),
  "nessie.endpoint": setting({
    schema: httpUrl,
    expected: "an http or https URL",
    variables: ["MAYDAY_NESSIE_ENDPOINT"],
    description:
      "Base of Nessie's REST API, as this host reaches it. Left out: the load balancer's DNS name and /api/v2.",
  }),
  "nessie.tables": setting({
    ...names,
    variables: ["MAYDAY_NESSIE_TABLES"],
    description: "DynamoDB table names or prefixes that may hold the catalog.",
  }),
  "dagster.cluster": setting({
    ...name,
    variables: ["MAYDAY_DAGSTER_CLUSTER"],
    description: "ECS cluster of Dagster, where it runs on ECS.",
  }),
  "dagster.services": setting({
    ...names,
    variables: ["MAYDAY_DAGSTER_SERVICES"],
    description: "ECS services of Dagster.",
  }),
  "dagster.logGroups": setting({
    ...names,
    variables: ["MAYDAY_DAGSTER_LOG_GROUPS"],
    description: "CloudWatch log groups of Dagster.",
  }),
  "dagster.composeProject": setting({
    schema: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
    expected: "the name of a compose project: lower-case letters, digits, hyphens and underscores",
    variables: ["MAYDAY_DAGSTER_COMPOSE_PROJECT"],
    description: "docker compose project of Dagster, where it runs there and not on ECS.",
  }),
  "dagster.composeServices": setting({
    schema: z.array(serviceName).min(1),
    expected: "a list of names of compose services",
    variables: ["MAYDAY_DAGSTER_COMPOSE_SERVICES"],
    description: "Compose services of Dagster. The daemon is stopped first, the webserver last.",
  }),
  "dagster.composeDirectory": setting({
    schema: text,
    expected: "a folder",
    variables: ["MAYDAY_DAGSTER_COMPOSE_DIRECTORY"],
    description: "Folder of the compose file. Left out: where the project was started from, as docker knows it.",
  }),
  "dagster.dockerHost": setting({
    schema: text.regex(/^(unix|tcp|ssh|npipe|fd|http|https):\/\/[^\s:@]*(@[^\s@]*|(:\d+)?(\/\S*)?)$/),
    expected: "a DOCKER_HOST without a password, such as ssh://ops@dagster.example",
    variables: ["MAYDAY_DOCKER_HOST"],
    description: "The docker daemon that runs Dagster. Left out: DOCKER_HOST and docker's own context.",
  }),
  "buckets.lakehouse": setting({
    ...name,
    variables: ["MAYDAY_LAKEHOUSE_BUCKET"],
    description: "Bucket that holds the tables.",
  }),
  "buckets.audit": setting({
    ...name,
    variables: ["MAYDAY_AUDIT_BUCKET"],
    description: "Bucket that CloudTrail writes data events to.",
  }),
  "terraform.stateBucket": setting({
    ...name,
    variables: ["MAYDAY_TERRAFORM_STATE_BUCKET"],
    description: "Bucket of the Terraform state.",
  }),
  "terraform.stateKey": setting({
    ...name,
    variables: ["MAYDAY_TERRAFORM_STATE_KEY"],
    description: "Key of the Terraform state in its bucket.",
  }),
  "terraform.lockTable": setting({
    schema: text.or(z.literal("")),
    expected: 'a DynamoDB table, or "" where Terraform locks without one (use_lockfile)',
    variables: ["MAYDAY_TERRAFORM_LOCK_TABLE"],
    description: "DynamoDB table of Terraform's locks.",
  }),
  alertTopic: setting({
    schema: z.string().regex(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+(\.fifo)?$/),
    expected: "the ARN of an SNS topic",
    variables: ["MAYDAY_ALERT_TOPIC", "ALERT_SNS_TOPIC_ARN"],
    description: "SNS topic that alerts are published to.",
  }),
  "breakGlass.user": setting({
    schema: principal("user"),
    expected: "the name or the ARN of an IAM user",
    variables: ["MAYDAY_BREAK_GLASS_USER"],
    description: "IAM user for emergencies: what denies access spares it.",
  }),
  "breakGlass.role": setting({
    schema: principal("role"),
    expected: "the name or the ARN of an IAM role",
    variables: ["MAYDAY_BREAK_GLASS_ROLE"],
    description: "IAM role for emergencies: what denies access spares it.",
  }),
  "slack.channel": setting({
    ...name,
    variables: ["MAYDAY_SLACK_CHANNEL"],
    description: "Slack channel that messages go to with a bot token; a webhook has its own.",
  }),
  "slack.stakeholderChannel": setting({
    ...name,
    variables: ["MAYDAY_SLACK_STAKEHOLDER_CHANNEL"],
    description: "Slack channel of those who are told once the incident is contained. Left out: `slack.channel`.",
  }),
  "slack.invite": setting({
    schema: z.array(z.string().regex(/^[UW][A-Z0-9]{2,}$/)),
    expected: "a list of Slack member ids such as U012AB3CD",
    variables: ["MAYDAY_SLACK_INVITE"],
    description: "Slack members who are invited to an incident's channel.",
  }),
  "slack.apiUrl": setting({
    schema: httpUrl,
    expected: "an http or https URL",
    variables: ["MAYDAY_SLACK_API_URL"],
    description: "Address of Slack's Web API.",
  }),
  "pagerDuty.eventsUrl": setting({
    schema: httpUrl,
    expected: "an http or https URL",
    variables: ["MAYDAY_PAGERDUTY_EVENTS_URL"],
    description: "Address of PagerDuty's Events API v2; https://events.eu.pagerduty.com/v2/enqueue in the EU region.",
  }),
  "escalation.l2": setting({
    ...name,
    variables: ["MAYDAY_ESCALATION_L2"],
    description: "Platform team lead: name and telephone, shown when L2 is due.",
  }),
  "escalation.l3": setting({
    ...name,
    variables: ["MAYDAY_ESCALATION_L3"],
    description: "Engineering director and security: names and telephones, shown when L3 is due.",
  }),
  secretsFile: setting({
    schema: text,
    expected: "a file",
    variables: ["MAYDAY_SECRETS_FILE"],
    description: "File of mode 0600 with SLACK_BOT_TOKEN=... and the like, for what the environment does not give.",
  }),
  notifications: setting({
    schema: z.boolean(),
    expected: "true or false",
    variables: ["MAYDAY_NOTIFICATIONS"],
    flag: "--no-notifications",
    description: "Bell and desktop notification when something is due.",
  }),
  alarmPrefixes: setting({
    ...names,
    variables: ["MAYDAY_ALARM_PREFIXES"],
    description: "CloudWatch alarms are listed by these name prefixes.",
  }),
  logGroups: setting({
    ...names,
    variables: ["MAYDAY_LOG_GROUPS"],
    description: "More log groups to follow.",
  }),
  tableTemplates: setting({
    schema: text,
    expected: "a folder",
    variables: ["MAYDAY_TABLE_TEMPLATES"],
    description: "Folder with the tables' YAML templates, such as `table-templates` of a checkout.",
  }),
  onCall: setting({
    ...name,
    variables: ["MAYDAY_ON_CALL"],
    flag: "--on-call",
    description: "Who is on call, for the record and the post-mortem. Left out: the login name.",
  }),
  severity: setting({
    schema: z.enum(["P1", "P2", "P3"]),
    expected: "P1, P2 or P3",
    variables: ["MAYDAY_SEVERITY"],
    flag: "--severity",
    description: "Severity of a new incident.",
  }),
  stateDirectory: setting({
    schema: text,
    expected: "a folder",
    variables: ["MAYDAY_STATE_DIRECTORY"],
    flag: "--state-directory",
    description: "Incidents are kept in the folder `incidents` below it.",
  }),
  readOnly: setting({
    schema: z.boolean(),
    expected: "true or false",
    variables: ["MAYDAY_READ_ONLY"],
    flag: "--read-only",
    description: "Nothing that changes AWS is sent.",
  }),
  keys: setting({
    schema: z.record(text, z.union([text.transform((key) => [key]), texts])),
    expected: "a map from a command to its key, or to a list of keys",
    variables: [],
    description: "Own keys for commands (docs/keys.md names both).",
  }),
} as const;

export type SettingKey = keyof typeof settings;
export type SettingValue<K extends SettingKey> = z.output<(typeof settings)[K]["schema"]>;

/** What is known of each setting, with its source. A key without a value has none. */
export type SettingValues = { [K in SettingKey]?: Sourced<SettingValue<K>> };

export const settingKeys = Object.keys(settings) as SettingKey[];

/** Whether `key` is a setting; `nessie` is not, `nessie.cluster` is. */
export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settings, key);
}

/** Whether `key` is a level of nesting that holds settings: `nessie`, `dagster`, `buckets` ... */
export function isSettingGroup(key: string): boolean {
  return settingKeys.some((candidate) => candidate.startsWith(`${key}.`));
}
