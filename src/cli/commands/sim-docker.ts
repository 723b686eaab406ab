import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { DockerPiece, DockerRequest } from "../../sim/endpoints/docker.ts";

/** Names that compose looks for in a project's folder, in this order. */
const FILE_NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/**
 * `mayday sim-docker ENDPOINT ...`: stands where `docker` would, and lets the simulator at ENDPOINT do what the arguments say. Returns the
 * exit code; outputs are those of docker.
 */
export async function runSimDocker(endpoint: string, args: readonly string[]): Promise<number> {
  const question: DockerRequest = { args: [...args], files: {} };
  for (const path of composeFiles(args)) {
    const text = textOf(path);
    if (text === undefined) {
      process.stderr.write(`open ${path}: no such file or directory\n`);
      return 14;
    }
    question.files[path] = text;
  }
  try {
    return await ask(endpoint, question);
  } catch {
    // Whatever kept it from answering: to docker's users that is a daemon that does not.
    process.stderr.write(
      `Cannot connect to the Docker daemon at ${endpoint.replace(/^http/, "tcp")}. Is the docker daemon running?\n`,
    );
    return 1;
  }
}

/** The compose files that the arguments name, or the one of the project's folder. */
function composeFiles(args: readonly string[]): string[] {
  const valuesOf = (flag: string) => args.flatMap((word, index) => (word === flag ? [args[index + 1] ?? ""] : []));
  const named = valuesOf("-f");
  if (named.length > 0 || args[0] !== "compose") return named;
  return valuesOf("--project-directory").flatMap((folder) =>
    FILE_NAMES.map((name) => join(folder, name))
      .filter((path) => textOf(path) !== undefined)
      .slice(0, 1),
  );
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not there, or not to be read: compose says the same of both.
    return undefined;
  }
}

function ask(endpoint: string, question: DockerRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = request(new URL("/docker/cli", endpoint), { method: "POST", headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`status ${response.statusCode}`));
      write(createInterface({ input: response })).then(resolve, reject);
    });
    sent.once("error", reject);
    sent.end(JSON.stringify(question));
  });
}

/** Writes each piece where it belongs, no faster than it is read. @returns the exit code. */
async function write(lines: AsyncIterable<string>): Promise<number> {
  for await (const line of lines) {
    const piece = JSON.parse(line) as DockerPiece;
    if ("exitCode" in piece) {
      // The program ends as soon as it has the code: what is still on its way into a pipe would be lost.
      await Promise.all(
        [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write("", done))),
      );
      return piece.exitCode;
    }
    const [stream, text] = "stdout" in piece ? [process.stdout, piece.stdout] : [process.stderr, piece.stderr];
    if (!stream.write(text)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  throw new Error("the answer has no end");
}
