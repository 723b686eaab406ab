import type { Faults } from "./faults.ts";
import { AwsError, throttled } from "./wire/aws-error.ts";
import type { CallFate, CallLogEntry, WireHost } from "./wire/server.ts";
import type { WireCall } from "./wire/types.ts";
import type { RateLimits } from "./world/rate-limits.ts";
import type { World } from "./world/world.ts";

/** What stands between the wire and the handlers: credentials, permissions, rate limits, faults, and the log of calls. */
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
    const { principals, authorization } = this.#world;
    const principal = principals.authenticate(call, call.atMs);
    // CloudTrail shows refused mutations with their error code.
    const refused = (error: AwsError) => {
      this.#world.executed(call, input, undefined, error);
      return error;
    };
    const refusal = authorization.refusalOf(call, input, principal);
    if (refusal) throw refused(refusal);
    if (this.#limits?.allow(principal.accountId, call.region, call.service, call.operation) === false)
      throw throttled();
    return this.#faults.apply(call, () => refused(authorization.forcedRefusal(call, input, principal)));
  }

  beforeHttp(call: WireCall): Promise<CallFate> {
    return this.#faults.apply(call, () => new AwsError("AccessDenied", "Forbidden", { status: 403 }));
  }

  executed(call: WireCall, input: object, output: object | undefined, error: AwsError | undefined): void {
    this.#world.authorization.executed(call, input, output);
    this.#world.executed(call, input, output, error);
  }

  answered(entry: CallLogEntry): void {
    this.calls.push(entry);
    // A demo that runs for days must not grow without end; nobody reads calls this old.
    if (this.calls.length > 20_000) this.calls.splice(0, 10_000);
  }
}
