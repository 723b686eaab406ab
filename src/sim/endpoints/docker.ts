import { Readable } from "node:stream";
import { bodyOf, type HttpEndpoint } from "../wire/http-endpoint.ts";
import type { WireReply, WireRequest } from "../wire/types.ts";
import type { DagsterInCompose } from "../world/dagster/in-compose.ts";
import { DockerError } from "../world/docker/compose.ts";
import { parseCommandLine } from "./docker/command-line.ts";
import { type CommandContext, runCommand, type Written } from "./docker/commands.ts";

/** What the stand-in for docker's command line sends: its arguments, and the files that they name. */
export interface DockerRequest {
  args: string[];
  files: Record<string, string>;
}

/** What it gets, one JSON object a line; the last one is the exit code. */
export type DockerPiece = Written | { exitCode: number };

const PATH = "/docker/cli";
const HEADERS = { "content-type": "application/x-ndjson" };

const lineOf = (piece: DockerPiece) => `${JSON.stringify(piece)}\n`;
const ending = (text: string, exitCode: number) => lineOf({ stderr: `${text}\n` }) + lineOf({ exitCode });

function requestOf(request: WireRequest): DockerRequest {
  const { args = [], files = {} } = (bodyOf(request) ?? {}) as Partial<DockerRequest>;
  return { args: args.map(String), files };
}

async function* answer(args: readonly string[], context: CommandContext): AsyncGenerator<string> {
  try {
    for await (const piece of runCommand(parseCommandLine(args), context)) yield lineOf(piece);
    yield lineOf({ exitCode: 0 });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    yield ending(error.message, error.exitCode);
  }
}

/** The docker host under `/docker/cli`: a command line in, what docker would write out. `now`: virtual time. */
export function dockerEndpoint(docker: DagsterInCompose, now: () => number): HttpEndpoint {
  return {
    name: "docker",
    prefix: "/docker/",
    // As faults name it: ComposeStop, Inspect.
    operation: (request) => {
      const words = requestOf(request).args.filter((word) => /^[a-z]+$/.test(word));
      const [first = "", second = ""] = words;
      const verb =
        first === "compose"
          ? (words.find((word) => /^(ls|ps|config|stop|start|pause|unpause|down|up|pull)$/.test(word)) ?? second)
          : "";
      return [first, verb].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
    },
    handle: (request): WireReply => {
      if (request.url.pathname !== PATH || request.method !== "POST") return { status: 404, headers: {}, body: "" };
      const { args, files } = requestOf(request);
      return { status: 200, headers: HEADERS, body: Readable.from(answer(args, { docker, now, files })) };
    },
    failure: (status) => {
      const denied =
        'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.51/containers/json": dial unix /var/run/docker.sock: connect: permission denied';
      const text = status === 403 ? denied : "Error response from daemon: internal error";
      return { status: 200, headers: HEADERS, body: ending(text, 1) };
    },
  };
}
