import type { DagsterInCompose } from "../../world/dagster/in-compose.ts";
import { DockerError, daemonSays } from "../../world/docker/compose.ts";
import { ComposeFileError, parseComposeFile } from "../../world/docker/compose-file.ts";
import { linesOf } from "../../world/docker/log-lines.ts";
import { type ComposeService, type Container, isAlive } from "../../world/docker/model.ts";
import type { CommandLine } from "./command-line.ts";
import { eventView, goTime, inspectView, psView } from "./views.ts";

/** A piece of what a command writes. */
export type Written = { stdout: string } | { stderr: string };

export interface CommandContext {
  docker: DagsterInCompose;
  /** Virtual time, ms since the Unix epoch, with everything due until then done. */
  now(): number;
  /** Texts of the compose files that the command line names, by path, as they are on the caller's disk; the first is the one meant. */
  files: Readonly<Record<string, string>>;
}

type Command = (line: CommandLine, context: CommandContext) => AsyncGenerator<Written>;

/** Lines are handed on in packets of about so many characters. */
const PACKET_LENGTH = 32_768;
/** How often a command that waits for containers looks at them, machine ms. */
const LOOK_MS = 15;

const commands: Record<string, Command> = {
  async *inspect({ names }, { docker, now }) {
    const found = names.map((name) => docker.host.find(name));
    const nowMs = now();
    const views = found.flatMap((container) => (container ? [inspectView(container, nowMs)] : []));
    yield { stdout: `${JSON.stringify(views, null, 4)}\n` };
    const missing = names.find((_name, index) => !found[index]);
    if (missing !== undefined) throw daemonSays(`No such container: ${missing}`);
  },

  async *start({ names }, { docker }) {
    for (const container of containersOf(names, docker)) docker.host.start(container);
    yield { stdout: names.map((name) => `${name}\n`).join("") };
  },

  async *pause({ names }, { docker }) {
    for (const container of containersOf(names, docker))
      if (!docker.host.pause(container)) throw daemonSays(`Container ${container.id} is not running`);
    yield { stdout: names.map((name) => `${name}\n`).join("") };
  },

  async *unpause({ names }, { docker }) {
    for (const container of containersOf(names, docker))
      if (!docker.host.unpause(container)) throw daemonSays(`Container ${container.id} is not paused`);
    yield { stdout: names.map((name) => `${name}\n`).join("") };
  },

  async *tag({ names: [source = "", reference = ""] }, { docker }) {
    if (!docker.host.images.tag(source, reference)) throw daemonSays(`No such image: ${source}`);
    yield { stdout: "" };
  },

  async *events({ options }, { docker, now }) {
    const nowMs = now();
    const fromMs = timeOf(options.since, nowMs);
    const toMs = timeOf(options.until, nowMs);
    if (toMs < fromMs) throw daemonSays(`\`since\` time (${fromMs}) cannot be after \`until\` time (${toMs})`);
    const wanted = (options.filter ?? [])
      .find((filter) => filter.startsWith("label="))
      ?.split("=")
      .at(-1);
    const found = docker.host.events.filter(
      ({ atMs, container }) => atMs >= fromMs && atMs <= toMs && (wanted === undefined || container.project === wanted),
    );
    const lines = found.map((event) => `${JSON.stringify(eventView(event))}\n`);
    if (lines.length > 0) yield { stdout: lines.join("") };
  },

  async *logs({ names, options, switches }, { docker, now }) {
    const [name = ""] = names;
    const container = docker.host.find(name);
    if (!container) throw daemonSays(`No such container: ${name}`);
    const nowMs = now();
    const fromMs = timeOf(options.since, 0);
    const toMs = Math.min(nowMs, timeOf(options.until, nowMs));
    const stamped = switches.has("--timestamps");
    let packet = { stdout: "", stderr: "" };
    for (const { atMs, stream, message } of linesOf(container, fromMs, toMs)) {
      packet[stream] += stamped ? `${goTime(atMs)} ${message}\n` : `${message}\n`;
      if (packet.stdout.length + packet.stderr.length < PACKET_LENGTH) continue;
      yield* both(packet);
      packet = { stdout: "", stderr: "" };
    }
    yield* both(packet);
  },

  async *"compose ls"(_line, { docker }) {
    const projects = docker.compose.projects().map(({ name, status, origin }) => ({
      Name: name,
      Status: status,
      ConfigFiles: origin.configFiles.join(","),
    }));
    yield { stdout: `${JSON.stringify(projects)}\n` };
  },

  async *"compose ps"(line, { docker, now }) {
    if (line.options.format?.[0] !== "json") throw new DockerError("only --format json is simulated");
    const isListed = (container: Container) =>
      line.switches.has("--all") || line.switches.has("-a") || !["exited", "created"].includes(container.state);
    const nowMs = now();
    const containers = docker.compose.containersOf(projectOf(line, docker), line.names).filter(isListed);
    if (containers.length > 0)
      yield { stdout: containers.map((container) => `${JSON.stringify(psView(container, nowMs))}\n`).join("") };
  },

  async *"compose config"(line, context) {
    if (line.options.hash === undefined) throw new DockerError("only config --hash is simulated");
    const services = fileOf(context);
    yield {
      stdout: services
        .map(({ name, configHash }) => `${name} ${configHash}\n`)
        .sort()
        .join(""),
    };
  },

  async *"compose pull"(line, context) {
    const services = fileOf(context).filter(({ name }) => line.names.length === 0 || line.names.includes(name));
    for (const { image } of services) context.docker.host.images.pull(image);
    yield { stderr: services.map(({ name }) => ` ${name} Pulled\n`).join("") };
  },

  async *"compose stop"(line, context) {
    const stopping = context.docker.compose.stop(projectOf(line, context.docker), line.names);
    yield* progress(stopping, "Stopping");
    await ended(stopping, context);
    yield* progress(stopping, "Stopped");
  },

  async *"compose start"(line, { docker }) {
    docker.compose.start(projectOf(line, docker), line.names);
    yield* progress(docker.compose.containersOf(projectOf(line, docker), line.names), "Started");
  },

  async *"compose pause"(line, { docker }) {
    docker.compose.pause(projectOf(line, docker), line.names);
    yield* progress(docker.compose.containersOf(projectOf(line, docker), line.names), "Paused");
  },

  async *"compose unpause"(line, { docker }) {
    docker.compose.unpause(projectOf(line, docker), line.names);
    yield* progress(docker.compose.containersOf(projectOf(line, docker), line.names), "Unpaused");
  },

  async *"compose down"(line, context) {
    const { compose } = context.docker;
    const leaving = compose.takeDown(projectOf(line, context.docker), line.names);
    if (leaving.length === 0)
      yield { stderr: `Warning: No resource found to remove for project "${projectOf(line, context.docker)}".\n` };
    yield* progress(leaving, "Stopping");
    await ended(leaving, context);
    compose.remove(leaving);
    yield* progress(leaving, "Removed");
  },

  async *"compose up"(line, context) {
    const { docker, files } = context;
    const services = fileOf(context);
    const configFiles = Object.keys(files);
    const workingDirectory = line.options.directory?.[0] ?? configFiles[0]?.replace(/\/[^/]*$/, "") ?? "/";
    const scale = Object.fromEntries(
      (line.options.scale ?? []).map((text) => text.split("=")).map(([name = "", count]) => [name, Number(count)]),
    );
    const origin = { workingDirectory, configFiles };
    const project = projectOf(line, docker);
    const forced = new Set(
      line.switches.has("--force-recreate") ? docker.compose.containersOf(project, line.names) : [],
    );
    const up = () => docker.compose.up(project, services, origin, line.names, scale, forced);
    for (let old = up(); old.length > 0; old = up()) {
      yield* progress(old, "Recreate");
      await ended(old, context);
    }
    yield* progress(docker.compose.containersOf(project, line.names), "Started");
  },
};

/** Carries out a command of the simulated docker; what it writes comes as it is written. @throws DockerError. */
export function runCommand(line: CommandLine, context: CommandContext): AsyncGenerator<Written> {
  const command = commands[line.command];
  if (command) return command(line, context);
  const [first = "", second] = line.command.split(" ");
  throw second === undefined
    ? new DockerError(`docker: unknown command: docker ${first}\n\nRun 'docker --help' for more information`)
    : new DockerError(`unknown docker command: "compose ${second}"`);
}

/** @throws DockerError for the first name that no container has. */
function containersOf(names: readonly string[], { host }: DagsterInCompose): Container[] {
  return names.map((name) => {
    const container = host.find(name);
    if (!container) throw daemonSays(`No such container: ${name}`);
    return container;
  });
}

function projectOf(line: CommandLine, docker: DagsterInCompose): string {
  return line.options.project?.[0] ?? docker.project;
}

function fileOf({ files }: CommandContext): ComposeService[] {
  const [text] = Object.values(files);
  if (text === undefined) throw new DockerError("no configuration file provided: not found", 14);
  try {
    return parseComposeFile(text);
  } catch (error) {
    if (error instanceof ComposeFileError) throw new DockerError(error.message, 15);
    throw error;
  }
}

/** ms of an option's RFC 3339 time. Its digits below a ms cannot matter: lines are at whole ones. */
function timeOf(values: string[] | undefined, otherwiseMs: number): number {
  const [text] = values ?? [];
  if (text === undefined) return otherwiseMs;
  const atMs = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
  if (Number.isNaN(atMs)) throw new DockerError(`invalid value for "since": ${text}`);
  return atMs;
}

function* both({ stdout, stderr }: { stdout: string; stderr: string }): Generator<Written> {
  if (stdout !== "") yield { stdout };
  if (stderr !== "") yield { stderr };
}

function* progress(containers: readonly Container[], done: string): Generator<Written> {
  if (containers.length > 0) yield { stderr: containers.map(({ name }) => ` Container ${name}  ${done}\n`).join("") };
}

/** Waits, as a client of the daemon does, until none of them lives any more. */
async function ended(containers: readonly Container[], { now }: CommandContext): Promise<void> {
  for (;;) {
    now();
    if (!containers.some(isAlive)) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
