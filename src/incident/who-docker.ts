import type { Reading } from "../actions/contract.ts";
import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { formatUtcTime } from "../base/duration.ts";
import { callDocker } from "../transports/docker/contract.ts";

/** The events by which a container that was held down comes up. */
const COMES_UP = ["start", "unpause"];

/**
 * What brought a container up that a guard watches, by docker's events since `sinceMs` (domain ms): the newest one. docker does not know
 * who asked for it. Empty where the guard watches no containers, and when the daemon does not tell.
 */
export async function whatStarted(
  aws: AwsCaller,
  clock: Clock,
  readings: readonly Reading[],
  sinceMs: number,
  signal: AbortSignal,
): Promise<string> {
  const reading = readings.find(({ service, operation }) => service === "docker" && operation === "ComposePs");
  if (!reading) return "";
  const { project, services } = reading.input as { project: string; services: string[] };
  const window = { since: new Date(sinceMs).toISOString(), until: new Date(clock.now()).toISOString() };
  const events = await callDocker(aws, "Events", { project, ...window }, { purpose: "poll", signal }).then(
    ({ output }) => output.events,
    // That it is broken is said either way; what is missing is how.
    () => [],
  );
  const found = events.findLast(({ Action, Service }) => COMES_UP.includes(Action) && services.includes(Service));
  if (!found) return "";
  const { Action, Name, atMs } = found;
  return `somebody on the docker host (${Action} of ${Name} at ${formatUtcTime(atMs)}; docker does not say who)`;
}
