import { expect, test } from "vitest";
import { deploy, type Incident, incident, MINUTE_MS, SEEDS } from "./support.ts";

/** The revision that ran before, as the deployments and CloudTrail tell it. */
async function rollBack(bad: Incident) {
  const { deployments = [] } = await bad.service();
  const previous = deployments.find(({ status }) => status === "ACTIVE")?.taskDefinition;
  await deploy(bad.ecsClient, bad.names, previous!);
  expect(bad.contained()).toBe(true);
  bad.world.advanceBy(12 * MINUTE_MS);
  expect(bad.resolved()).toBe(true);
}

/** What both have in common: the rollout does not end, and the old tasks go on serving. */
async function stuck(bad: Incident) {
  expect([bad.contained(), bad.resolved()]).toEqual([false, false]);
  bad.world.advanceBy(3 * MINUTE_MS);
  const service = await bad.service();
  expect(service.deployments?.map(({ status, rolloutState }) => [status, rolloutState])).toEqual([
    ["PRIMARY", "IN_PROGRESS"],
    ["ACTIVE", "COMPLETED"],
  ]);
  const serving = (await bad.targets()).filter((health) => health?.State === "healthy");
  expect(serving).toHaveLength(service.desiredCount!);
  const [registered] = await bad.events("RegisterTaskDefinition");
  const [updated] = await bad.events("UpdateService");
  for (const event of [registered, updated])
    expect(event.userIdentity.arn).toContain("platform-engineer/deploy-pipeline");
  expect(updated.requestParameters.taskDefinition).toBe(service.taskDefinition);
  return service;
}

test.each(SEEDS)("an image that does not exist: tasks cannot start (seed %i)", async (seed) => {
  const bad = await incident("bad-deployment:image", seed);
  const service = await stuck(bad);
  const failed = await bad.tasks("STOPPED");
  expect(failed.length).toBeGreaterThanOrEqual(2);
  for (const task of failed) {
    expect(task).toMatchObject({ stopCode: "TaskFailedToStart", taskDefinitionArn: service.taskDefinition });
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: .*nessie:0\.99\.10: not found$/);
  }
  expect(service.deployments?.[0]?.failedTasks).toBe(failed.length);
  expect(service.events?.some(({ message }) => message?.includes("unable to consistently start tasks"))).toBe(true);
  await rollBack(bad);
});

test.each(SEEDS)("a setting that Nessie refuses: tasks end with 1 at their start (seed %i)", async (seed) => {
  const bad = await incident("bad-deployment:crash", seed);
  const service = await stuck(bad);
  const failed = await bad.tasks("STOPPED");
  expect(failed.length).toBeGreaterThanOrEqual(4);
  for (const task of failed) {
    expect(task).toMatchObject({ stopCode: "EssentialContainerExited", taskDefinitionArn: service.taskDefinition });
    expect(task.containers?.[0]?.exitCode).toBe(1);
  }
  expect(await bad.lines('"Failed to start application"')).not.toEqual([]);
  expect(await bad.lines('"VersionStoreType"')).not.toEqual([]);
  await rollBack(bad);
});
