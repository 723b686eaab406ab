import type { AwsError } from "../wire/aws-error.ts";
import type { WireCall } from "../wire/types.ts";
import { Denials } from "./denials.ts";
import { Journal } from "./journal.ts";
import { Kernel } from "./kernel.ts";
import { type Names, type Place, templateNames } from "./names.ts";
import { Principals } from "./principals.ts";
import { hashText, type RandomStream, randomStream } from "./random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How much history exists before the scenario starts, virtual ms. */
export const PREHISTORY_MS = 3_600_000;

export interface WorldOptions extends Place {
  clock: VirtualClock;
  seed: number;
}

/** The simulated account: one clock, one event queue, and the entities that live by them. */
export class World {
  readonly names: Names;
  readonly seed: number;
  /** Virtual start of the scenario, ms since the Unix epoch. */
  readonly epochMs: number;
  readonly clock: VirtualClock;
  readonly kernel: Kernel;
  readonly journal: Journal;
  readonly principals: Principals;
  readonly denials = new Denials();
  #requestCount = 0;

  constructor(options: WorldOptions) {
    this.names = templateNames(options);
    this.seed = options.seed;
    this.clock = options.clock;
    this.epochMs = options.clock.epochMs;
    this.kernel = new Kernel(this.epochMs - PREHISTORY_MS);
    this.journal = new Journal(this.epochMs);
    this.principals = new Principals(options.accountId);
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
    const count = (++this.#requestCount).toString(16).padStart(12, "0");
    const head = hashText(`requests/${this.seed}`).toString(16).padStart(8, "0");
    return `${head}-5e1f-4a00-9c0d-${count}`;
  }

  /** The ARN that an AccessDenied message names for this call; `*` where AWS names none. */
  resourceArn(_call: WireCall, _input: object): string {
    return "*";
  }

  /** A call was carried out, or refused with an error by its handler. */
  executed(_call: WireCall, _input: object, _output: object | undefined, _error: AwsError | undefined): void {}
}
