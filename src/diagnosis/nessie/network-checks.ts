import type { Finding } from "../check.ts";
import { defineCheck } from "../check.ts";
import type { Fact } from "../fact.ts";
import { since, total } from "../sources/metrics.ts";
import { admits, coversPort, describeRule, type Rule, type SecurityGroup } from "../sources/security-groups.ts";
import { count, quote, utc } from "../words.ts";
import { prefixLists } from "./acl-facts.ts";
import { balancerTraffic } from "./metric-facts.ts";
import {
  clients,
  listeners,
  pathGroups,
  pathNetworks,
  type Revocation,
  revocations,
  type Target,
  targets,
} from "./network-facts.ts";

const MINUTE_MS = 60_000;
/** Published minutes without a request that count as silence, domain ms; CloudWatch publishes about a minute late. */
const SILENCE_MS = 4 * MINUTE_MS;

/** A stretch of the way from clients to Nessie. */
interface Stretch {
  /** Which groups have to let through, and in which direction. */
  groups: readonly SecurityGroup[];
  direction: "ingress" | "egress";
  port: number;
  /** Who has to be let through, in words. */
  who: string;
  peer: { cidrs: readonly string[]; groups: readonly string[] };
}

/** The way from clients over the load balancer to Nessie's port, rule by rule. */
export const pathCheck = defineCheck({
  id: "nessie-network-path",
  title: "Security groups from clients over the load balancer to Nessie",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["security-group"],
  needs: { groups: pathGroups, listeners, clients },
  uses: { revocations, traffic: balancerTraffic, networks: pathNetworks, lists: prefixLists },
  judge({ groups, listeners: ports, clients: who }, { nowMs }, { revocations: revoked, traffic, networks, lists }) {
    const known = lists.status === "known" ? lists.value : new Map<string, string[]>();
    const cidrs = networks.status === "known" ? networks.value : undefined;
    const inward: Stretch[] = ports.flatMap(({ port }) =>
      who.map(({ name, cidrs: addresses, securityGroups }) => ({
        groups: groups.balancer,
        direction: "ingress" as const,
        port,
        who: `${name} (${addresses.join(", ") || "no address known"})`,
        peer: { cidrs: addresses, groups: securityGroups },
      })),
    );
    const balancer = { cidrs: cidrs?.balancer ?? [], groups: groups.balancer.map(({ id }) => id) };
    const tasks = { cidrs: cidrs?.tasks ?? [], groups: groups.tasks.map(({ id }) => id) };
    const onward: Stretch[] = [
      { groups: groups.balancer, direction: "egress", port: groups.taskPort, who: "Nessie's tasks", peer: tasks },
      { groups: groups.tasks, direction: "ingress", port: groups.taskPort, who: "the load balancer", peer: balancer },
    ];
    const all = [...inward, ...onward].map((stretch) => ({ stretch, verdict: verdictOf(stretch, known) }));
    const closed = all.flatMap(({ stretch, verdict }) => (verdict === "no" ? [stretch] : []));
    const open = all.every(({ verdict }) => verdict === "yes");
    const silent = isSilent(traffic, nowMs);
    const findings = closed.map((stretch): Finding => {
      const gone = revocationOf(stretch, revoked);
      const isInward = stretch.direction === "ingress" && stretch.groups === groups.balancer;
      // A listener that nobody is let in to may be meant so: it takes a sign that somebody missed it.
      const proven = !isInward || gone !== undefined || (silent && inward.every((one) => closed.includes(one)));
      return {
        verdict: "security-group",
        strength: proven ? "proves" : "supports",
        text: `${closedText(stretch)}${gone ? ` ${goneText(gone)}` : ""}`,
        details: { rule: ruleToReopen(stretch, gone) },
      };
    });
    if (silent) {
      const text = "The load balancer has counted no request in the last published minutes, and it did before.";
      findings.push({ verdict: "security-group", strength: closed.length > 0 ? "supports" : "information", text });
    }
    if (closed.length > 0) return findings;
    if (!open) {
      const parts = all.flatMap(({ stretch, verdict }) =>
        verdict === "unknown" ? [`${stretch.who} on port ${stretch.port}`] : [],
      );
      const text = `It cannot be told whether the rules let through ${parts.join("; ")}: they name prefix lists or networks that could not be read${lists.status === "unknown" ? ` (${lists.reason})` : ""}.`;
      return [...findings, { strength: "information", text }];
    }
    const words = `Every rule on the way is there: ${who.map(({ name }) => name).join(", ")} to port ${ports.map(({ port }) => port).join(" and ")} of the load balancer, and from it to port ${groups.taskPort} of the tasks.`;
    return [...findings, { verdict: "security-group", strength: "against", text: words }];
  },
});

function verdictOf(
  { groups, direction, port, peer }: Stretch,
  lists: ReadonlyMap<string, readonly string[]>,
): "yes" | "no" | "unknown" {
  if (groups.length === 0) return "unknown";
  const rules = groups.flatMap((group) => group[direction]);
  const found = admits(rules, peer, port, lists);
  if (found !== "no" || peer.cidrs.length > 0) return found;
  // Of the peer only the groups are known here: a rule of a network may well include its addresses.
  return rules.some((rule) => coversPort(rule, port) && rule.peer.kind !== "group") ? "unknown" : "no";
}

function closedText({ groups, direction, port, who }: Stretch): string {
  const names = groups.map(({ id, name }) => `${id} (${name})`).join(", ");
  return direction === "ingress"
    ? `No rule of ${names} admits ${who} on port ${port}.`
    : `No rule of ${names} lets connections out to ${who} on port ${port}.`;
}

interface Gone extends Revocation {
  rule?: Rule;
}

/** The newest revocation on one of the stretch's groups that was about its port, or did not say what it was about. */
function revocationOf(stretch: Stretch, revoked: Fact<Revocation[]>): Gone | undefined {
  if (revoked.status !== "known") return undefined;
  for (const revocation of revoked.value) {
    if (revocation.direction !== stretch.direction) continue;
    if (!stretch.groups.some(({ id }) => id === revocation.groupId)) continue;
    if (revocation.rules.length === 0) return revocation;
    const rule = revocation.rules.find((candidate) => coversPort(candidate, stretch.port));
    if (rule) return { ...revocation, rule };
  }
  return undefined;
}

function goneText({ event, rule, direction }: Gone): string {
  const what = rule ? `The rule ${describeRule(rule, direction)}` : "A rule of it";
  return `${what} was revoked at ${utc(event.atMs)} by ${event.by} from ${event.sourceAddress} (CloudTrail ${event.name}).`;
}

/** The rule that is missing: the one that was revoked, or one that lets exactly these clients in. */
function ruleToReopen(stretch: Stretch, gone: Gone | undefined) {
  const groupId = gone?.groupId ?? stretch.groups[0]?.id ?? "";
  const { direction, port, peer } = stretch;
  if (gone?.rule) {
    const { protocol, fromPort, toPort, description } = gone.rule;
    return { groupId, direction, protocol, fromPort, toPort, peer: { ...gone.rule.peer }, description, revoked: true };
  }
  const [group] = peer.groups;
  const [cidr] = peer.cidrs;
  const to = group === undefined ? { kind: "cidr", value: cidr ?? "" } : { kind: "group", value: group };
  return {
    groupId,
    direction,
    protocol: "tcp",
    fromPort: port,
    toPort: port,
    peer: to,
    description: "",
    revoked: false,
  };
}

/** Requests that were there and stopped. */
export function isSilent(traffic: Fact<{ requests: { atMs: number; value: number }[] }>, nowMs: number): boolean {
  if (traffic.status !== "known") return false;
  const { requests } = traffic.value;
  return total(since(requests, nowMs - SILENCE_MS)) === 0 && total(requests) > 0;
}

/** What the load balancer says of its targets. Their health is a symptom: the reason code tells on which side to look. */
export const targetCheck = defineCheck({
  id: "nessie-targets",
  title: "Targets of the load balancer and their reason codes",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["load-balancer-without-targets", "security-group"],
  needs: { targets },
  judge({ targets: all }) {
    const registered = all.filter(({ state }) => state !== "draining" && state !== "unused");
    if (registered.length === 0) {
      const text = `The target group has no target${all.length > 0 ? ` (${count(all.length, "target")} draining)` : ""}: every request is answered with 503.`;
      return [{ verdict: "load-balancer-without-targets", strength: "proves", text }];
    }
    const sick = registered.filter(({ state }) => state === "unhealthy");
    const findings: Finding[] = byReason(sick).map(({ addresses, reason, description }) => {
      const about = MEANINGS[reason];
      const who =
        addresses.length === 1 ? `Target ${addresses[0]} is` : `${addresses.length} targets (${named(addresses)}) are`;
      return {
        ...(reason === "Target.Timeout"
          ? { verdict: "security-group" as const, strength: "supports" as const }
          : { strength: "information" as const }),
        text: `${who} unhealthy: ${reason} (${quote(description)})${about ? `: ${about}` : ""}.`,
      };
    });
    const healthy = registered.filter(({ state }) => state === "healthy").length;
    const text = `${healthy} of ${count(registered.length, "target")} healthy.`;
    return [...findings, { strength: "information", text }];
  },
});

/** Of targets that say the same, so many are named. */
const NAMED_TARGETS = 3;

const named = (addresses: readonly string[]): string => {
  const more = addresses.length - NAMED_TARGETS;
  return `${addresses.slice(0, NAMED_TARGETS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

/** Targets that say the same are one finding: one cause that all of them feel is not as many reasons for it as there are targets. */
function byReason(sick: readonly Target[]): { addresses: string[]; reason: string; description: string }[] {
  const groups = new Map<string, { addresses: string[]; reason: string; description: string }>();
  for (const { address, reason, description } of sick) {
    const key = JSON.stringify([reason, description]);
    const group = groups.get(key) ?? { addresses: [], reason, description };
    group.addresses.push(address);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** What reason codes say about where the fault is (Elastic Load Balancing API reference, TargetHealth). */
const MEANINGS: Record<string, string> = {
  "Target.Timeout": "no answer: the network, a security group, or a process that stands still",
  "Target.ResponseCodeMismatch": "the application answers, with an error",
  "Target.FailedHealthChecks": "the connection is refused: nothing listens there",
  "Target.NotRegistered": "no task is there",
};
