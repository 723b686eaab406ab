import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

const MISSING = { name: "ResourceNotFoundException", status: 400 };

/** Log groups, streams and events. Both servers' group of Nessie has lines of the last hour. */
export const logs = casesOf("logs", {
  "a group is found by its prefix": async ({ clients: { logs }, names }) => {
    const { logGroups } = await logs.describeLogGroups({ logGroupNamePrefix: names.logGroup });
    expect(logGroups).toMatchObject([
      {
        logGroupName: names.logGroup,
        arn: `arn:aws:logs:${names.region}:${names.accountId}:log-group:${names.logGroup}:*`,
        retentionInDays: 30,
        creationTime: expect.any(Number),
      },
    ]);
    expect((await logs.describeLogGroups({ logGroupNamePrefix: "/nope" })).logGroups).toEqual([]);
  },

  "streams are found by name and ordered by time": async ({ clients: { logs }, names }) => {
    const { logStreams = [] } = await logs.describeLogStreams({ logGroupName: names.logGroup });
    expect(logStreams.length).toBeGreaterThanOrEqual(2);
    const streamNames = logStreams.map(({ logStreamName }) => logStreamName!);
    expect(streamNames).toEqual(streamNames.toSorted());
    const [first] = logStreams;
    expect(first?.arn).toBe(
      `arn:aws:logs:${names.region}:${names.accountId}:log-group:${names.logGroup}:log-stream:${first?.logStreamName}`,
    );
    const newest = await logs.describeLogStreams({
      logGroupName: names.logGroup,
      orderBy: "LastEventTime",
      descending: true,
    });
    const times = newest.logStreams?.map(({ lastEventTimestamp }) => lastEventTimestamp!) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const one = await logs.describeLogStreams({
      logGroupName: names.logGroup,
      logStreamNamePrefix: first!.logStreamName!,
    });
    expect(one.logStreams?.map(({ logStreamName }) => logStreamName)).toEqual([first?.logStreamName]);
    const both = logs.describeLogStreams({
      logGroupName: names.logGroup,
      orderBy: "LastEventTime",
      logStreamNamePrefix: "nessie",
    });
    expect(await refusal(both)).toEqual({ name: "InvalidParameterException", status: 400 });
  },

  "events come in order of time, each with an id of its own": async ({ clients: { logs }, names }) => {
    const range = { logGroupName: names.logGroup, startTime: Date.now() - 3_000_000, endTime: Date.now() };
    const { events = [] } = await logs.filterLogEvents({ ...range, limit: 20 });
    expect(events).toHaveLength(20);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(20);
    const times = events.map(({ timestamp }) => timestamp!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const event of events) {
      expect(event).toMatchObject({ message: expect.any(String), logStreamName: expect.any(String) });
      expect(event.ingestionTime!).toBeGreaterThanOrEqual(event.timestamp!);
    }
  },

  "events are read page by page without loss": async ({ clients: { logs }, names }) => {
    const range = { logGroupName: names.logGroup, startTime: Date.now() - 3_000_000, endTime: Date.now() };
    const whole = await logs.filterLogEvents({ ...range, limit: 10 });
    const first = await logs.filterLogEvents({ ...range, limit: 5 });
    const second = await logs.filterLogEvents({ ...range, limit: 5, nextToken: first.nextToken! });
    const ids = [...(first.events ?? []), ...(second.events ?? [])].map(({ eventId }) => eventId);
    expect(ids).toEqual(whole.events?.map(({ eventId }) => eventId));
  },

  "a pattern lets through what contains it": async ({ clients: { logs }, names }) => {
    const range = { logGroupName: names.logGroup, startTime: Date.now() - 3_600_000, endTime: Date.now() };
    const { events } = await logs.filterLogEvents({ ...range, filterPattern: "INFO", limit: 5 });
    expect(events?.map(({ message }) => message?.includes("INFO"))).toEqual([true, true, true, true, true]);
    const none = await logs.filterLogEvents({ ...range, filterPattern: '"no such words at all"' });
    expect(none.events).toEqual([]);
  },

  "a stream is read from its head and from its end": async ({ clients: { logs }, names }) => {
    const { logStreams: [stream] = [] } = await logs.describeLogStreams({ logGroupName: names.logGroup });
    const named = { logGroupName: names.logGroup, logStreamName: stream!.logStreamName! };
    const head = await logs.getLogEvents({ ...named, startFromHead: true, limit: 3 });
    expect(head.events).toHaveLength(3);
    const next = await logs.getLogEvents({
      ...named,
      startFromHead: true,
      limit: 3,
      nextToken: head.nextForwardToken!,
    });
    expect(next.events?.[0]?.timestamp).toBeGreaterThanOrEqual(head.events!.at(-1)!.timestamp!);
    const end = await logs.getLogEvents({ ...named, limit: 3 });
    expect(end.events?.[0]?.timestamp).toBeGreaterThan(head.events![0]!.timestamp!);
    const after = await logs.getLogEvents({ ...named, nextToken: end.nextForwardToken! });
    expect([after.events, after.nextForwardToken]).toEqual([[], end.nextForwardToken]);
    expect(await refusal(logs.getLogEvents({ ...named, logStreamName: "nope" }))).toEqual(MISSING);
  },

  "a group's retention is put and taken away": async ({ clients: { logs }, names }) => {
    const { logGroup: logGroupName } = names;
    const retention = async () =>
      (await logs.describeLogGroups({ logGroupNamePrefix: logGroupName })).logGroups?.[0]?.retentionInDays;
    await logs.putRetentionPolicy({ logGroupName, retentionInDays: 14 });
    expect(await retention()).toBe(14);
    await logs.deleteRetentionPolicy({ logGroupName });
    expect(await retention()).toBeUndefined();
    await logs.putRetentionPolicy({ logGroupName, retentionInDays: 30 });
    expect(await refusal(logs.putRetentionPolicy({ logGroupName: "nope", retentionInDays: 30 }))).toEqual(MISSING);
  },

  "a group that is not there is ResourceNotFoundException": async ({ clients: { logs } }) => {
    expect(await refusal(logs.filterLogEvents({ logGroupName: "nope" }))).toEqual(MISSING);
    expect(await refusal(logs.describeLogStreams({ logGroupName: "nope" }))).toEqual(MISSING);
  },

  "a group is exported to a bucket": async ({ clients: { logs }, names, settle }) => {
    const to = Date.now();
    const { taskId } = await logs.createExportTask({
      taskName: "incident",
      logGroupName: names.logGroup,
      from: to - 600_000,
      to,
      destination: names.auditBucket,
      destinationPrefix: "incident",
    });
    await settle(600_000);
    const { exportTasks } = await logs.describeExportTasks({ taskId: taskId! });
    expect(exportTasks).toMatchObject([
      { taskId, taskName: "incident", destination: names.auditBucket, from: to - 600_000, to },
    ]);
    expect(exportTasks?.[0]?.status?.code).toBe("COMPLETED");
  },

  "an export is cancelled before it ends": async ({ clients: { logs }, names }) => {
    const to = Date.now();
    const { taskId } = await logs.createExportTask({
      logGroupName: names.logGroup,
      from: to - 600_000,
      to,
      destination: names.auditBucket,
    });
    await logs.cancelExportTask({ taskId: taskId! });
    const { exportTasks } = await logs.describeExportTasks({ taskId: taskId! });
    expect(exportTasks?.[0]?.status?.code).toMatch(/^(PENDING_CANCEL|CANCELLED)$/);
  },

  "a live tail starts, and brings lines as they are written": async ({ clients: { logs }, names, settle }) => {
    const arn = `arn:aws:logs:${names.region}:${names.accountId}:log-group:${names.logGroup}`;
    const { responseStream } = await logs.startLiveTail({ logGroupIdentifiers: [arn] });
    const kinds: string[] = [];
    for await (const event of responseStream!) {
      if (event.sessionStart) {
        kinds.push("start");
        expect(event.sessionStart.logGroupIdentifiers).toEqual([arn]);
        await settle(60_000);
      }
      const [line] = event.sessionUpdate?.sessionResults ?? [];
      if (line) {
        kinds.push("line");
        expect(line).toMatchObject({ message: expect.any(String), timestamp: expect.any(Number) });
        break;
      }
    }
    expect(kinds).toEqual(["start", "line"]);
  },
});
