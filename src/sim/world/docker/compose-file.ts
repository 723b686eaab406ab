import { createHash } from "node:crypto";
import { parse, stringify } from "yaml";
import type { ComposeService, RestartPolicy } from "./model.ts";

/** The compose file cannot be used; the message is in compose's manner. */
export class ComposeFileError extends Error {}

type Members = Record<string, unknown>;

const UNITS: Record<string, number> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };
const RESTARTS: readonly string[] = ["no", "always", "unless-stopped", "on-failure"];
const STOP_GRACE_MS = 10_000;

/** The services of a compose file. @throws ComposeFileError. Of the specification it knows what the simulated containers have. */
export function parseComposeFile(text: string): ComposeService[] {
  let file: unknown;
  try {
    file = parse(text);
  } catch (error) {
    throw new ComposeFileError(`yaml: ${(error as Error).message.split("\n")[0]}`);
  }
  const services = members(members(file).services);
  if (Object.keys(services).length === 0) throw new ComposeFileError("no service selected");
  return Object.entries(services).map(([name, service]) => serviceOf(name, members(service)));
}

function serviceOf(name: string, service: Members): ComposeService {
  if (typeof service.image !== "string")
    throw new ComposeFileError(
      `service "${name}" has neither an image nor a build context specified: invalid compose project`,
    );
  const deploy = members(service.deploy);
  const limit = service.mem_limit ?? members(members(deploy.resources).limits).memory ?? 0;
  const restart = String(service.restart ?? "no").replace(/:.*/, "");
  const dependsOn = service.depends_on;
  const [port = "0"] = Array.isArray(service.ports) ? service.ports.map(String) : [];
  const test = members(service.healthcheck).test;
  return {
    name,
    image: service.image,
    command: Array.isArray(service.command) ? service.command.map(String) : [],
    environment: environmentOf(service.environment),
    memoryBytes: bytesOf(String(limit)),
    restart: (RESTARTS.includes(restart) ? restart : "no") as RestartPolicy,
    port: Number(port.split(":").at(-1)),
    healthCommand: typeof test === "string" ? test : undefined,
    dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : Object.keys(members(dependsOn)),
    scale: Number(deploy.replicas ?? service.scale ?? 1),
    stopGraceMs: secondsOf(service.stop_grace_period),
    // How many there are does not make them other ones.
    configHash: createHash("sha256")
      .update(JSON.stringify({ ...service, scale: undefined, deploy: limit }))
      .digest("hex"),
  };
}

const members = (value: unknown): Members =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Members) : {};

function environmentOf(value: unknown): Record<string, string> {
  const pairs = Array.isArray(value)
    ? value.map((item) => String(item).split(/=(.*)/s).slice(0, 2))
    : Object.entries(members(value));
  return Object.fromEntries(pairs.map(([variable, text]) => [String(variable), String(text ?? "")]));
}

function bytesOf(text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(text.trim());
  if (!found) throw new ComposeFileError(`invalid size: '${text}'`);
  return Math.round(Number(found[1]) * (UNITS[(found[2] ?? "").toLowerCase()] ?? 1));
}

function secondsOf(value: unknown): number {
  const found = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(String(value ?? ""));
  if (value === undefined || !found) return STOP_GRACE_MS;
  return (Number(found[1] ?? 0) * 60 + Number(found[2] ?? 0)) * 1000;
}

/** What a service of a project that is to be simulated says in its compose file. */
export type ComposeDraft = Pick<
  ComposeService,
  "name" | "image" | "command" | "environment" | "restart" | "port" | "dependsOn"
> & {
  memoryMb: number;
  healthCommand: string;
};

/** The services as a compose file. */
export function composeFileText(project: string, services: readonly ComposeDraft[]): string {
  const entries = services.map(
    ({ name, image, command, environment, restart, port, dependsOn, memoryMb, healthCommand }) => [
      name,
      {
        image,
        command,
        ...(port > 0 ? { ports: [`${port}:${port}`] } : {}),
        ...(dependsOn.length > 0 ? { depends_on: dependsOn } : {}),
        mem_limit: `${memoryMb}m`,
        restart,
        healthcheck: { test: healthCommand, interval: "30s" },
        environment,
      },
    ],
  );
  return stringify({ name: project, services: Object.fromEntries(entries) }, { lineWidth: 0 });
}
