import { Denials } from "./denials.ts";
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
  readonly principals: Principals;
  readonly denials = new Denials();
  readonly trail: Trail;
  readonly buckets: Buckets;
  #requestCount = 0;

  constructor({ clock, seed, accountId }: AccountOptions) {
    this.seed = seed;
    this.clock = clock;
    this.epochMs = clock.epochMs;
    this.kernel = new Kernel(this.epochMs - PREHISTORY_MS);
    this.journal = new Journal(this.epochMs);
    this.principals = new Principals(accountId);
    this.trail = new Trail(this.random("trail"));
    this.buckets = new Buckets(this.kernel, this.journal, accountId, (entity) => this.random(entity));
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
