import type { HttpEndpoint } from "../wire/http-endpoint.ts";
import type { World } from "../world/world.ts";
import { dockerEndpoint } from "./docker.ts";
import { nessieEndpoint } from "./nessie.ts";
import { pagerDutyEndpoint } from "./pagerduty.ts";
import { slackEndpoint } from "./slack.ts";

/** What is there beside AWS: Nessie through its load balancer, Slack, PagerDuty, and Dagster's docker host where it has one. */
export function httpEndpoints(world: World): HttpEndpoint[] {
  const { nessie, dagster } = world;
  return [
    ...(nessie ? [nessieEndpoint(nessie.server)] : []),
    slackEndpoint(world.slack),
    pagerDutyEndpoint(world.pagerDuty),
    ...(dagster.place === "compose" ? [dockerEndpoint(dagster.inCompose, () => world.now())] : []),
  ];
}
