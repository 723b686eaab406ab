import type { Readable } from "node:stream";
import type { AwsCaller, CallOptions, CallResult } from "../../aws/contract.ts";

/** A container of a compose project, as `docker compose ps` names it. Text from docker is sanitised. */
export interface ComposeContainer {
  ID: string;
  Name: string;
  Service: string;
  /** created | running | paused | restarting | removing | exited | dead */
  State: string;
  /** starting | healthy | unhealthy; empty without a health check. */
  Health: string;
  Image: string;
  /** Made by `docker compose run`: not one of the service's own. */
  OneOff: boolean;
}

/** How many of a service's own containers there are, and in which condition. */
export interface ServiceCount {
  Service: string;
  containers: number;
  /** Running, or about to be: one that docker restarts again and again counts, although it may just be between two lives. */
  up: number;
  paused: number;
  /** Exited, dead, or created and never started. */
  stopped: number;
}

/** What of `docker inspect` may be shown and recorded. Environment, command and arguments may hold secrets and are not in it. */
export interface InspectedContainer {
  Id: string;
  Name: string;
  Project: string;
  Service: string;
  OneOff: boolean;
  /** Services of the project that this one depends on. */
  DependsOn: string[];
  Image: string;
  ImageId: string;
  /** Times as docker gives them: RFC 3339; `0001-01-01T00:00:00Z` stands for never. */
  Created: string;
  State: {
    Status: string;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
    Health: string;
  };
  RestartCount: number;
  /** no | always | unless-stopped | on-failure */
  RestartPolicy: string;
  /** Bytes; 0: no limit. */
  MemoryLimit: number;
  LogDriver: string;
  /** Absolute paths on the host where the project was started. */
  ConfigFiles: string[];
  WorkingDirectory: string;
  EnvironmentFiles: string[];
  ConfigHash: string;
}

/** Something that happened to a container, as the daemon remembers it: some hundred events, in memory only. */
export interface ContainerEvent {
  /** start | die | oom | kill | stop | pause | unpause | destroy ... */
  Action: string;
  ContainerId: string;
  Name: string;
  Service: string;
  /** Of `die`. */
  ExitCode: number | null;
  atMs: number;
}

/** Which compose files a project is made from. Absolute paths. */
export interface ComposeFiles {
  files: string[];
  directory: string;
  environmentFiles: string[];
}

/** The lines of a container's log, each with its time before it, as docker sends them. */
export interface ContainerLog {
  stdout: Readable;
  stderr: Readable;
  /** Settles when the log has ended; rejects with a Failure when it could not be read to its end. */
  ended: Promise<void>;
}

type Selected = { project: string; services: string[] };

/** Every docker operation with its input and output. `whole` asks for everything that docker says: for files of evidence only. */
export interface DockerOperations {
  ComposeLs: { input: object; output: { projects: { Name: string; Status: string; ConfigFiles: string }[] } };
  ComposePs: {
    input: { project: string; services?: string[]; whole?: boolean };
    output: { containers: ComposeContainer[]; services: ServiceCount[]; whole?: unknown[] };
  };
  ComposeHash: {
    input: { project: string } & ComposeFiles;
    output: { services: { Service: string; Hash: string }[] };
  };
  Inspect: {
    input: { containers: string[]; whole?: boolean };
    output: { containers: InspectedContainer[]; whole?: unknown[] };
  };
  /** Of the project's containers; times as for Logs. */
  Events: {
    input: { project: string; since: string; until: string; whole?: boolean };
    output: { events: ContainerEvent[]; whole?: unknown[] };
  };
  /** Times: RFC 3339 with up to nine digits; both ends are included. */
  Logs: { input: { container: string; since?: string; until?: string }; output: ContainerLog };
  ComposeStop: { input: Selected; output: object };
  ComposeStart: { input: Selected; output: object };
  ComposePause: { input: Selected; output: object };
  ComposeUnpause: { input: Selected; output: object };
  /** Of single containers, by their names: where not all of a service are meant. */
  Start: { input: { containers: string[] }; output: object };
  Pause: { input: { containers: string[] }; output: object };
  Unpause: { input: { containers: string[] }; output: object };
  ComposeDown: { input: Selected; output: object };
  /** `scale`: how many containers of each of the services. `recreate`: anew also where nothing differs, from images that are there. */
  ComposeUp: { input: Selected & ComposeFiles & { scale: Record<string, number>; recreate?: true }; output: object };
  ComposePull: { input: Selected & ComposeFiles; output: object };
  /** Lets an image's name mean another image of the host. */
  Tag: { input: { source: string; reference: string }; output: object };
}

export type DockerOperation = keyof DockerOperations;

/** `callByName` with the types of docker's operations. */
export async function callDocker<O extends DockerOperation>(
  aws: AwsCaller,
  operation: O,
  input: DockerOperations[O]["input"],
  options: CallOptions,
): Promise<CallResult<DockerOperations[O]["output"]>> {
  return (await aws.callByName("docker", operation, input, options)) as CallResult<DockerOperations[O]["output"]>;
}
