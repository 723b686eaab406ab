import { Failure, failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import type { TargetView } from "../state/views.ts";
import { moment, polling, type WatchContext } from "./context.ts";
import type { TargetGroupLookup } from "./target-groups.ts";

/** Health of the load balancer's targets, with the time since which each has been seen in its state. */
export class TargetsSource {
  readonly #context: WatchContext;
  readonly #lookup: TargetGroupLookup | undefined;
  #since = new Map<string, { state: string; sinceMs: number }>();

  constructor(context: WatchContext, lookup: TargetGroupLookup | undefined) {
    this.#context = context;
    this.#lookup = lookup;
  }

  /** Says why there is nothing to watch, and returns false, when the deployment has no target group. */
  begin(): boolean {
    if (this.#lookup) return true;
    setSourceAbsent(this.#context.store, "targets", "This lakehouse has no load balancer: its catalog is not Nessie.");
    return false;
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { aws, clock, store } = this.#context;
    if (!this.#lookup) return;
    const group = await this.#lookup.find(signal);
    try {
      const { output } = await aws.call(
        "elbv2",
        "DescribeTargetHealth",
        { TargetGroupArn: group.arn },
        polling(signal),
      );
      const receivedAt = moment(clock);
      const since = new Map<string, { state: string; sinceMs: number }>();
      const targets = (output.TargetHealthDescriptions ?? []).map(
        ({ Target: target, TargetHealth: health }): TargetView => {
          const id = sanitizeLine(target?.Id ?? "");
          const port = target?.Port ?? 0;
          const state = sanitizeLine(health?.State ?? "unavailable");
          const key = `${id}:${port}`;
          const known = this.#since.get(key);
          const sinceMs = known?.state === state ? known.sinceMs : receivedAt.atMs;
          since.set(key, { state, sinceMs });
          return {
            id,
            port,
            state,
            sinceMs,
            ...(target?.AvailabilityZone ? { zone: sanitizeLine(target.AvailabilityZone) } : {}),
            ...(health?.Reason ? { reason: sanitizeLine(health.Reason) } : {}),
            ...(health?.Description ? { description: sanitizeLine(health.Description) } : {}),
          };
        },
      );
      this.#since = since;
      if (!signal.aborted)
        setSourceValue(store, "targets", [{ name: group.name, arn: group.arn, targets }], receivedAt);
    } catch (error) {
      // Deleted and made anew, it has another ARN.
      if (error instanceof Failure && error.kind === "not-found") this.#lookup.forget();
      throw error;
    }
  }

  failed(error: unknown): void {
    setSourceFailure(this.#context.store, "targets", failureDetail(error, "read the targets' health"));
  }
}
