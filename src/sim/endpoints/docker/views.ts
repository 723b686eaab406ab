import type { HostEvent } from "../../world/docker/host.ts";
import { type Container, isAlive } from "../../world/docker/model.ts";

/** Times as Go writes them: RFC 3339 with nine digits; the zero time stands for never. */
export const goTime = (atMs: number | undefined): string =>
  atMs === undefined ? "0001-01-01T00:00:00Z" : new Date(atMs).toISOString().replace(/(\.\d{3})Z$/, "$1000000Z");

/** Health as the container's check finds it. */
function healthOf({ service, state, startedAtMs = 0, process }: Container, nowMs: number): string {
  if (service.healthCommand === undefined || state !== "running") return "";
  const ageMs = nowMs - startedAtMs;
  if (ageMs < (process?.behaviour?.readyAfterMs ?? 0)) return "starting";
  return process?.behaviour?.probe(ageMs) === "ok" ? "healthy" : "unhealthy";
}

function ago(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  const [size, unit] = (
    [
      [86_400, "day"],
      [3600, "hour"],
      [60, "minute"],
    ] as const
  ).find(([at]) => seconds >= 2 * at) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function statusOf(container: Container, nowMs: number): string {
  const { state, exitCode, startedAtMs = nowMs, finishedAtMs = nowMs } = container;
  const health = healthOf(container, nowMs);
  if (state === "created") return "Created";
  if (state === "restarting") return `Restarting (${exitCode}) ${ago(nowMs - finishedAtMs)} ago`;
  if (state === "exited") return `Exited (${exitCode}) ${ago(nowMs - finishedAtMs)} ago`;
  const suffix =
    state === "paused" ? " (Paused)" : health === "starting" ? " (health: starting)" : health ? ` (${health})` : "";
  return `Up ${ago(nowMs - startedAtMs)}${suffix}`;
}

function labelsOf({ service, project, origin, number, oneOff }: Container): Record<string, string> {
  return {
    "com.docker.compose.config-hash": service.configHash,
    "com.docker.compose.container-number": String(number),
    "com.docker.compose.depends_on": service.dependsOn.map((name) => `${name}:service_started:false`).join(","),
    "com.docker.compose.oneoff": oneOff ? "True" : "False",
    "com.docker.compose.project": project,
    "com.docker.compose.project.config_files": origin.configFiles.join(","),
    "com.docker.compose.project.working_dir": origin.workingDirectory,
    "com.docker.compose.service": service.name,
    "com.docker.compose.version": "2.40.3",
  };
}

/** A line of `docker compose ps --format json`: the members that compose's formatter has, in its order. */
export function psView(container: Container, nowMs: number): object {
  const { id, name, project, service, state, exitCode, createdAtMs } = container;
  const labels = Object.entries(labelsOf(container)).map(([label, value]) => `${label}=${value}`);
  return {
    Command: JSON.stringify(service.command.join(" ")),
    CreatedAt: `${new Date(createdAtMs).toISOString().slice(0, 19).replace("T", " ")} +0000 UTC`,
    ExitCode: state === "exited" ? exitCode : 0,
    Health: healthOf(container, nowMs),
    ID: id,
    Image: service.image,
    Labels: labels.join(","),
    LocalVolumes: "0",
    Mounts: "",
    Name: name,
    Names: name,
    Networks: `${project}_default`,
    Ports: service.port > 0 && isAlive(container) ? `0.0.0.0:${service.port}->${service.port}/tcp` : "",
    Project: project,
    Publishers: [],
    RunningFor: `${ago(nowMs - createdAtMs)} ago`,
    Service: service.name,
    Size: "0B",
    State: state,
    Status: statusOf(container, nowMs),
  };
}

/** A line of `docker events --format '{{json .}}'`. */
export function eventView({ action, container, exitCode, atMs }: HostEvent): object {
  const { id, name, project, service } = container;
  const attributes = {
    "com.docker.compose.project": project,
    "com.docker.compose.service": service.name,
    ...(exitCode === undefined ? {} : { exitCode: String(exitCode) }),
    image: service.image,
    name,
  };
  return {
    status: action,
    id,
    from: service.image,
    Type: "container",
    Action: action,
    Actor: { ID: id, Attributes: attributes },
    scope: "local",
    time: Math.floor(atMs / 1000),
    timeNano: atMs * 1_000_000,
  };
}

/** An element of `docker inspect`: as far as it is simulated. */
export function inspectView(container: Container, nowMs: number): object {
  const { id, name, project, service, imageId, state, exitCode, oomKilled, restartCount, createdAtMs } = container;
  const health = healthOf(container, nowMs);
  return {
    Id: id,
    Created: goTime(createdAtMs),
    Path: service.command[0] ?? "",
    Args: service.command.slice(1),
    State: {
      Status: state,
      Running: state !== "exited" && state !== "created",
      Paused: state === "paused",
      Restarting: state === "restarting",
      OOMKilled: oomKilled,
      Dead: false,
      Pid: isAlive(container) ? 4242 : 0,
      ExitCode: exitCode,
      Error: "",
      StartedAt: goTime(container.startedAtMs),
      FinishedAt: goTime(container.finishedAtMs),
      ...(health ? { Health: { Status: health, FailingStreak: health === "unhealthy" ? 1 : 0, Log: [] } } : {}),
    },
    Image: imageId,
    LogPath: `/var/lib/docker/containers/${id}/${id}-json.log`,
    Name: `/${name}`,
    RestartCount: restartCount,
    Driver: "overlay2",
    HostConfig: {
      LogConfig: { Type: "json-file", Config: {} },
      NetworkMode: `${project}_default`,
      RestartPolicy: { Name: service.restart, MaximumRetryCount: 0 },
      Memory: service.memoryBytes,
    },
    Config: {
      Hostname: id.slice(0, 12),
      Tty: false,
      Env: Object.entries(service.environment).map(([variable, value]) => `${variable}=${value}`),
      Cmd: service.command,
      Image: service.image,
      Labels: labelsOf(container),
    },
  };
}
