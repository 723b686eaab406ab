/** Where a value came from, in the order in which sources win. */
export type ValueSource = "flag" | "environment" | "file" | "discovered" | "naming rule" | "default";

export interface Sourced<T> {
  value: T;
  source: ValueSource;
  /** File and line, variable or flag name, where there is one. */
  origin?: string;
  /** The comment above it, in a file that `mayday init` wrote: where it was found then. */
  comment?: string;
}

export interface ComposeDeployment {
  project: string;
  services: string[];
  /** Absolute; undefined: where the project was started from, as its containers say. */
  directory?: string;
  /** DOCKER_HOST of the daemon that runs it; undefined: docker's own choice. */
  dockerHost?: string;
}

/**
 * The lakehouse that the cockpit operates. Names are never assumed: each comes from a flag, the environment, the file,
 * discovery or the template's naming rule, and is absent where the deployment has no such thing.
 */
export interface Deployment {
  project: string;
  environment: string;
  catalogType: "nessie" | "glue";
  region: string;
  nessie?: {
    cluster: string;
    service: string;
    container: string;
    logGroup: string;
    targetGroup: string;
    loadBalancer: string;
    /** Base of Nessie's REST API; absent: the load balancer's DNS name. */
    endpoint?: string;
    /** DynamoDB table names or prefixes that may hold the catalog. */
    tables: string[];
  };
  /** Dagster on ECS. */
  dagster?: { cluster: string; services: string[]; logGroups: string[] };
  /** Dagster in docker compose: there is one of the two, or none. */
  compose?: ComposeDeployment;
  buckets: { lakehouse: string; audit?: string };
  /** Where Terraform keeps its state; absent where no bucket is known. Without `lockTable` it locks without DynamoDB. */
  terraform?: { stateBucket: string; stateKey: string; lockTable?: string };
  /** ARN of the SNS topic of alerts. */
  alertTopic?: string;
  /** The principals for emergencies, each by name or ARN: what denies access spares them. */
  breakGlass?: { user?: string; role?: string };
  /** Alarms are listed by these name prefixes. */
  alarmPrefixes: string[];
  /** More log groups to follow beside Nessie's and Dagster's. */
  logGroups: string[];
  /** Folder with the tables' YAML templates, `NAME.yaml` each. */
  tableTemplates?: string;
}
