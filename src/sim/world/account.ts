import { Authorization } from "./authorization/authorization.ts";
import { Denials } from "./denials.ts";
import { Iam } from "./iam/directory.ts";
import { Journal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { Principals } from "./principals.ts";
import { hashText, type RandomStream, randomStream } from "./random.ts";
import { Buckets } from "./s3/buckets.ts";
import { Trail } from "./trail.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How much history exists before the scenario starts, virtual ms. */
const PREHISTORY_MS = 3_600_000;

export interface AccountOptions {
  clock: VirtualClock;
  seed: number;
  accountId: string;
}

/** What all regions of the simulated account share: time, chance, people, buckets and the audit trail. */
export class Account {
  readonly seed: number;
  /** Virtual start of the scenario, ms since the Unix epoch. */
  readonly epochMs: number;
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly journal: Journal;
  /** Users, roles and their policies. */
  readonly iam: Iam;
  readonly principals: Principals;
  readonly denials = new Denials();
  readonly authorization: Authorization;
  readonly trail: Trail;
  readonly buckets: Buckets;
  #requestCount = 0;

  constructor({ clock, seed, accountId }: AccountOptions) {
    this.seed = seed;
    this.clock = clock;
    this.epochMs = clock.epochMs;
    this.kernel = new Kernel(this.epochMs - PREHISTORY_MS);
    this.journal = new Journal(this.epochMs);
    this.iam = new Iam(accountId, (entity) => this.random(entity));
    this.principals = new Principals(this.iam, this.epochMs);
    this.authorization = new Authorization(this.iam, this.denials, () => this.kernel.nowMs);
    this.trail = new Trail(this.random("trail"));
    this.buckets = new Buckets(this.kernel, this.journal, accountId, (entity) => this.random(entity));
    this.authorization.addResourcePolicies("s3", (arn) => {
      const bucket = this.buckets.byName.get(arn.split(":")[5]?.split("/")[0] ?? "");
      if (!bucket) return undefined;
      const { name, region, policy: document } = bucket;
      return { id: `bucket policy of ${name}`, accountId, region, ...(document === undefined ? {} : { document }) };
    });
    // Each key of DeleteObjects is decided as a call of its own.
    this.buckets.refusalOfDelete = (call, bucket, key, versionId) => {
      const input = { Bucket: bucket.name, Key: key, VersionId: versionId };
      const principal = this.principals.of(call.accessKeyId);
      return this.authorization.refusalOf({ ...call, operation: "DeleteObject" }, input, principal);
    };
  }

  /** The random stream of an entity; the same name gives the same numbers in every world of this seed. */
  random(entity: string): RandomStream {
    return randomStream(this.seed, entity);
  }

  /** Virtual time in ms since the Unix epoch, with everything due until then done. */
  now(): number {
    this.kernel.runUntil(this.clock.now());
    return this.kernel.nowMs;
  }

  /** A request id in the form of AWS's, counted: the n-th call of a world has the same one in every run. */
  nextRequestId(): string {
    const count = (++this.#requestCount).toString(16).padStart(12, "0");
    const head = hashText(`requests/${this.seed}`).toString(16).padStart(8, "0");
    return `${head}-5e1f-4a00-9c0d-${count}`;
  }
}
