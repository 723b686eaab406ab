import type { Scenario } from "../scenario.ts";
import { Colleague } from "../world/colleague.ts";
import { steadyBehaviour, type TaskBehaviour, wobble } from "../world/ecs/behaviour.ts";
import { processRuns, type Task } from "../world/ecs/model.ts";
import { History } from "../world/history.ts";
import { PORTS } from "../world/lakehouse-network.ts";
import { capacity } from "../world/lakehouse-scaling.ts";
import { quarkusLine } from "../world/logs/nessie-lines.ts";
import { SAMPLE_PERIOD_MS } from "../world/metrics/traffic.ts";
import type { Rule } from "../world/network/model.ts";
import type { RandomStream } from "../world/random.ts";
import type { World } from "../world/world.ts";
import { nessieContained, nessieHealthyFor } from "./conditions.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
/** The client that floods: a notebook of analysts in a network of their own, which has just been let in. */
const CLIENT = "172.20.14.23";
const CLIENT_RULE: Omit<Rule, "id"> = {
  egress: false,
  protocol: "tcp",
  fromPort: PORTS.listener,
  toPort: PORTS.listener,
  peer: { cidr: "172.20.14.0/24" },
  description: "analytics notebooks",
};
/** When the flood begins, relative to the scenario's start: three periods of the alarm end soon after it. */
const BEGINS_MS = -17 * MINUTE_MS;
/** What the flood needs as a multiple of the service at its maximum with the template's CPU; ordinary traffic comes on top. */
const FLOOD = 1.15;
/** Requests a second of the template's other clients. */
const ORDINARY_RATE = 14;
/** Requests a second that one task of the template's CPU can answer. */
const REQUESTS_PER_TASK = 21;
/** Share of a task's CPU that goes without requests. */
const OWN_LOAD = 0.08;
const TEMPLATE_CPU = 1024;

/** Whether the load balancer's groups let the client in. */
function clientAdmitted(world: World): boolean {
  const { ip, securityGroups: groups } = world.lakehouse.loadBalancer;
  return world.network.admitsFrom(CLIENT, { ip, groups }, PORTS.listener);
}

/** Requests a second of the flood now; it began `BEGINS_MS` and rises within two minutes. */
function floodRate(world: World, atMs: number): number {
  const age = atMs - (world.epochMs + BEGINS_MS);
  if (age <= 0 || !clientAdmitted(world)) return 0;
  const { max } = capacity(world.names.environment);
  return FLOOD * max * REQUESTS_PER_TASK * Math.min(1, age / (2 * MINUTE_MS));
}

/** What the present was, for what is told of it later. */
interface Past {
  /** Requests a second of the flood. */
  flood: History;
  /** Requests a second that each serving task gets. */
  perTask: History;
}

/** Requests a second that each serving task gets now. */
function requestsPerTask(world: World): number {
  const { service, traffic, targetGroup } = world.lakehouse;
  const serving = service.tasks.filter(
    (task) => processRuns(task) && targetGroup.targets.get(task.network.privateIp)?.state === "healthy",
  );
  return traffic.requestsPerSecond / Math.max(1, serving.length);
}

/** Share of its CPU that a task needs for so many requests a second; above 1 it cannot keep up. */
function load(perTask: number, { definition }: Task): number {
  return OWN_LOAD + (perTask / REQUESTS_PER_TASK) * (TEMPLATE_CPU / definition.cpuUnits);
}

function floodLine(atMs: number, random: RandomStream, latencyMs: number): string {
  const reference = random.pick(["main", "main", "main", "etl-nightly"]);
  const request = `GET /api/v2/trees/${reference}/entries?max-records=10000&content=true HTTP/1.1`;
  const tookMs = Math.max(1, Math.round(latencyMs * random.between(0.7, 1.6)));
  const text = `${CLIENT} - - "${request}" 200 ${random.whole(180_000, 920_000)} ${tookMs}ms`;
  return quarkusLine(atMs, "INFO", "io.qua.htt.access-log", `executor-thread-${random.whole(1, 24)}`, text);
}

/** A task that is as busy as its part of the requests makes it. It stays alive: health checks are cheap. */
function busy(world: World, past: Past, task: Task, random: RandomStream): TaskBehaviour {
  const steady = steadyBehaviour(random);
  const phase = random.between(0, 6.28);
  const startedAtMs = task.startedAtMs ?? world.kernel.nowMs;
  const latencyMsAt = (ageMs: number) => {
    const excess = load(past.perTask.atMinuteOf(startedAtMs + ageMs), task) - 0.75;
    return steady.latencyMsAt(ageMs) * (1 + 90 * Math.max(0, Math.min(1, excess)) ** 2);
  };
  return {
    ...steady,
    cpuAt: (ageMs) => {
      if (ageMs < steady.readyAfterMs) return steady.cpuAt(ageMs);
      const needed = load(past.perTask.at(startedAtMs + ageMs), task);
      return Math.min(0.985, needed) + 0.012 * wobble(ageMs, phase);
    },
    latencyMsAt,
    trouble: {
      share: (ageMs) => {
        const rate = past.flood.atMinuteOf(startedAtMs + ageMs);
        return rate / (rate + ORDINARY_RATE);
      },
      line: (atMs, ageMs, stream) => floodLine(atMs, stream, latencyMsAt(ageMs)),
    },
  };
}

function arrange(world: World): void {
  const { traffic, loadBalancer } = world.lakehouse;
  const { kernel } = world;
  const group = world.network.groups.get(loadBalancer.securityGroups[0] ?? "")!;
  const past: Past = { flood: new History(), perTask: new History() };
  world.behaviourOf = (task, random) => busy(world, past, task, random);
  runNessieForDays(world, "nessie-cpu-high");
  const measure = () => {
    const flood = floodRate(world, kernel.nowMs);
    traffic.requestsPerSecond = ORDINARY_RATE + flood;
    past.flood.note(kernel.nowMs, flood);
    past.perTask.note(kernel.nowMs, requestsPerTask(world));
  };
  measure();
  kernel.every(kernel.nowMs, SAMPLE_PERIOD_MS, measure);
  kernel.at(world.epochMs - 58 * MINUTE_MS, () => {
    world.network.addRule(group, CLIENT_RULE);
    const permission = { ipProtocol: "tcp", fromPort: PORTS.listener, toPort: PORTS.listener };
    const ipRanges = [{ cidrIp: "172.20.14.0/24", description: CLIENT_RULE.description }];
    Colleague.inRole(world, "platform-engineer", "ines").did({
      source: "ec2",
      name: "AuthorizeSecurityGroupIngress",
      input: { groupId: group.id, ipPermissions: [{ ...permission, ipRanges }] },
      resources: [{ ResourceType: "AWS::EC2::SecurityGroup", ResourceName: group.id }],
    });
  });
}

/** One client asks for everything all the time, and all tasks together cannot keep up. */
export const nessieCpuHigh: Scenario = {
  id: "nessie-cpu-high",
  title: "Nessie's CPU is saturated",
  description:
    "One client floods Nessie: CPU stays above 80 % until the alarm fires, the load balancer counts many times the usual requests, autoscaling goes to its maximum and does not help.",
  catalogs: ["nessie"],
  diagnosis: {
    verdict: "cpu-saturated",
    text: `The tasks' CPU is saturated by requests: the load balancer's request count rose many times over while tasks and targets are healthy, and most lines of the access log come from one client (${CLIENT}, let in by a rule of the load balancer's security group). Autoscaling is at its maximum.`,
  },
  contained: {
    text: "The client is shut out (its rule on the load balancer's security group is gone), or Nessie is held at zero.",
    holds: (world) => !clientAdmitted(world) || nessieContained.holds(world),
  },
  resolved: {
    text: "The alarm is OK, every task needs less than 80 % of its CPU (a larger CPU size, a higher maximum, or the client shut out), and all targets have been healthy for five minutes.",
    holds: (world) =>
      world.alarms.byName.get(`${world.names.alarmPrefix}-nessie-cpu-high`)?.state === "OK" &&
      world.lakehouse.service.tasks.filter(processRuns).every((task) => load(requestsPerTask(world), task) < 0.8) &&
      nessieHealthyFor(world, 5 * MINUTE_MS),
  },
  arrange,
};
