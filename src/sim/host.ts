import { expiredToken, type Faults } from "./faults.ts";
import { AwsError, throttled } from "./wire/aws-error.ts";
import type { CallFate, CallLogEntry, WireHost } from "./wire/server.ts";
import type { WireCall } from "./wire/types.ts";
import { accessDenied } from "./world/denials.ts";
import type { RateLimits } from "./world/rate-limits.ts";
import type { World } from "./world/world.ts";

/** What stands between the wire and the handlers: credentials, denials, rate limits, faults, and the log of calls. */
export class SimulatorHost implements WireHost {
  readonly calls: CallLogEntry[] = [];
  readonly #world: World;
  readonly #faults: Faults;
  readonly #limits: RateLimits | undefined;

  constructor(world: World, faults: Faults, limits: RateLimits | undefined) {
    this.#world = world;
    this.#faults = faults;
    this.#limits = limits;
  }

  now(): number {
    return this.#world.now();
  }

  dateMs(): number {
    return this.#world.now() + this.#faults.skewMs();
  }

  nextRequestId(): string {
    return this.#world.nextRequestId();
  }

  async beforeCall(call: WireCall, input: object): Promise<CallFate> {
    const principal = this.#world.principals.of(call.accessKeyId);
    if (principal.expired) throw expiredToken(call.service);
    const deny = () => {
      const denied = accessDenied(principal, call.service, call.operation, this.#world.resourceArn(call, input));
      // CloudTrail shows refused mutations with their error code.
      this.#world.executed(call, input, undefined, denied);
      return denied;
    };
    if (this.#world.denials.covers(principal, call.service, call.operation)) throw deny();
    if (this.#limits?.allow(principal.accountId, call.region, call.service, call.operation) === false)
      throw throttled();
    return this.#faults.apply(call, deny);
  }

  beforeHttp(call: WireCall): Promise<CallFate> {
    return this.#faults.apply(call, () => new AwsError("AccessDenied", "Forbidden", { status: 403 }));
  }

  executed(call: WireCall, input: object, output: object | undefined, error: AwsError | undefined): void {
    this.#world.executed(call, input, output, error);
  }

  answered(entry: CallLogEntry): void {
    this.calls.push(entry);
    // A demo that runs for days must not grow without end; nobody reads calls this old.
    if (this.calls.length > 20_000) this.calls.splice(0, 10_000);
  }
}
