import { Failure } from "../../base/failure.ts";
import type { ComposeFiles, DockerOperation, DockerOperations } from "./contract.ts";

/** What docker itself allows as names of projects, services and containers. None begins with a dash: none can be taken for an option. */
const PROJECT = /^[a-z0-9][a-z0-9_-]*$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

type Arguments = { [O in DockerOperation]: (input: DockerOperations[O]["input"]) => string[] };

const argumentsBy: Arguments = {
  ComposeLs: () => ["compose", "ls", "--all", "--format", "json"],
  ComposePs: ({ project }) => [...compose(project), "ps", "--all", "--no-trunc", "--format", "json"],
  ComposeHash: ({ project, ...files }) => [...compose(project, files), "config", "--hash", "*"],
  Inspect: ({ containers }) => ["inspect", "--type", "container", ...some("container", containers)],
  Events: ({ project, since, until }) => [
    "events",
    "--since",
    time(since),
    "--until",
    time(until),
    "--filter",
    "type=container",
    "--filter",
    `label=com.docker.compose.project=${projectName(project)}`,
    "--format",
    "{{json .}}",
  ],
  Logs: ({ container, since, until }) => [
    "logs",
    "--timestamps",
    ...(since === undefined ? [] : ["--since", time(since)]),
    ...(until === undefined ? [] : ["--until", time(until)]),
    named(container),
  ],
  ComposeStop: (input) => selected("stop", input),
  ComposeStart: (input) => selected("start", input),
  ComposePause: (input) => selected("pause", input),
  ComposeUnpause: (input) => selected("unpause", input),
  Start: ({ containers }) => ["start", ...some("container", containers)],
  Pause: ({ containers }) => ["pause", ...some("container", containers)],
  Unpause: ({ containers }) => ["unpause", ...some("container", containers)],
  ComposeDown: (input) => selected("down", input),
  ComposePull: ({ project, services, ...files }) => [
    ...compose(project, files),
    "pull",
    "--quiet",
    // What is built on the host is in no registry.
    "--ignore-buildable",
    ...some("service", services),
  ],
  Tag: ({ source, reference }) => ["tag", image(source), image(reference)],
  ComposeUp: ({ project, services, scale, recreate, ...files }) => [
    ...compose(project, files),
    "up",
    "--detach",
    ...(recreate ? ["--force-recreate", "--pull", "never"] : []),
    // Only what is named: what it depends on was not taken down and is not to be touched.
    "--no-deps",
    ...Object.entries(scale).flatMap(([service, count]) => ["--scale", `${named(service)}=${count}`]),
    ...some("service", services),
  ],
};

/** The arguments of a docker command line, the program's name not among them. @throws Failure for a name that could be taken for an option. */
export function argumentsOf(operation: string, input: object): string[] {
  const make = (argumentsBy as unknown as Record<string, ((input: object) => string[]) | undefined>)[operation];
  if (make) return make(input);
  const why = "docker has no such operation";
  throw new Failure({ kind: "bug", what: `docker:${operation}`, why, next: "Report this; nothing was run." });
}

function compose(project: string, files?: ComposeFiles): string[] {
  const { files: paths = [], directory = "", environmentFiles = [] } = files ?? {};
  return [
    "compose",
    "-p",
    projectName(project),
    ...(directory === "" ? [] : ["--project-directory", path(directory)]),
    ...paths.flatMap((file) => ["-f", path(file)]),
    ...environmentFiles.flatMap((file) => ["--env-file", path(file)]),
  ];
}

function projectName(project: string): string {
  if (PROJECT.test(project)) return project;
  throw notA("compose project", project);
}

const selected = (verb: string, { project, services }: { project: string; services: string[] }): string[] => [
  ...compose(project),
  verb,
  ...some("service", services),
];

/** Without a name the command would mean all of them, or nothing that anybody wants. */
function some(what: string, names: readonly string[]): string[] {
  if (names.length === 0) throw notA(`list of ${what}s`, "nothing");
  return names.map(named);
}

function named(name: string): string {
  if (NAME.test(name)) return name;
  throw notA("name of a container or service", name);
}

function image(text: string): string {
  if (IMAGE.test(text)) return text;
  throw notA("name or id of an image", text);
}

function time(text: string): string {
  if (TIME.test(text)) return text;
  throw notA("time", text);
}

function path(text: string): string {
  if (text.startsWith("/")) return text;
  throw notA("absolute path", text);
}

function notA(what: string, found: string): Failure {
  return new Failure({
    kind: "invalid",
    what: "docker",
    why: `${JSON.stringify(found)} is no ${what}`,
    next: "Nothing was run. Check dagster.composeProject and the settings beside it; mayday config shows where each comes from.",
  });
}
