import { shellQuote } from "../../aws/cli-line.ts";
import type { CallOptions } from "../../aws/contract.ts";
import { operationOf } from "../../aws/operations.ts";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/failure.ts";
import type { Sent, Transport } from "../contract.ts";
import { composeHash, composeLs, composePs, containerEvents, inspected } from "./answers.ts";
import { argumentsOf } from "./arguments.ts";
import type { DockerOperation, DockerOperations } from "./contract.ts";
import { logStream } from "./log-stream.ts";
import { type DockerCommand, runDocker } from "./process.ts";

export interface DockerOptions {
  clock: Clock;
  /** What docker inherits: DOCKER_HOST, DOCKER_CONTEXT, its configuration, and what a compose file's variables are taken from. */
  environment: NodeJS.ProcessEnv;
  /** DOCKER_HOST, where it is not to be that of the environment. */
  dockerHost?: string;
  /** The program to run instead of `docker`, with the arguments that come first: the demo's stand-in. */
  command?: readonly string[];
}

/** A read that hangs is worth less than a new one, machine ms. */
const READ_TIMEOUT_MS = 10_000;
/** Stopping waits for the service's own stop_grace_period (10 s unless the compose file says more), machine ms. */
const WRITE_TIMEOUT_MS = 120_000;
/** `up` may have to pull an image first, machine ms. */
const UP_TIMEOUT_MS = 600_000;
/** An inspect of some dozen containers is below 1 MB. */
const MAX_BYTES = 16 * 1024 * 1024;

const CLOSING = new Failure({
  kind: "refused",
  what: "docker",
  why: "the cockpit is closing",
  next: "Open the incident again with mayday resume.",
});

/** They would say which project and file is meant; the arguments do. The others decide about outputs that are read here. */
const NOT_INHERITED = ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME", "COMPOSE_PROGRESS", "COMPOSE_STATUS_STDOUT"];

/**
 * docker by its own command line, so that contexts, credentials and ssh work as they do in a shell. No shell is between: arguments are
 * passed as they are. @throws never; what does not work is a Failure of the call.
 */
export function dockerTransport(options: DockerOptions): Transport {
  const { clock, command = ["docker"], dockerHost } = options;
  const inherited = Object.entries(options.environment).filter(([name]) => !NOT_INHERITED.includes(name));
  const environment = {
    ...Object.fromEntries(inherited),
    DOCKER_CLI_HINTS: "false",
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
  const docker: DockerCommand = { command, environment, clock };
  const closing = new AbortController();
  return {
    services: ["docker"],
    send: (_service, operation, input, callOptions) =>
      send(docker, operation as DockerOperation, input, callOptions, closing.signal),
    lineOf(_service, operation, input) {
      const host = dockerHost === undefined ? [] : [`DOCKER_HOST=${shellQuote(dockerHost)}`];
      return [...host, "docker", ...argumentsOf(operation, input).map(shellQuote)].join(" ");
    },
    // What was told to change something is seen through; what is only read is let go.
    close: () => closing.abort(CLOSING),
  };
}

async function send(
  docker: DockerCommand,
  operation: DockerOperation,
  input: object,
  { signal }: CallOptions,
  closing: AbortSignal,
): Promise<Sent> {
  const args = argumentsOf(operation, input);
  if (operationOf("docker", operation)?.access === "write") {
    const timeoutMs = operation === "ComposeUp" || operation === "ComposePull" ? UP_TIMEOUT_MS : WRITE_TIMEOUT_MS;
    await runDocker(docker, operation, args, { timeoutMs, maxBytes: MAX_BYTES, signal });
    return { output: {} };
  }
  const ended = signal ? AbortSignal.any([signal, closing]) : closing;
  if (operation === "Logs") return { output: logStream(docker, args, ended) };
  const limits = { timeoutMs: READ_TIMEOUT_MS, maxBytes: MAX_BYTES, signal: ended };
  return { output: outputOf(operation, input, await runDocker(docker, operation, args, limits)) };
}

function outputOf(operation: DockerOperation, input: object, text: string): object {
  switch (operation) {
    case "ComposePs":
      return composePs(text, input as DockerOperations["ComposePs"]["input"]);
    case "Inspect":
      return inspected(text, (input as DockerOperations["Inspect"]["input"]).whole);
    case "Events":
      return containerEvents(text, (input as DockerOperations["Events"]["input"]).whole);
    case "ComposeLs":
      return composeLs(text);
    case "ComposeHash":
      return composeHash(text);
    default:
      return {};
  }
}
