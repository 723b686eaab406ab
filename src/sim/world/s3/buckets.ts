import type { AwsError } from "../../wire/aws-error.ts";
import type { WireCall } from "../../wire/types.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import type { RandomStream } from "../random.ts";
import { Bucket, type BucketOptions } from "./bucket.ts";
import { compareKeys } from "./key-order.ts";
import { applyLifecycle, DAY_MS } from "./lifecycle.ts";
import { replicate } from "./replication.ts";

/** The S3 buckets of the account, in all regions, with what happens to them by itself. */
export class Buckets {
  readonly byName = new Map<string, Bucket>();
  /**
   * Asked for each key of DeleteObjects: the AccessDenied that the key's result carries, or undefined when the caller may
   * delete it. The call as a whole was let through by whoever authorizes calls.
   */
  refusalOfDelete: (
    call: WireCall,
    bucket: Bucket,
    key: string,
    versionId: string | undefined,
  ) => AwsError | undefined = () => undefined;
  readonly #kernel: Kernel;
  readonly #accountId: string;
  readonly #random: (entity: string) => RandomStream;

  /** @param random makes the account's random stream of an entity. */
  constructor(kernel: Kernel, journal: Journal, accountId: string, random: (entity: string) => RandomStream) {
    this.#kernel = kernel;
    this.#accountId = accountId;
    this.#random = random;
    // Lifecycle rules are carried out once a day, at midnight UTC (S3 user guide, lifecycle configuration elements).
    kernel.every((Math.floor(kernel.nowMs / DAY_MS) + 1) * DAY_MS, DAY_MS, () => {
      for (const bucket of this.sorted()) {
        const removed = applyLifecycle(bucket, kernel.nowMs);
        if (removed > 0) journal.note(kernel.nowMs, `lifecycle of ${bucket.name} acted on ${removed} versions`);
      }
    });
  }

  /** Adds a bucket; one of the same name is replaced. */
  add(options: Omit<BucketOptions, "accountId">): Bucket {
    const bucket = new Bucket({ ...options, accountId: this.#accountId }, this.#random);
    bucket.written = (version) => replicate(bucket, version, this.#kernel, (name) => this.byName.get(name));
    this.byName.set(bucket.name, bucket);
    return bucket;
  }

  /** In the order in which ListBuckets names them. */
  sorted(): Bucket[] {
    return [...this.byName.values()].sort((a, b) => compareKeys(a.name, b.name));
  }
}
