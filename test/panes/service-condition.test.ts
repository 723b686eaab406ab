import { describe, expect, it } from "vitest";
import { serviceCondition } from "../../src/panes/ecs.ts";
import type { ServiceView, TaskView } from "../../src/state/views.ts";

const task = (health: string, lastStatus = "RUNNING"): TaskView => ({
  id: "t",
  arn: "arn",
  lastStatus,
  desiredStatus: "RUNNING",
  health,
  taskDefinition: "nessie:1",
  containers: [],
});

const service = (change: Partial<ServiceView>): ServiceView => ({
  cluster: "c",
  name: "nessie",
  arn: "arn",
  status: "ACTIVE",
  desired: 2,
  running: 2,
  pending: 0,
  taskDefinition: "nessie:1",
  deployments: [],
  events: [],
  tasks: [task("HEALTHY"), task("HEALTHY")],
  ...change,
});

describe("serviceCondition", () => {
  it.each([
    ["all well", {}, "steady", "good"],
    ["running but failing its health check", { tasks: [task("HEALTHY"), task("UNHEALTHY")] }, "1 unhealthy", "bad"],
    [
      "a stopped task's last health says nothing",
      { tasks: [task("HEALTHY"), task("UNHEALTHY", "STOPPED")] },
      "steady",
      "good",
    ],
    ["too few", { running: 1 }, "SHORT 1", "bad"],
    ["none", { running: 0 }, "DOWN", "bad"],
    ["contained", { desired: 0, running: 0 }, "scaled to 0", "warn"],
    ["on its way down", { desired: 0, running: 1 }, "draining", "warn"],
    ["too many", { running: 3 }, "scaling in", "warn"],
    ["gone", { status: "INACTIVE" }, "INACTIVE", "bad"],
  ] as const)("%s", (_name, change, text, token) => {
    expect(serviceCondition(service(change as Partial<ServiceView>))).toEqual({ text, token });
  });
});
