import type { ProbeResult } from "../ecs/behaviour.ts";
import type { Kernel, ScheduledEvent } from "../kernel.ts";

export type TargetState = "initial" | "healthy" | "unhealthy" | "draining";

export interface Target {
  ip: string;
  port: number;
  zone: string;
  state: TargetState;
  /** When it entered this state, virtual ms since the Unix epoch. */
  sinceMs: number;
  /** ELBv2 reason code; undefined when healthy. */
  reason?: string;
  description?: string;
  passed: number;
  failed: number;
  check?: ScheduledEvent;
}

/** Health check settings of the template's target group. */
export const HEALTH_CHECK = {
  path: "/api/v2/config",
  intervalMs: 30_000,
  timeoutMs: 5_000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
};
/** Deregistration delay, ELBv2's default: a target reads draining this long after its deregistration. */
const DRAINING_MS = 300_000;

/** Reason code and description that ELBv2 gives for each failure of a health check (DescribeTargetHealth, TargetHealth). */
const FAILURES: Record<Exclude<ProbeResult, "ok">, { reason: string; description: string; cause: string }> = {
  timeout: { reason: "Target.Timeout", description: "Request timed out", cause: "Request timed out" },
  refused: { reason: "Target.FailedHealthChecks", description: "Health checks failed", cause: "Health checks failed" },
  error: {
    reason: "Target.ResponseCodeMismatch",
    description: "Health checks failed with these codes: [500]",
    cause: "Health checks failed with these codes: [500]",
  },
};

export interface TargetListener {
  /** Before a target changes state or leaves: time to count it in its old state. */
  changing(): void;
  unhealthy(target: Target, cause: string): void;
  healthy(target: Target): void;
}

/** An ELBv2 target group of IP targets with its health checks. */
export class TargetGroup {
  readonly name: string;
  readonly arn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
  readonly targets = new Map<string, Target>();
  readonly #kernel: Kernel;
  readonly #probe: (ip: string) => ProbeResult;
  readonly #listener: TargetListener;

  constructor(
    identity: { name: string; arn: string; loadBalancerArn: string; port: number },
    kernel: Kernel,
    probe: (ip: string) => ProbeResult,
    listener: TargetListener,
  ) {
    this.name = identity.name;
    this.arn = identity.arn;
    this.loadBalancerArn = identity.loadBalancerArn;
    this.port = identity.port;
    this.#kernel = kernel;
    this.#probe = probe;
    this.#listener = listener;
  }

  /** Registers a target. @param firstCheckAfterMs when its first health check is made. @param healthy it has been there for long. */
  register(ip: string, zone: string, firstCheckAfterMs: number, healthy: boolean): void {
    this.#listener.changing();
    this.targets.get(ip)?.check?.cancel();
    const sinceMs = this.#kernel.nowMs;
    const target: Target = { ip, port: this.port, zone, state: "initial", sinceMs, passed: 0, failed: 0 };
    if (healthy) target.state = "healthy";
    else
      Object.assign(target, {
        reason: "Elb.RegistrationInProgress",
        description: "Target registration is in progress",
      });
    this.targets.set(ip, target);
    this.#plan(target, firstCheckAfterMs);
  }

  /** Takes a target out: it reads draining for the deregistration delay and then is gone. */
  deregister(ip: string): void {
    const target = this.targets.get(ip);
    if (!target || target.state === "draining") return;
    this.#listener.changing();
    target.check?.cancel();
    this.#enter(target, "draining");
    target.reason = "Target.DeregistrationInProgress";
    target.description = "Target deregistration is in progress";
    this.#kernel.after(DRAINING_MS, () => {
      if (this.targets.get(ip) === target) this.targets.delete(ip);
    });
  }

  /** Targets in a state. */
  count(state: TargetState): number {
    let count = 0;
    for (const target of this.targets.values()) if (target.state === state) count += 1;
    return count;
  }

  #enter(target: Target, state: TargetState): void {
    target.state = state;
    target.sinceMs = this.#kernel.nowMs;
  }

  #plan(target: Target, afterMs: number): void {
    target.check = this.#kernel.after(afterMs, () => {
      this.#checked(target, this.#probe(target.ip));
      this.#plan(target, HEALTH_CHECK.intervalMs);
    });
  }

  #checked(target: Target, result: ProbeResult): void {
    if (result === "ok") {
      target.passed += 1;
      target.failed = 0;
      // A new target needs one passed check, an unhealthy one the threshold (ELB user guide, health checks for target groups).
      const needed = target.state === "initial" ? 1 : HEALTH_CHECK.healthyThreshold;
      if (target.state === "healthy" || target.passed < needed) return;
      this.#listener.changing();
      this.#enter(target, "healthy");
      delete target.reason;
      delete target.description;
      this.#listener.healthy(target);
      return;
    }
    target.passed = 0;
    target.failed += 1;
    const failure = FAILURES[result];
    if (target.state === "initial") {
      target.reason = "Elb.InitialHealthChecking";
      target.description = "Initial health checks in progress";
    }
    if (target.failed < HEALTH_CHECK.unhealthyThreshold) return;
    const turned = target.state !== "unhealthy";
    if (turned) {
      this.#listener.changing();
      this.#enter(target, "unhealthy");
    }
    target.reason = failure.reason;
    target.description = failure.description;
    if (turned) this.#listener.unhealthy(target, failure.cause);
  }
}
