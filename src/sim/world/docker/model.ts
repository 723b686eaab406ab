import type { ProgramProcess } from "../dagster/process.ts";
import type { LogStream } from "../logs/log-store.ts";
import type { RandomStream } from "../random.ts";

export type RestartPolicy = "no" | "always" | "unless-stopped" | "on-failure";
export type ContainerState = "created" | "running" | "paused" | "restarting" | "exited";

/** A service of a compose file, as far as it is simulated. */
export interface ComposeService {
  name: string;
  image: string;
  command: string[];
  environment: Record<string, string>;
  /** 0: no limit. */
  memoryBytes: number;
  restart: RestartPolicy;
  /** The published port; 0: none. */
  port: number;
  healthCommand: string | undefined;
  dependsOn: string[];
  /** How many containers. */
  scale: number;
  /** Until SIGTERM is followed by SIGKILL, ms (compose's default: 10 s). */
  stopGraceMs: number;
  /** Changes with everything by which compose decides that a container has to be made anew. */
  configHash: string;
}

/** Where a project was started from. */
export interface ComposeOrigin {
  workingDirectory: string;
  configFiles: string[];
}

export interface Container {
  /** 64 hexadecimal digits. */
  id: string;
  /** project-service-number */
  name: string;
  project: string;
  service: ComposeService;
  /** What its image's name meant when it was made: `sha256:` and 64 hexadecimal digits. */
  imageId: string;
  origin: ComposeOrigin;
  number: number;
  /** Made by `docker compose run`. */
  oneOff: boolean;
  state: ContainerState;
  exitCode: number;
  oomKilled: boolean;
  restartCount: number;
  createdAtMs: number;
  startedAtMs?: number;
  finishedAtMs?: number;
  /** Set when somebody stopped it: then no policy starts it again. */
  stoppedByHand: boolean;
  /** Pause before the next restart, ms. */
  backoffMs: number;
  /** The life that it is in, or that it was in last. */
  process?: ProgramProcess;
  /** When the process dies by itself, ms since the Unix epoch; pauses push it back. */
  exitDueMs: number;
  /** The log of each life, oldest first. */
  logs: LogStream[];
  /** Spans in which it stood still and said nothing. */
  pauses: { fromMs: number; toMs: number }[];
  random: RandomStream;
}

/** Whether the container has a living process, which may stand still. */
export const isAlive = ({ state }: Container): boolean => state === "running" || state === "paused";
