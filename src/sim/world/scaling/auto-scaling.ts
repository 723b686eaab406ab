import type { Ecs } from "../ecs/ecs.ts";
import type { Service } from "../ecs/model.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import type { Alarm } from "../metrics/alarms.ts";
import { type RandomStream, randomUuid } from "../random.ts";

export interface Suspension {
  dynamicScalingIn: boolean;
  dynamicScalingOut: boolean;
  scheduledScaling: boolean;
}

export interface ScalableTarget {
  resourceId: string;
  service: Service;
  min: number;
  max: number;
  suspended: Suspension;
  roleArn: string;
  createdAtMs: number;
  arn: string;
}

export interface TrackingPolicy {
  name: string;
  arn: string;
  target: ScalableTarget;
  targetValue: number;
  cooldownMs: number;
  high: Alarm;
  low: Alarm;
  createdAtMs: number;
}

export interface ScalingActivity {
  id: string;
  resourceId: string;
  description: string;
  cause: string;
  startMs: number;
  endMs: number;
  statusMessage: string;
}

/** What autoscaling asks of the rest of the world and tells it. */
export interface ScalingPort {
  /** The newest value of an alarm's metric. */
  latest(alarm: Alarm): number | undefined;
  /** A desired count was changed: for the audit trail. */
  scaled(service: Service, desiredCount: number): void;
}

/** How often a policy acts on its alarms while they stand. */
const LOOP_PERIOD_MS = 60_000;

/** Application Auto Scaling for ECS services: keeps capacity in range and follows target tracking alarms. */
export class AutoScaling {
  readonly targets = new Map<string, ScalableTarget>();
  readonly policies: TrackingPolicy[] = [];
  /** Newest first. */
  readonly activities: ScalingActivity[] = [];
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #ecs: Ecs;
  readonly #random: RandomStream;
  readonly #port: ScalingPort;
  #lastChangeMs = Number.NEGATIVE_INFINITY;

  constructor(kernel: Kernel, journal: Journal, ecs: Ecs, random: RandomStream, port: ScalingPort) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#ecs = ecs;
    this.#random = random;
    this.#port = port;
  }

  addTarget(target: ScalableTarget): void {
    this.targets.set(target.resourceId, target);
  }

  /** Takes a target out with its policies (API reference, DeregisterScalableTarget). @returns the alarms that go with them. */
  deregister(target: ScalableTarget): Alarm[] {
    this.targets.delete(target.resourceId);
    const gone = this.policies.filter((policy) => policy.target === target);
    for (const policy of gone) this.policies.splice(this.policies.indexOf(policy), 1);
    this.#journal.note(this.#kernel.nowMs, `scalable target ${target.resourceId} deregistered`);
    return gone.flatMap(({ high, low }) => [high, low]);
  }

  addPolicy(policy: TrackingPolicy): void {
    this.policies.push(policy);
    this.#kernel.every(this.#kernel.nowMs + 41_000, LOOP_PERIOD_MS, () => this.#follow(policy));
  }

  /**
   * RegisterScalableTarget on an existing target: members not given stay unchanged, and capacity outside the range is
   * moved into it. Suspended directions are not moved in.
   */
  register(target: ScalableTarget, change: { min?: number; max?: number; suspended?: Partial<Suspension> }): void {
    target.min = change.min ?? target.min;
    target.max = change.max ?? target.max;
    target.suspended = { ...target.suspended, ...change.suspended };
    this.#journal.note(
      this.#kernel.nowMs,
      `scalable target ${target.resourceId} ${target.min}-${target.max} ${Object.values(target.suspended).join()}`,
    );
    this.#kernel.after(this.#random.between(3_000, 8_000), () => this.#intoRange(target));
  }

  #intoRange(target: ScalableTarget): void {
    const { desiredCount } = target.service;
    if (desiredCount < target.min && !target.suspended.dynamicScalingOut) {
      this.#scale(target, target.min, `minimum capacity was set to ${target.min}`);
    } else if (desiredCount > target.max && !target.suspended.dynamicScalingIn) {
      this.#scale(target, target.max, `maximum capacity was set to ${target.max}`);
    }
  }

  #follow(policy: TrackingPolicy): void {
    if (!this.policies.includes(policy)) return;
    const { target, high, low } = policy;
    const { desiredCount } = target.service;
    // AWS documents the lift to the minimum for a scale-out alarm, a scheduled action and RegisterScalableTarget. Here it
    // comes with the next turn of the loop, alarm or not: the hard case for whoever contains by UpdateService alone.
    if (desiredCount < target.min) {
      this.#intoRange(target);
      return;
    }
    if (this.#kernel.nowMs - this.#lastChangeMs < policy.cooldownMs) return;
    if (high.state === "ALARM" && !target.suspended.dynamicScalingOut && desiredCount < target.max) {
      // Target tracking scales in proportion to how far the metric is from its target, by one task at least.
      const proportional = Math.ceil((desiredCount * (this.#port.latest(high) ?? 0)) / policy.targetValue);
      const wanted = Math.max(desiredCount + 1, proportional);
      this.#scale(target, Math.min(wanted, target.max), this.#alarmCause(high, policy));
    } else if (low.state === "ALARM" && !target.suspended.dynamicScalingIn && desiredCount > target.min) {
      this.#scale(target, Math.max(target.min, desiredCount - 1), this.#alarmCause(low, policy));
    }
  }

  #alarmCause(alarm: Alarm, policy: TrackingPolicy): string {
    return `monitor alarm ${alarm.name} in state ALARM triggered policy ${policy.name}`;
  }

  #scale(target: ScalableTarget, desiredCount: number, cause: string): void {
    const nowMs = this.#kernel.nowMs;
    this.#lastChangeMs = nowMs;
    this.#ecs.updateService(target.service, { desiredCount });
    this.activities.unshift({
      id: randomUuid(this.#random),
      resourceId: target.resourceId,
      description: `Setting desired count to ${desiredCount}.`,
      cause,
      startMs: nowMs,
      endMs: nowMs + 31_000,
      statusMessage: `Successfully set desired count to ${desiredCount}. Change successfully fulfilled by ecs.`,
    });
    this.#journal.note(nowMs, `autoscaling ${target.resourceId} -> ${desiredCount}: ${cause}`);
    this.#port.scaled(target.service, desiredCount);
  }
}
