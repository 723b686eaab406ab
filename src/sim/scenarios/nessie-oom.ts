import type { Scenario } from "../scenario.ts";

/** Nessie's container is killed at its memory limit, again and again. */
export const nessieOom: Scenario = {
  id: "nessie-oom",
  title: "Nessie unreachable: containers killed out of memory",
  description:
    "Nessie's memory climbs to the container limit: tasks are killed (exit 137, OutOfMemoryError), targets turn unhealthy, the load balancer answers 5xx, replacements die again.",
  diagnosis:
    "The kernel kills the nessie container at its memory limit (exit code 137 and a reason that names memory; the log ends without a Java error).",
  contained: "Desired, running and pending are 0, and autoscaling is suspended with minimum 0.",
  resolved: "Tasks run with a larger memory limit, or without the growth, and all targets are healthy for ten minutes.",
  arrange: () => {},
};
