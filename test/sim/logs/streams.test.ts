import { gunzipSync } from "node:zlib";
import * as sdk from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const logGroupName = "/ecs/lakehouse-prod-nessie";

async function client() {
  const { clients, world } = await testSimulator();
  return { logs: new sdk.CloudWatchLogsClient(clients), world };
}

test("GetLogEvents reads a stream from its end or its head, and its tokens lead both ways", async () => {
  const { logs, world } = await client();
  const lines = Array.from({ length: 10 }, (_, index) => ({
    atMs: world.now() - 60_000 + index * 100,
    message: `line ${index}`,
    stream: "s",
  }));
  world.logs.inject(logGroupName, lines);
  const get = async (input: Partial<sdk.GetLogEventsCommandInput>) => {
    const answer = await logs.send(
      new sdk.GetLogEventsCommand({ logGroupName, logStreamName: "s", limit: 4, ...input }),
    );
    return {
      texts: answer.events?.map((event) => Number(event.message?.split(" ")[1])),
      forward: answer.nextForwardToken!,
      backward: answer.nextBackwardToken!,
    };
  };
  const last = await get({});
  expect(last.texts).toEqual([6, 7, 8, 9]);
  const before = await get({ nextToken: last.backward });
  expect(before.texts).toEqual([2, 3, 4, 5]);
  expect((await get({ nextToken: before.forward })).texts).toEqual([6, 7, 8, 9]);
  const end = await get({ nextToken: last.forward });
  expect([end.texts, end.forward]).toEqual([[], last.forward]);
  const head = await get({ startFromHead: true });
  expect(head.texts).toEqual([0, 1, 2, 3]);
  world.logs.inject(logGroupName, [{ atMs: world.now(), message: "line 10", stream: "s" }]);
  world.advanceBy(5_000);
  expect((await get({ nextToken: last.forward })).texts).toEqual([10]);
  expect((await get({ startFromHead: true, startTime: lines[3]!.atMs, endTime: lines[5]!.atMs })).texts).toEqual([
    3, 4,
  ]);
  await expect(get({ logStreamName: "none" })).rejects.toBeInstanceOf(sdk.ResourceNotFoundException);
  await expect(get({ nextToken: "nonsense" })).rejects.toBeInstanceOf(sdk.InvalidParameterException);
});

test("retention is one of the days that can be chosen", async () => {
  const { logs } = await client();
  await logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 365 }));
  const retention = async () =>
    (await logs.send(new sdk.DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }))).logGroups?.[0]
      ?.retentionInDays;
  expect(await retention()).toBe(365);
  await expect(
    logs.send(new sdk.PutRetentionPolicyCommand({ logGroupName, retentionInDays: 8 })),
  ).rejects.toBeInstanceOf(sdk.InvalidParameterException);
  await logs.send(new sdk.DeleteRetentionPolicyCommand({ logGroupName }));
  expect(await retention()).toBeUndefined();
});

test("an export takes minutes, one at a time, and leaves gzipped objects", async () => {
  const { logs, world } = await client();
  const to = world.now();
  const input = {
    logGroupName,
    from: to - 10 * 60_000,
    to,
    destination: "lakehouse-prod-audit-trail",
    destinationPrefix: "evidence",
  };
  const { taskId } = await logs.send(new sdk.CreateExportTaskCommand(input));
  await expect(logs.send(new sdk.CreateExportTaskCommand(input))).rejects.toBeInstanceOf(sdk.LimitExceededException);
  const status = async (id: string | undefined) =>
    (await logs.send(new sdk.DescribeExportTasksCommand({ taskId: id }))).exportTasks?.[0]?.status?.code;
  expect(await status(taskId)).toBe("PENDING");
  world.advanceBy(30_000);
  expect(await status(taskId)).toBe("RUNNING");
  world.advanceBy(6 * 60_000);
  expect(await status(taskId)).toBe("COMPLETED");
  const bucket = world.buckets.byName.get("lakehouse-prod-audit-trail")!;
  const prefix = `evidence/${taskId}/`;
  const keys = [...bucket.objects.from(prefix)].map(([key]) => key).filter((key) => key.startsWith(prefix));
  expect(keys).toHaveLength(2);
  const exported = bucket.objects.get(keys[0]!)![0]!.content!;
  const written = gunzipSync(exported.bytes(0, exported.size)).toString("utf8").trimEnd().split("\n");
  expect(written.length).toBeGreaterThan(20);
  expect(written[0]).toMatch(/^2026-11-23T02:5\d:\d\d\.\d{3}Z /);
  const second = await logs.send(new sdk.CreateExportTaskCommand(input));
  await logs.send(new sdk.CancelExportTaskCommand({ taskId: second.taskId }));
  expect(await status(second.taskId)).toBe("CANCELLED");
  await expect(logs.send(new sdk.CancelExportTaskCommand({ taskId }))).rejects.toBeInstanceOf(
    sdk.InvalidOperationException,
  );
  await expect(logs.send(new sdk.CreateExportTaskCommand({ ...input, destination: "none" }))).rejects.toBeInstanceOf(
    sdk.InvalidParameterException,
  );
});
