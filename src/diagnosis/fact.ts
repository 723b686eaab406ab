import type {
  AwsCaller,
  AwsLayer,
  CallOptions,
  InputOf,
  OperationName,
  OutputOf,
  ServiceName,
} from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import type { DockerOperation, DockerOperations } from "../transports/docker/contract.ts";

/** What we ourselves hold open on this incident, from the record: our containment is no fault. */
export interface HeldContainment {
  runId: string;
  actionId: string;
  title: string;
  badge: string;
  /** Domain ms. */
  sinceMs: number;
  /** What the plan's calls act on, in its own words: "service nessie in cluster lakehouse-prod-nessie". */
  resources: string[];
}

/** What only the responder knows, where they told it. */
export interface GivenAnswers {
  /** The text of an alert as it was pasted. */
  alert?: string;
  /** Who is refused: an ARN, or a role's name. */
  principal?: string;
  /** What is refused, such as s3:PutObject. */
  action?: string;
  /** The object that it is about. */
  key?: string;
}

/** Everything a diagnosis looks at the world with. It reads, and never writes. */
export interface DiagnosisContext {
  /** With docker beside AWS where Dagster runs in docker compose. */
  aws: AwsCaller & Pick<AwsLayer, "lineOf">;
  deployment: Deployment;
  clock: Clock;
  /** Where calls go, for the `aws` lines. */
  where: { region: string; endpoint?: string };
  accountId: string;
  /** The time that is looked at, domain ms: some time before the incident began until now. */
  window: { fromMs: number; toMs: number };
  held: readonly HeldContainment[];
  /** What the responder told: a pasted alert, who is refused what. */
  given?: GivenAnswers;
  signal?: AbortSignal;
}

/** One thing that was read about the world, as far as it could be. `lines`: the calls that it took, as `aws` lines. */
export type Fact<T> =
  | { status: "known"; value: T; atMs: number; lines: string[] }
  /** It could not be read. `missingPermission`: the IAM action that was denied, such as ecs:DescribeTasks. */
  | { status: "unknown"; reason: string; missingPermission?: string; lines: string[] }
  /** This lakehouse has no such thing (a Glue lakehouse has no ECS). */
  | { status: "absent"; reason: string; lines: string[] };

/** What a source may do while it fetches. Every call is kept as an `aws` line of the fact. */
export interface FactReader extends DiagnosisContext {
  /** A call of this diagnosis. Rejects with a Failure, which makes the fact unknown unless the source handles it. */
  call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    options?: Pick<CallOptions, "region">,
  ): Promise<OutputOf<S, O>>;
  /** The same of an operation that docker carries out. */
  docker<O extends DockerOperation>(
    operation: O,
    input: DockerOperations[O]["input"],
  ): Promise<DockerOperations[O]["output"]>;
  /** The value of another fact that this one is built on; without it this fact is as unknown or absent as that one. */
  need<T>(source: FactSource<T>): Promise<T>;
  /** Another fact as far as it is known. */
  fact<T>(source: FactSource<T>): Promise<Fact<T>>;
  /** Ends the fetch: this lakehouse has no such thing. */
  absent(reason: string): never;
}

/**
 * Where a fact comes from. The object itself is the key: each is fetched once a diagnosis, however many checks need it. One source for
 * what one permission opens, so that a denial costs as little as possible.
 */
export interface FactSource<T> {
  /** Stable id: "nessie-service". */
  id: string;
  /** What it is, for "unknown: ...": "Nessie's ECS service". */
  title: string;
  /** Every operation that its own fetch may call, service:Operation. */
  operations: readonly string[];
  /** Machine ms after which it counts as unknown; left out: FACT_BOX_MS. For what may well not answer at all. */
  boxMs?: number;
  fetch(reader: FactReader): Promise<T>;
}

/** The type of a source's value. */
export type ValueOf<S> = S extends FactSource<infer T> ? T : never;
