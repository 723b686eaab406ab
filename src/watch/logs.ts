import { type FailureDetail, failureDetail } from "../base/failure.ts";
import type { Moment } from "../state/source.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import { moment, type WatchContext } from "./context.ts";
import { LogReader } from "./log-reader.ts";

interface FollowedGroup {
  reader: LogReader;
  receivedAt?: Moment;
  failure?: FailureDetail;
}

/** The log groups of the deployment, each once. */
export function watchedLogGroups({ nessie, dagster, logGroups }: WatchContext["deployment"]): string[] {
  return [...new Set([...(nessie ? [nessie.logGroup] : []), ...(dagster?.logGroups ?? []), ...logGroups])];
}

/** All followed log groups as one source: lines go to the ring, health and counters to the store. */
export class LogsSource {
  readonly groups: readonly FollowedGroup[];
  readonly #context: WatchContext;

  constructor(context: WatchContext) {
    this.#context = context;
    this.groups = watchedLogGroups(context.deployment).map((logGroup) => ({
      reader: new LogReader(context, logGroup),
    }));
  }

  /** Says why there is nothing to watch, and returns false, when the deployment has no log groups. */
  begin(): boolean {
    if (this.groups.length > 0) return true;
    setSourceAbsent(this.#context.store, "logs", "This lakehouse has no log groups: its catalog is not Nessie.");
    return false;
  }

  async tail(group: FollowedGroup, signal: AbortSignal): Promise<void> {
    await group.reader.tail(signal, () => this.#announce());
    group.receivedAt = moment(this.#context.clock);
    group.failure = undefined;
    if (!signal.aborted) this.#publish();
  }

  /** Looks further back once. A failure needs no word on the screen: the tail meets the same trouble, and the next sweep makes up for it. */
  async sweep(group: FollowedGroup, signal: AbortSignal): Promise<void> {
    await group.reader.sweep(signal, () => this.#announce());
  }

  /** The tail failed. */
  failed(group: FollowedGroup, error: unknown): void {
    group.failure = failureDetail(error, `read the log group ${group.reader.intake.logGroup}`);
    this.#publish();
  }

  /** Lines are in the ring: whoever draws them may. */
  #announce(): void {
    const { store, logs } = this.#context;
    if (store.getState().logVersion !== logs.version) store.setState({ logVersion: logs.version });
  }

  #publish(): void {
    const { store, clock } = this.#context;
    this.#announce();
    const failures = this.groups.flatMap((group) => group.failure ?? []);
    const good = this.groups.filter((group) => group.receivedAt && !group.failure);
    const [failure] = failures;
    if (good.length === 0) {
      if (failure && failures.length === this.groups.length) setSourceFailure(store, "logs", failure);
      return;
    }
    const oldest = good.reduce<Moment | undefined>(
      (found, { receivedAt }) =>
        !found || (receivedAt && receivedAt.monotonicMs < found.monotonicMs) ? receivedAt : found,
      undefined,
    );
    if (!oldest) return;
    const states = this.groups
      .filter((group) => group.receivedAt)
      .map((group) => group.reader.intake.state(clock.now()));
    setSourceValue(store, "logs", states, oldest, failures);
  }
}
