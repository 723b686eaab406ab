import type { ProbeResult } from "../ecs/behaviour.ts";
import type { Ecs } from "../ecs/ecs.ts";
import { ageMs, processRuns, type Task } from "../ecs/model.ts";
import type { TargetGroup } from "../elb/target-group.ts";
import type { RandomStream } from "../random.ts";
import type { Dimension, MetricStore } from "./metric-store.ts";

/** How often the meters are read, ms: four samples a minute, as a compromise between cost and smoothness. */
export const SAMPLE_PERIOD_MS = 15_000;
/** Time after which the load balancer gives up on a target (ALB idle timeout is 60 s; the template's clients give up sooner), ms. */
const CLIENT_PATIENCE_MS = 10_000;

/** A load balancer with one target group, and what is asked of it. */
export interface Traffic {
  loadBalancerName: string;
  loadBalancerDimension: string;
  targetGroupDimension: string;
  group: TargetGroup;
  /** Requests a second that clients send. */
  requestsPerSecond: number;
  /** Whether the network lets the clients through to the load balancer. */
  reachable: () => boolean;
}

/** What the meters ask of the load balancer's targets. */
export interface Targets {
  taskAt(ip: string): Task | undefined;
  probe(ip: string): ProbeResult;
}

interface Outcome {
  requests: number;
  /** Answered by the load balancer for a target that did not. */
  elb5xx: number;
  /** Answered by the targets themselves. */
  target5xx: number;
  latenciesMs: { value: number; count: number }[];
}

/** Reads the meters of services and load balancers into the metric store. */
export class Meters {
  readonly #metrics: MetricStore;
  readonly #ecs: Ecs;

  constructor(metrics: MetricStore, ecs: Ecs) {
    this.#metrics = metrics;
    this.#ecs = ecs;
  }

  /** CPUUtilization and MemoryUtilization of every service with running tasks, percent of what its tasks have. */
  sampleServices(nowMs: number): void {
    for (const cluster of this.#ecs.clusters.values()) {
      for (const service of cluster.services.values()) {
        const dimensions: Dimension[] = [
          { Name: "ClusterName", Value: cluster.name },
          { Name: "ServiceName", Value: service.name },
        ];
        for (const task of service.tasks) {
          if (!processRuns(task) || !task.behaviour) continue;
          const age = ageMs(task, nowMs);
          this.#put("AWS/ECS", "CPUUtilization", dimensions, nowMs, task.behaviour.cpuAt(age) * 100);
          this.#put("AWS/ECS", "MemoryUtilization", dimensions, nowMs, task.behaviour.memoryAt(age) * 100);
        }
      }
    }
  }

  /** Host counts only: also called just before a target changes, so that no state is too short to be seen. */
  sampleHosts(traffic: Traffic, nowMs: number): void {
    const { group } = traffic;
    const dimensions = [
      { Name: "TargetGroup", Value: traffic.targetGroupDimension },
      { Name: "LoadBalancer", Value: traffic.loadBalancerDimension },
    ];
    const healthy = group.count("healthy");
    const unhealthy = group.count("unhealthy");
    // Without registered targets the load balancer reports no host counts.
    if (healthy + unhealthy + group.count("initial") === 0) return;
    this.#put("AWS/ApplicationELB", "HealthyHostCount", dimensions, nowMs, healthy);
    this.#put("AWS/ApplicationELB", "UnHealthyHostCount", dimensions, nowMs, unhealthy);
  }

  /** Requests, errors and latency of one sample period. */
  sampleTraffic(traffic: Traffic, targets: Targets, nowMs: number, random: RandomStream): void {
    this.sampleHosts(traffic, nowMs);
    // Connections that never come are not counted: RequestCount has no data then.
    if (!traffic.reachable()) return;
    const dimensions = [{ Name: "LoadBalancer", Value: traffic.loadBalancerDimension }];
    const outcome = this.#outcome(traffic, targets, nowMs, random);
    this.#put("AWS/ApplicationELB", "RequestCount", dimensions, nowMs, 1, outcome.requests);
    if (outcome.elb5xx > 0)
      this.#put("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", dimensions, nowMs, 1, outcome.elb5xx);
    if (outcome.target5xx > 0)
      this.#put("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", dimensions, nowMs, 1, outcome.target5xx);
    const answered = outcome.requests - outcome.elb5xx - outcome.target5xx;
    if (answered > 0) this.#put("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", dimensions, nowMs, 1, answered);
    for (const latency of outcome.latenciesMs) {
      this.#put("AWS/ApplicationELB", "TargetResponseTime", dimensions, nowMs, latency.value / 1000, latency.count);
    }
  }

  #outcome(traffic: Traffic, targets: Targets, nowMs: number, random: RandomStream): Outcome {
    const expected = (traffic.requestsPerSecond * SAMPLE_PERIOD_MS) / 1000;
    const requests = Math.max(1, Math.round(expected * random.between(0.9, 1.1)));
    const registered = [...traffic.group.targets.values()].filter((target) => target.state !== "draining");
    const healthy = registered.filter((target) => target.state === "healthy");
    // With no healthy target the load balancer sends to all of them (fail open).
    const used = healthy.length > 0 ? healthy : registered;
    if (used.length === 0) return { requests, elb5xx: requests, target5xx: 0, latenciesMs: [] };
    const share = Math.max(1, Math.round(requests / used.length));
    let elb5xx = 0;
    let target5xx = 0;
    const latenciesMs: Outcome["latenciesMs"] = [];
    for (const target of used) {
      const task = targets.taskAt(target.ip);
      const age = task ? ageMs(task, nowMs) : 0;
      const result = targets.probe(target.ip);
      const slowMs = task?.behaviour?.latencyMsAt(age) ?? 0;
      if (result === "ok" || result === "error") {
        latenciesMs.push({ value: Math.min(slowMs, CLIENT_PATIENCE_MS), count: share });
        const failing = result === "error" ? 1 : (task?.behaviour?.errorShareAt?.(age) ?? 0);
        target5xx += Math.round(share * failing);
      } else {
        elb5xx += result === "timeout" ? Math.round(share * 0.8) : share;
      }
    }
    const lost = Math.min(requests, elb5xx);
    return { requests, elb5xx: lost, target5xx: Math.min(requests - lost, target5xx), latenciesMs };
  }

  #put(namespace: string, name: string, dimensions: Dimension[], nowMs: number, value: number, count = 1): void {
    this.#metrics.record({ namespace, name, dimensions }, nowMs, value, count);
  }
}
