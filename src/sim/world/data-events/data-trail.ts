import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Kernel } from "../kernel.ts";
import type { Names } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
import { StoredContent } from "../s3/content.ts";
import { Digests } from "./digests.ts";
import { type DataCall, dataEventRecord } from "./record.ts";

/** Log files come about every five minutes (CloudTrail user guide); an event of the last minute waits for the next one. */
const DELIVERY_PERIOD_MS = 300_000;
const DELIVERY_LAG_MS = 60_000;
/** Events of one log file at most; more make another file of the same delivery. */
const EVENTS_PER_FILE = 5_000;

/** A log file that was delivered, as the digest lists it. */
export interface DeliveredLog {
  key: string;
  /** SHA-256 of the uncompressed content, hexadecimal. */
  hash: string;
  /** ms since the Unix epoch. */
  oldestMs: number;
  newestMs: number;
}

interface PendingEvent {
  atMs: number;
  record: string;
}

/** What a trail is set to record, and where it delivers. */
export interface TrailSettings {
  name: string;
  /** Buckets with data events of their objects. */
  dataEventBuckets: string[];
  managementEvents: boolean;
  isMultiRegion: boolean;
  logFileValidation: boolean;
}

/** A trail of data events on the lakehouse bucket: its log files and digests land in the audit bucket. Nothing is dropped. */
export class DataTrail {
  /** As the template sets it; undefined once somebody has deleted the trail. */
  settings: TrailSettings | undefined;
  /** Not yet delivered, in the order in which they happened. */
  #pending: PendingEvent[] = [];
  readonly #names: Names;
  readonly #bucketOf: (name: string) => Bucket | undefined;
  readonly #random: (entity: string) => RandomStream;
  readonly #streams = new Map<string, RandomStream>();
  readonly #digests: Digests;

  /**
   * @param parts `seed`: of the world; the unique part of a file's name is a function of it, so that no stream is drawn from.
   * @param bucketOf finds a bucket; while there is no audit bucket the events wait.
   * @param random makes the account's random stream of an entity.
   */
  constructor(
    parts: { kernel: Kernel; names: Names; seed: number },
    bucketOf: (name: string) => Bucket | undefined,
    random: (entity: string) => RandomStream,
  ) {
    const { kernel, names, seed } = parts;
    this.#names = names;
    this.settings = {
      name: names.trail,
      dataEventBuckets: [names.lakehouseBucket],
      managementEvents: false,
      isMultiRegion: false,
      logFileValidation: true,
    };
    this.#bucketOf = bucketOf;
    this.#random = random;
    this.#digests = new Digests(kernel, names, () => this.#bucketOf(names.auditBucket));
    const firstMs = (Math.floor(kernel.nowMs / DELIVERY_PERIOD_MS) + 1) * DELIVERY_PERIOD_MS;
    kernel.every(firstMs, DELIVERY_PERIOD_MS, () => this.#deliver(kernel.nowMs, seed));
  }

  /** Whether the trail's selector takes in this bucket's objects. */
  covers(bucket: string): boolean {
    return this.settings?.dataEventBuckets.includes(bucket) ?? false;
  }

  /** Takes an event in. @param origin whose call it was: the ids of clients' events are drawn from a stream of their own. */
  record(call: DataCall, origin: "client" | "world"): void {
    let stream = this.#streams.get(origin);
    if (!stream) {
      stream = this.#random(`data-events/${origin}`);
      this.#streams.set(origin, stream);
    }
    this.#pending.push({ atMs: call.atMs, record: dataEventRecord(call, randomUuid(stream)) });
  }

  #deliver(nowMs: number, seed: number): void {
    const bucket = this.#bucketOf(this.#names.auditBucket);
    if (!bucket) return;
    const due = this.#pending.filter((event) => event.atMs <= nowMs - DELIVERY_LAG_MS);
    this.#pending = this.#pending.filter((event) => event.atMs > nowMs - DELIVERY_LAG_MS);
    for (let from = 0; from < due.length; from += EVENTS_PER_FILE) {
      this.#writeLog(bucket, due.slice(from, from + EVENTS_PER_FILE), nowMs, `${seed}/${nowMs}/${from}`);
    }
  }

  #writeLog(bucket: Bucket, events: PendingEvent[], nowMs: number, entropy: string): void {
    const { accountId, region } = this.#names;
    const stamp = new Date(nowMs).toISOString();
    const day = stamp.slice(0, 10).replaceAll("-", "/");
    const minute = `${stamp.slice(0, 16).replace(/[-:]/g, "")}Z`;
    const unique = createHash("sha256").update(`log/${entropy}`).digest("base64").replace(/[+/=]/g, "").slice(0, 16);
    const key = `AWSLogs/${accountId}/CloudTrail/${region}/${day}/${accountId}_CloudTrail_${region}_${minute}_${unique}.json.gz`;
    const text = `{"Records":[${events.map((event) => event.record).join(",")}]}`;
    bucket.write(key, new StoredContent(gzipSync(text)), {
      atMs: nowMs,
      origin: "trail",
      details: { ...bucket.defaultDetails, contentType: "application/json", contentEncoding: "gzip" },
    });
    this.#digests.delivered({
      key,
      hash: createHash("sha256").update(text).digest("hex"),
      oldestMs: events[0]!.atMs,
      newestMs: events.at(-1)!.atMs,
    });
  }
}
