import type { FactSource } from "../fact.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent, textAt } from "./trail.ts";

/** Every UpdateService of the last day that succeeded, newest first: one look-up for all services. */
export const serviceUpdates: FactSource<TrailEvent[]> = {
  id: "service-updates",
  title: "who changed ECS services (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const events = await lookupEvents(reader, { key: "EventName", value: "UpdateService" });
    return events.filter(({ errorCode }) => errorCode === undefined);
  },
};

/** Whether an UpdateService's input is about this service: names and ARNs are both allowed. */
export function changesService(input: unknown, cluster: string, service: string): boolean {
  const last = (text: string) => text.split("/").at(-1);
  return last(textAt(input, "service")) === service && last(textAt(input, "cluster")) === cluster;
}
