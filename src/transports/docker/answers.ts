import { sanitizeLine } from "../../base/text.ts";
import type { ComposeContainer, DockerOperations, InspectedContainer, ServiceCount } from "./contract.ts";
import { badAnswer } from "./failure.ts";

type Members = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? sanitizeLine(value) : "");
const count = (value: unknown): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const members = (value: unknown): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};
const paths = (value: unknown): string[] =>
  text(value)
    .split(",")
    .filter((path) => path !== "");

/** One JSON object a line (compose 2.21 and newer), or one array of them (older). */
function objects(operation: string, output: string): Members[] {
  const trimmed = output.trim();
  if (trimmed === "" || trimmed === "null") return [];
  try {
    const parsed: unknown[] = trimmed.startsWith("[")
      ? (JSON.parse(trimmed) as unknown[])
      : trimmed.split("\n").map((line) => JSON.parse(line) as unknown);
    return parsed.map(members);
  } catch {
    throw badAnswer(operation, "docker's answer is not the JSON that it was asked for");
  }
}

/** @throws Failure when docker's answer is no JSON. */
export function composePs(
  output: string,
  { services, whole }: DockerOperations["ComposePs"]["input"],
): DockerOperations["ComposePs"]["output"] {
  const found = objects("ComposePs", output);
  const containers = found.map(composeContainer);
  const names = services ?? [...new Set(containers.map(({ Service }) => Service))].sort();
  return {
    containers: services ? containers.filter(({ Service }) => services.includes(Service)) : containers,
    services: names.map((name) => countOf(name, containers)),
    ...(whole ? { whole: found } : {}),
  };
}

function composeContainer(found: Members): ComposeContainer {
  // Values of labels may hold commas; this one is True or False.
  const isOneOff = /(^|,)com\.docker\.compose\.oneoff=True(,|$)/.test(String(found.Labels ?? ""));
  return {
    ID: text(found.ID),
    Name: text(found.Name),
    Service: text(found.Service),
    State: text(found.State).toLowerCase(),
    Health: text(found.Health),
    Image: text(found.Image),
    OneOff: isOneOff,
  };
}

function countOf(service: string, containers: readonly ComposeContainer[]): ServiceCount {
  const own = containers.filter(({ Service, OneOff }) => Service === service && !OneOff);
  const up = own.filter(({ State }) => State === "running" || State === "restarting").length;
  const paused = own.filter(({ State }) => State === "paused").length;
  return { Service: service, containers: own.length, up, paused, stopped: own.length - up - paused };
}

/** @throws Failure when docker's answer is no JSON. */
export function inspected(output: string, whole: boolean | undefined): DockerOperations["Inspect"]["output"] {
  const found = objects("Inspect", output);
  return { containers: found.map(inspectedContainer), ...(whole ? { whole: found } : {}) };
}

/** An allow-list: what is not named here stays out of plans, record and screen. */
function inspectedContainer(found: Members): InspectedContainer {
  const config = members(found.Config);
  const host = members(found.HostConfig);
  const state = members(found.State);
  const labels = members(config.Labels);
  const label = (name: string) => text(labels[`com.docker.compose.${name}`]);
  return {
    Id: text(found.Id),
    Name: text(found.Name).replace(/^\//, ""),
    Project: label("project"),
    Service: label("service"),
    OneOff: label("oneoff") === "True",
    // `webserver:service_started:true,other:...`
    DependsOn: label("depends_on")
      .split(",")
      .map((dependency) => dependency.split(":")[0] ?? "")
      .filter((name) => name !== ""),
    Image: text(config.Image),
    ImageId: text(found.Image),
    Created: text(found.Created),
    State: {
      Status: text(state.Status),
      ExitCode: count(state.ExitCode),
      OOMKilled: state.OOMKilled === true,
      Error: text(state.Error),
      StartedAt: text(state.StartedAt),
      FinishedAt: text(state.FinishedAt),
      Health: text(members(state.Health).Status),
    },
    RestartCount: count(found.RestartCount),
    RestartPolicy: text(members(host.RestartPolicy).Name) || "no",
    MemoryLimit: count(host.Memory),
    LogDriver: text(members(host.LogConfig).Type),
    ConfigFiles: paths(labels["com.docker.compose.project.config_files"]),
    WorkingDirectory: label("project.working_dir"),
    EnvironmentFiles: paths(labels["com.docker.compose.project.environment_file"]),
    ConfigHash: label("config-hash"),
  };
}

/** @throws Failure when docker's answer is no JSON. */
export function containerEvents(output: string, whole: boolean | undefined): DockerOperations["Events"]["output"] {
  const found = objects("Events", output);
  const events = found.map((event) => {
    const actor = members(event.Actor);
    const attributes = members(actor.Attributes);
    const code = Number(attributes.exitCode ?? Number.NaN);
    return {
      Action: text(event.Action),
      ContainerId: text(actor.ID),
      Name: text(attributes.name),
      Service: text(attributes["com.docker.compose.service"]),
      ExitCode: Number.isNaN(code) ? null : code,
      atMs: Math.floor(count(event.timeNano) / 1e6),
    };
  });
  return { events, ...(whole ? { whole: found } : {}) };
}

/** @throws Failure when docker's answer is no JSON. */
export function composeLs(output: string): DockerOperations["ComposeLs"]["output"] {
  return {
    projects: objects("ComposeLs", output).map(({ Name, Status, ConfigFiles }) => ({
      Name: text(Name),
      Status: text(Status),
      ConfigFiles: text(ConfigFiles),
    })),
  };
}

/** A line a service: its name and the hash of its configuration. */
export function composeHash(output: string): DockerOperations["ComposeHash"]["output"] {
  const lines = output.split("\n").map((line) => sanitizeLine(line).trim().split(/\s+/));
  return { services: lines.flatMap(([Service, Hash]) => (Service && Hash ? [{ Service, Hash }] : [])) };
}
