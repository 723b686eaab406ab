import type { FactSource } from "../fact.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent } from "../sources/trail.ts";
import { catalogThrottles } from "./metric-facts.ts";
import { namesOf } from "./service-facts.ts";

export interface Scaling {
  min: number;
  max: number;
  suspended: boolean;
}

/** Nessie's scalable target; null where the service has none. */
export const nessieScaling: FactSource<Scaling | null> = {
  id: "nessie-scaling",
  title: "Nessie's autoscaling",
  operations: ["application-autoscaling:DescribeScalableTargets"],
  async fetch(reader) {
    const { cluster, service } = namesOf(reader);
    const { ScalableTargets = [] } = await reader.call("application-autoscaling", "DescribeScalableTargets", {
      ServiceNamespace: "ecs",
      ResourceIds: [`service/${cluster}/${service}`],
      ScalableDimension: "ecs:service:DesiredCount",
    });
    const [target] = ScalableTargets;
    if (!target) return null;
    return {
      min: target.MinCapacity ?? 0,
      max: target.MaxCapacity ?? 0,
      suspended: target.SuspendedState?.DynamicScalingOutSuspended ?? false,
    };
  },
};

/** Who changed settings of tables in the last day; asked only where a table of Nessie's is throttled. */
export const tableUpdates: FactSource<TrailEvent[]> = {
  id: "table-updates",
  title: "who changed DynamoDB tables (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const throttled = await reader.need(catalogThrottles);
    if (throttled.length === 0) return [];
    const events = await lookupEvents(reader, { key: "EventName", value: "UpdateTable" });
    return events.filter(({ errorCode }) => errorCode === undefined);
  },
};
