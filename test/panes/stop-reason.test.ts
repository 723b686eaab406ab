import { describe, expect, it } from "vitest";
import { stopReason } from "../../src/panes/stop-reason.ts";
import type { TaskView } from "../../src/state/views.ts";

/** The words for a stopped task. */
function words(stopped: Partial<TaskView>, container: { exitCode?: number; reason?: string } = {}): string {
  return stopReason({
    id: "1231cf3d",
    lastStatus: "STOPPED",
    containers: [{ name: "nessie", ...container }],
    ...stopped,
  } as TaskView);
}

describe("why a task stopped", () => {
  it.each([
    [
      {},
      { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage" },
      "137 OOM-killed (container memory)",
    ],
    [{}, { exitCode: 1 }, "1 application error"],
    [{ stopCode: "UserInitiated" }, { exitCode: 143 }, "143 terminated (SIGTERM): stopped by a user"],
    [
      { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: no such image" },
      {},
      "failed to start: CannotPullContainerError: no such image",
    ],
    [{}, {}, "no reason given"],
  ])("%o %o: %s", (stopped, container, expected) => expect(words(stopped, container)).toBe(expected));

  it("of the scheduler's own sentences only what they say, never ids and ARNs", () => {
    const scheduler = (stoppedReason: string, container = {}) =>
      words({ stopCode: "ServiceSchedulerInitiated", stoppedReason }, container);
    const scaling = "Scaling activity initiated by (deployment ecs-svc/5814516801519941534)";
    expect(scheduler(scaling)).toBe("stopped by scaling in or a new deployment");
    expect(scheduler(scaling, { exitCode: 143 })).toBe(
      "143 terminated (SIGTERM): stopped by scaling in or a new deployment",
    );
    expect(
      scheduler("Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:us-east-1:1:x)"),
    ).toBe("stopped: failed the load balancer's health checks");
    expect(scheduler("Task failed container health checks")).toBe("stopped: failed the container's health check");
    // What is not known stays as AWS says it.
    expect(scheduler("Something new")).toBe("stopped by the service scheduler: Something new");
  });
});
