import type { AwsError } from "../wire/aws-error.ts";
import type { WireCall } from "../wire/types.ts";
import { Account } from "./account.ts";
import { trailErrorCode } from "./authorization/access-denied.ts";
import type { Authorization } from "./authorization/authorization.ts";
import type { TableCatalog } from "./catalog/catalog.ts";
import { Dagster, type DagsterPlace } from "./dagster/dagster.ts";
import { DataTrail } from "./data-events/data-trail.ts";
import { dataEventOf, managementEventName } from "./data-events/s3-operations.ts";
import type { Denials } from "./denials.ts";
import type { Iam } from "./iam/directory.ts";
import { addPeople } from "./iam/people.ts";
import type { Journal } from "./journal.ts";
import type { Kernel } from "./kernel.ts";
import type { KmsKey } from "./kms/keys.ts";
import { addLakehouseKey } from "./kms/lakehouse-key.ts";
import { buildLakehouse, LAKEHOUSE_AGE_MS, type NessieDeployment, samplingStart } from "./lakehouse.ts";
import { PagerDuty } from "./messaging/pagerduty.ts";
import { SlackWorkspace } from "./messaging/slack.ts";
import { SAMPLE_PERIOD_MS, type Traffic } from "./metrics/traffic.ts";
import { type OwnNames, type Place, templateNames } from "./names.ts";
import type { Principals } from "./principals.ts";
import type { RandomStream } from "./random.ts";
import { Region } from "./region.ts";
import type { Buckets } from "./s3/buckets.ts";
import type { TemplateStorage } from "./storage/index.ts";
import { TableTemplates } from "./table-templates.ts";
import type { Trail } from "./trail.ts";
import { trailResources } from "./trail-resources.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export interface WorldOptions extends Place {
  /** Names that differ from the template's, for lakehouses that were built otherwise. */
  ownNames?: OwnNames;
  clock: VirtualClock;
  seed: number;
  /** Where Dagster runs. Default: ecs. */
  dagster?: DagsterPlace;
  /** Folder of its compose file. */
  composeFolder?: string;
  /** Whose KMS key encrypts the lakehouse's objects: the account's for S3 (the default, as in the template), or one of its own. */
  lakehouseKey?: "aws" | "own";
}

/** CloudTrail's name of a service where it is not the signing name (CloudTrail user guide, supported services). */
const EVENT_SOURCES: Record<string, string> = { "application-autoscaling": "autoscaling" };
const READS = /^(Describe|List|Get|Head|Lookup|Filter|StartLiveTail)/;
/** Operations on data, which a trail of management events does not have (CloudTrail user guide, data events). */
const DATA_OPERATIONS: Record<string, RegExp> = {
  dynamodb: /^(Scan|Query|(Batch|Transact)?(Get|Write|Put|Update|Delete)Items?)$/,
  sns: /^Publish(Batch)?$/,
};
/** How long before the scenario's start Dagster was put in place, ms: some days after the template. */
const DAGSTER_AGE_MS = LAKEHOUSE_AGE_MS - 6 * 86_400_000;
/** Events of global services are kept in us-east-1 (CloudTrail user guide, global service events). */
const GLOBAL_SERVICES = new Set(["iam", "sts"]);
const GLOBAL_EVENTS_REGION = "us-east-1";

/** The simulated account, seen from the region where its lakehouse is. */
export class World extends Region {
  readonly seed: number;
  /** Virtual start of the scenario, ms since the Unix epoch. */
  readonly epochMs: number;
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly principals: Principals;
  readonly denials: Denials;
  readonly iam: Iam;
  readonly authorization: Authorization;
  readonly trail: Trail;
  readonly buckets: Buckets;
  /** The trail of what is done with the lakehouse's objects. */
  readonly dataTrail: DataTrail;
  /** The template's Nessie; undefined in a Glue lakehouse. */
  readonly nessie: NessieDeployment | undefined;
  /** The template's buckets and tables. */
  readonly storage: TemplateStorage;
  /** What says where the tables' current metadata is: Nessie or Glue. */
  readonly catalog: TableCatalog;
  /** What reads and writes the tables. */
  readonly dagster: Dagster;
  /** What the tables should look like. */
  readonly templates = new TableTemplates();
  /** What the responders' messages reach. */
  readonly slack: SlackWorkspace;
  readonly pagerDuty: PagerDuty;
  /** The lakehouse's own KMS key, where it has one. */
  readonly ownKey: KmsKey | undefined;
  readonly #elsewhere = new Map<string, Region>();

  constructor(options: WorldOptions) {
    const account = new Account(options);
    super(account, { ...templateNames(options), ...options.ownNames });
    this.seed = account.seed;
    this.epochMs = account.epochMs;
    this.clock = account.clock;
    this.kernel = account.kernel;
    this.journal = account.journal;
    this.principals = account.principals;
    this.denials = account.denials;
    this.iam = account.iam;
    this.authorization = account.authorization;
    this.trail = account.trail;
    this.buckets = account.buckets;
    addPeople(this.iam, this.names, this.epochMs - LAKEHOUSE_AGE_MS);
    this.slack = new SlackWorkspace(() => this.kernel.nowMs, this.epochMs - 400 * 86_400_000);
    this.pagerDuty = new PagerDuty(() => this.kernel.nowMs);
    const { kernel, names, seed } = this;
    this.dataTrail = new DataTrail(
      { kernel, names, seed },
      (name) => this.buckets.byName.get(name),
      (entity) => this.random(entity),
    );
    this.trailSettings = () => this.dataTrail.settings;
    this.authorization.addResourcePolicies("kms", (arn) => {
      const key = this.kms.find(arn);
      return (
        key && { id: `policy of key ${key.id}`, accountId: this.names.accountId, document: key.policy, mustAllow: true }
      );
    });
    this.ownKey = options.lakehouseKey === "own" ? addLakehouseKey(this, this.epochMs - LAKEHOUSE_AGE_MS) : undefined;
    const { nessie, storage, catalog } = buildLakehouse(this);
    this.nessie = nessie;
    this.storage = storage;
    this.catalog = catalog;
    this.dagster = new Dagster(this, options.dagster ?? "ecs", this.epochMs - DAGSTER_AGE_MS, options.composeFolder);
  }

  /** The template's Nessie. @throws in a Glue lakehouse, which has none: scenarios that need it say so in `catalogs`. */
  get lakehouse(): NessieDeployment {
    if (!this.nessie) throw new Error("a Glue lakehouse has no Nessie");
    return this.nessie;
  }

  /** The account in the region of this name: the lakehouse's own, or one that was empty when it was first asked for. */
  region(name: string): Region {
    if (name === this.names.region) return this;
    let region = this.#elsewhere.get(name);
    if (!region) {
      region = new Region(this.account, { ...this.names, region: name });
      this.#elsewhere.set(name, region);
    }
    return region;
  }

  /** The random stream of an entity; the same name gives the same numbers in every world of this seed. */
  random(entity: string): RandomStream {
    return this.account.random(entity);
  }

  /** Virtual time in ms since the Unix epoch, with everything due until then done. */
  now(): number {
    return this.account.now();
  }

  /** Moves virtual time to `atMs` (ms since the Unix epoch) and lets happen what is due until then. */
  advanceTo(atMs: number): void {
    this.clock.advanceTo(atMs);
    this.now();
  }

  /** Moves virtual time on by `durationMs`. */
  advanceBy(durationMs: number): void {
    this.advanceTo(this.clock.now() + durationMs);
  }

  /** A request id in the form of AWS's, counted: the n-th call of a world has the same one in every run. */
  nextRequestId(): string {
    return this.account.nextRequestId();
  }

  /**
   * A call was carried out, or refused with an error: mutations of the management plane go to the event history, calls on the
   * lakehouse's objects to the trail of data events.
   */
  executed(call: WireCall, input: object, output: object | undefined, error: AwsError | undefined): void {
    if (DATA_OPERATIONS[call.service]?.test(call.operation)) return;
    if (call.service === "s3" && dataEventOf(call.operation)) {
      this.#recordDataEvent(
        call,
        input as Record<string, unknown>,
        output as Record<string, unknown> | undefined,
        error,
      );
      return;
    }
    if (READS.test(call.operation)) return;
    this.trail.record({
      name: call.service === "s3" ? managementEventName(call.operation) : call.operation,
      source: `${EVENT_SOURCES[call.service] ?? call.service}.amazonaws.com`,
      atMs: call.atMs,
      region: GLOBAL_SERVICES.has(call.service) ? GLOBAL_EVENTS_REGION : call.region,
      requestId: call.requestId,
      userAgent: call.userAgent,
      input,
      output,
      ...(error ? { error: { code: trailErrorCode(call.service, error.code), message: error.message } } : {}),
      resources: trailResources(call, input as Record<string, unknown>),
      by: this.principals.of(call.accessKeyId),
    });
  }

  #recordDataEvent(
    call: WireCall,
    input: Record<string, unknown>,
    output: Record<string, unknown> | undefined,
    error: AwsError | undefined,
  ): void {
    const event = dataEventOf(call.operation);
    const bucket = this.buckets.byName.get(String(input.Bucket));
    if (!event || !bucket || !this.dataTrail.covers(bucket.name)) return;
    const { atMs, requestId, userAgent } = call;
    const by = this.principals.of(call.accessKeyId);
    const where = { bucket: bucket.name, bucketAccountId: bucket.accountId, region: bucket.region };
    const caller = { by, requestId, userAgent, sourceAddress: "127.0.0.1" };
    this.dataTrail.record({ ...event, ...where, ...caller, atMs, input, output, error }, "client");
  }

  /** Reads the meters of a load balancer, and of all services, from now on. */
  scheduleSampling(traffic: Traffic): void {
    const random = this.random(`traffic/${traffic.loadBalancerName}`);
    this.kernel.every(samplingStart(this.kernel.nowMs), SAMPLE_PERIOD_MS, () => {
      this.meters.sampleServices(this.kernel.nowMs);
      this.meters.sampleTraffic(traffic, this, this.kernel.nowMs, random);
    });
  }

  /** The same where there is no load balancer: reads the meters of all services from now on. */
  scheduleServiceSampling(): void {
    const { kernel } = this;
    kernel.every(samplingStart(kernel.nowMs), SAMPLE_PERIOD_MS, () => this.meters.sampleServices(kernel.nowMs));
  }
}
