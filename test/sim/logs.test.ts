import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  StartLiveTailCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { expect, test } from "vitest";
import { type TestSimulator, testSimulator } from "../support/simulator.ts";

const GROUP = "/ecs/lakehouse-prod-nessie";

/** All pages of a query. */
async function readAll(simulator: TestSimulator, input: Partial<FilterLogEventsCommandInput>) {
  const client = new CloudWatchLogsClient(simulator.clients);
  const events: FilteredLogEvent[] = [];
  const pages: number[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input, nextToken }));
    events.push(...(page.events ?? []));
    pages.push(page.events?.length ?? 0);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return { events, pages };
}

test("an hour of history is there at the start, in order, with unique ids, the same on every read", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom" });
  const { epochMs } = simulator;
  const window = { startTime: epochMs - 3_600_000, endTime: epochMs };
  const { events } = await readAll(simulator, window);
  expect(events.length).toBeGreaterThan(20_000);
  const times = events.map((event) => event.timestamp ?? 0);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]! - window.startTime).toBeLessThan(1_000);
  expect(new Set(events.map((event) => event.eventId)).size).toBe(events.length);
  expect((await readAll(simulator, window)).events).toEqual(events);
  expect(events.every((event) => (event.ingestionTime ?? 0) <= epochMs)).toBe(true);
});

test("a burst of 20 000 lines in one poll interval comes in pages of 10 000, whole and without duplicates", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const startMs = world.now();
  const lines = Array.from({ length: 20_000 }, (_, index) => ({
    atMs: startMs + Math.floor(index / 10),
    message: `burst ${index}`,
  }));
  world.logs.inject(GROUP, lines);
  world.advanceBy(5_000);
  const { events, pages } = await readAll(simulator, { startTime: startMs, filterPattern: "burst" });
  expect(pages.length).toBeGreaterThanOrEqual(2);
  expect(Math.max(...pages)).toBeLessThanOrEqual(10_000);
  expect(events.map((event) => event.message)).toEqual(lines.map((line) => line.message));
});

test("pages also end at 1 MB, and a rare term gives empty pages with a token", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const atMs = world.now();
  world.logs.inject(
    GROUP,
    Array.from({ length: 30 }, (_, index) => ({ atMs: atMs + index, message: `big ${"x".repeat(100_000)}` })),
  );
  world.advanceBy(2_000);
  const big = await readAll(simulator, { startTime: atMs, filterPattern: "big" });
  expect([big.events.length, big.pages.length]).toEqual([30, 3]);
  world.logs.inject(
    GROUP,
    Array.from({ length: 60_000 }, (_, index) => ({ atMs: atMs + 3_000 + Math.floor(index / 60), message: "common" })),
  );
  world.logs.inject(GROUP, [{ atMs: atMs + 5_000, message: "needle in the stack" }]);
  world.advanceBy(20_000);
  const rare = await readAll(simulator, { startTime: atMs + 2_500, filterPattern: '"needle in"' });
  expect(rare.pages[0]).toBe(0);
  expect(rare.events.map((event) => event.message)).toEqual(["needle in the stack"]);
});

test("lines arrive late behind newer ones, and their ids do not change", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const atMs = world.now();
  world.logs.inject(GROUP, [
    { atMs: atMs + 100, message: "marker late", delayMs: 30_000 },
    { atMs: atMs + 200, message: "marker prompt" },
  ]);
  world.advanceBy(5_000);
  const early = await readAll(simulator, { startTime: atMs, filterPattern: "marker" });
  expect(early.events.map((event) => event.message)).toEqual(["marker prompt"]);
  world.advanceBy(30_000);
  const later = await readAll(simulator, { startTime: atMs, filterPattern: "marker" });
  expect(later.events.map((event) => event.message)).toEqual(["marker late", "marker prompt"]);
  expect(later.events[1]?.eventId).toBe(early.events[0]?.eventId);
  // A small share of the ordinary lines is late too.
  const { events } = await readAll(simulator, { startTime: atMs - 3_600_000 });
  const delays = events.map((event) => (event.ingestionTime ?? 0) - (event.timestamp ?? 0));
  const late = delays.filter((delay) => delay > 4_000).length / delays.length;
  expect(late).toBeGreaterThan(0.001);
  expect(late).toBeLessThan(0.01);
});

test("terms, phrases, exclusions and alternatives select; errors name what is wrong", async () => {
  const simulator = await testSimulator();
  const { world } = simulator;
  const startTime = world.now() + 1;
  world.logs.inject(
    GROUP,
    ["zeta ERROR one", "zeta WARN two", "zeta INFO three"].map((message) => ({ atMs: startTime, message })),
  );
  world.advanceBy(1_000);
  const texts = async (filterPattern: string) =>
    (await readAll(simulator, { startTime, filterPattern })).events.map((event) => event.message);
  expect(await texts("zeta -INFO")).toEqual(["zeta ERROR one", "zeta WARN two"]);
  expect(await texts("zeta ?WARN ?INFO")).toEqual(["zeta WARN two", "zeta INFO three"]);
  expect(await texts('"ERROR one"')).toEqual(["zeta ERROR one"]);
  const client = new CloudWatchLogsClient(simulator.clients);
  await expect(client.send(new FilterLogEventsCommand({ logGroupName: "/ecs/nope" }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  await expect(
    client.send(new FilterLogEventsCommand({ logGroupName: GROUP, nextToken: "junk" })),
  ).rejects.toMatchObject({ name: "InvalidParameterException" });
  const groups = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: "/ecs/" }));
  expect(groups.logGroups?.map((group) => group.logGroupName)).toEqual([
    "/ecs/lakehouse-prod-dagster-daemon",
    "/ecs/lakehouse-prod-dagster-webserver",
    GROUP,
  ]);
});

test("live tail streams new lines and ends when the caller leaves", async () => {
  const simulator = await testSimulator({ scenario: "nessie-oom", manual: false, speed: 20 });
  const client = new CloudWatchLogsClient(simulator.clients);
  const abort = new AbortController();
  const groupArn = `arn:aws:logs:us-east-1:111122223333:log-group:${GROUP}`;
  const tail = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: [groupArn] }), {
    abortSignal: abort.signal,
  });
  let lines = 0;
  const reading = (async () => {
    for await (const frame of tail.responseStream!) {
      lines += frame.sessionUpdate?.sessionResults?.length ?? 0;
      if (lines > 0) abort.abort();
    }
  })();
  await reading.catch(() => undefined);
  expect(lines).toBeGreaterThan(0);
});
