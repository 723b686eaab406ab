import type { HttpEndpoint } from "../wire/http-endpoint.ts";
import type { World } from "../world/world.ts";
import { nessieEndpoint } from "./nessie.ts";
import { pagerDutyEndpoint } from "./pagerduty.ts";
import { slackEndpoint } from "./slack.ts";

/** What is there beside AWS: Nessie through its load balancer, Slack, PagerDuty. */
export function httpEndpoints(world: World): HttpEndpoint[] {
  const beside = [slackEndpoint(world.slack), pagerDutyEndpoint(world.pagerDuty)];
  return world.nessie ? [nessieEndpoint(world.nessie.server), ...beside] : beside;
}
