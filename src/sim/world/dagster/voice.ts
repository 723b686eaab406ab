import type { TaskBehaviour } from "../ecs/behaviour.ts";
import type { LogDraft } from "../logs/log-store.ts";
import { deliveryDelayMs } from "../logs/nessie-lines.ts";
import type { Voice, VoiceLine } from "../logs/voice.ts";
import type { RandomStream } from "../random.ts";
import { daemonLine, systemLine } from "./lines.ts";
import type { ProgramProcess } from "./process.ts";

const MINUTE_MS = 60_000;
const SCHEDULES = "event_stream_schedule, orders_schedule, customers_schedule, inventory_schedule";

/** A line of a minute at a time of its own. */
type Minutely = (random: RandomStream, atMs: number) => string;

const DAEMON_LINES: readonly Minutely[] = [
  (_random, atMs) =>
    daemonLine(atMs, "SchedulerDaemon", "INFO", `Checking for new runs for the following schedules: ${SCHEDULES}`),
  (random, atMs) =>
    daemonLine(
      atMs,
      "BackfillDaemon",
      "INFO",
      random.next() < 0.9 ? "No backfill jobs requested." : "No backfill jobs in progress.",
    ),
];

const WEBSERVER_LINES: readonly Minutely[] = Array.from({ length: 4 }, () => (random: RandomStream) => {
  const request = random.pick(["POST /graphql", "POST /graphql", "GET /server_info", "GET /overview/runs"]);
  return `INFO:     10.8.0.${random.whole(10, 40)}:${random.whole(40_000, 60_000)} - "${request} HTTP/1.1" 200 OK`;
});

const isWebserver = (task: ProgramProcess) => task.definition.container.port !== 0;

/** How the last lines of a process that fails come about; scenarios give them. */
export type LastWords = (task: ProgramProcess, endedMs: number) => string[];

/** The voice of Dagster's two services. */
export function dagsterVoice(lastWords: LastWords): Voice<ProgramProcess> {
  return {
    started: (task, behaviour) => startLines(task, behaviour),
    writer: (task, behaviour, randomOf) => (minuteMs) => {
      const random = randomOf(minuteMs);
      const readyMs = (task.startedAtMs ?? 0) + behaviour.readyAfterMs;
      const lines = isWebserver(task) ? WEBSERVER_LINES : DAEMON_LINES;
      const drafts = lines.map((line): LogDraft => {
        const atMs = Math.floor(minuteMs + random.between(0, MINUTE_MS));
        return { atMs, ingestedAtMs: atMs + deliveryDelayMs(random), message: line(random, atMs) };
      });
      return drafts.filter(({ atMs }) => atMs >= readyMs).sort((a, b) => a.atMs - b.atMs);
    },
    ended: (task, endedMs) => {
      if (task.exitCode === 143 && !isWebserver(task)) {
        const text = "Daemon threads shut down.";
        return [{ atMs: endedMs - 1, message: systemLine(endedMs - 1, "dagster.daemon", "INFO", text) }];
      }
      const words = lastWords(task, endedMs);
      return words.map((message, index) => ({ atMs: endedMs - words.length + index, message }));
    },
  };
}

function startLines(task: ProgramProcess, { readyAfterMs }: TaskBehaviour): VoiceLine[] {
  const startedMs = task.startedAtMs ?? 0;
  // A process that never gets ready says nothing.
  if (!Number.isFinite(readyAfterMs)) return [];
  const atMs = Math.round(startedMs + readyAfterMs);
  if (isWebserver(task)) {
    const text = "Serving dagster-webserver on http://0.0.0.0:3000 in process 1";
    return [{ atMs, message: systemLine(atMs, "dagster-webserver", "INFO", text) }];
  }
  const daemons = "['AssetDaemon', 'BackfillDaemon', 'QueuedRunCoordinatorDaemon', 'SchedulerDaemon', 'SensorDaemon']";
  const text = `Instance is configured with the following daemons: ${daemons}`;
  return [{ atMs, message: systemLine(atMs, "dagster.daemon", "INFO", text) }];
}
