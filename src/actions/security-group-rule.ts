import * as z from "zod";
import type { OutputOf } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import { addressInRange } from "../policy/ip.ts";
import type { ActionDefinition, CallStep, Check, PrepareContext, Prepared, Reading, WaitStep } from "./contract.ts";

type Group = NonNullable<OutputOf<"ec2", "DescribeSecurityGroups">["SecurityGroups"]>[number];

/** One rule of a security group with one peer: a network or a group. Ports are undefined for all. */
interface Rule {
  direction: "ingress" | "egress";
  protocol: string;
  fromPort?: number;
  toPort?: number;
  peer: string;
  description?: string;
}

const operations = [
  "ec2:DescribeSecurityGroups",
  "ec2:AuthorizeSecurityGroupIngress",
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:RevokeSecurityGroupIngress",
  "ec2:RevokeSecurityGroupEgress",
  "sts:GetCallerIdentity",
];

const reopenParameters = z.object({
  group: z.string().describe("Id of the security group"),
  direction: z
    .enum(["ingress", "egress"])
    .default("ingress")
    .describe("ingress: who may come in; egress: who may be reached"),
  protocol: z.string().default("tcp").describe("tcp, udp, or -1 for all"),
  from: z.coerce.number().int().min(-1).max(65_535).describe("First port (-1: all)"),
  to: z.coerce.number().int().min(-1).max(65_535).describe("Last port (-1: all)"),
  peer: z.string().describe("The network (10.0.0.0/8) or security group (sg-...) on the other side"),
  description: z.string().default("").describe("Description of the rule"),
});

/** Puts one rule of a security group back, exactly the one that is named; undo revokes exactly it. */
export const reopenSecurityGroupRule: ActionDefinition<z.infer<typeof reopenParameters>> = {
  id: "reopen-security-group-rule",
  title: "Open a security group: one rule that was revoked",
  description: "Authorizes exactly one rule. Undo revokes exactly that rule.",
  runbook: "Common Failure Runbooks > Nessie Unreachable",
  tier: "yes",
  parameters: reopenParameters,
  operations,
  async prepare(context, given) {
    const group = await readGroup(context, given.group.trim());
    const rule = ruleOf(given);
    const open = world(rule.peer);
    const checks: Check[] = [
      environmentCheck(context, group),
      {
        label: "rule",
        status: has(group, rule) ? "fail" : "pass",
        detail: has(group, rule) ? `${words(rule)} is there already` : `${words(rule)} is not there`,
      },
      {
        label: "who it lets in",
        status: open ? "warn" : "pass",
        detail: open ? `${rule.peer} is everybody` : sanitizeLine(rule.peer),
      },
    ];
    const title = `Open ${nameOf(group)}: ${words(rule)}`;
    return plan(reopenSecurityGroupRule.id, context, {
      group,
      checks,
      title,
      // Opening to everybody is nothing to do by one letter.
      tier: open ? "name" : "yes",
      parameters: { ...given },
      effects: [`Connections by ${words(rule)} are let through at once.`],
      undone: `New connections by ${words(rule)} are dropped again: where it is the way to Nessie, nobody reaches it.`,
      step: { ...authorize(group, rule, "authorize"), undo: [revoke(group, rule, "revoke-again")] },
      present: true,
      rule,
    });
  },
};

const closeParameters = z.object({
  address: z.string().describe("Address of the client to shut out"),
  group: z.string().default("").describe("Id of the security group (empty: those of Nessie's load balancer)"),
});

/** Revokes the narrowest rule that lets one address in, when it lets in nobody who is known to need it. Undo puts it back. */
export const closeSecurityGroupRule: ActionDefinition<z.infer<typeof closeParameters>> = {
  id: "close-security-group-rule",
  title: "Shut a client out: revoke the rule that lets it in",
  description: "Finds the narrowest rule that lets the address in, and revokes exactly it. Can be undone.",
  runbook: "Monitoring Escalation > CloudWatch Alarms",
  tier: "name",
  parameters: closeParameters,
  operations: [...operations, "elbv2:DescribeLoadBalancers"],
  async prepare(context, { address, group: named }) {
    const client = address.trim();
    const ids = named.trim() === "" ? await balancerGroups(context) : [named.trim()];
    const groups = await Promise.all(ids.map((id) => readGroup(context, id)));
    const found = groups
      .flatMap((group) => rulesOf(group).map((rule) => ({ group, rule })))
      .filter(({ rule }) => rule.direction === "ingress" && addressInRange(client, rule.peer) === true)
      .sort((a, b) => prefixLength(b.rule.peer) - prefixLength(a.rule.peer));
    const [narrowest] = found;
    if (!narrowest) {
      throw new Failure({
        kind: "not-found",
        what: `shut ${sanitizeLine(client)} out`,
        why: `no rule of ${ids.join(", ")} with a network lets it in`,
        next: "It may come in by a rule with a security group or a prefix list: revoke that one by hand.",
      });
    }
    const { group, rule } = narrowest;
    const others = found.slice(1).map(({ rule: other }) => words(other));
    const wide = prefixLength(rule.peer) < WIDE_PREFIX;
    const checks: Check[] = [
      environmentCheck(context, group),
      {
        label: "who else it lets in",
        status: wide ? "fail" : "warn",
        detail: wide
          ? `${rule.peer} is a wide network: others who need Nessie are in it; shut the client out where it runs`
          : `everybody in ${rule.peer}${rule.description ? ` ("${rule.description}")` : ""} is shut out with it`,
      },
      {
        label: "other rules",
        status: others.length > 0 ? "warn" : "pass",
        detail: others.length > 0 ? `it still comes in by ${others.join("; ")}` : "no other rule lets it in",
      },
    ];
    return plan(closeSecurityGroupRule.id, context, {
      group,
      checks,
      title: `Shut ${sanitizeLine(client)} out of ${nameOf(group)}: revoke ${words(rule)}`,
      tier: "name",
      parameters: { address: client, group: group.GroupId ?? "" },
      effects: [`New connections from ${rule.peer} are dropped; what is open goes on until it ends.`],
      undone: `${rule.peer} gets in again at once: with everything that it asks, if it still floods.`,
      step: { ...revoke(group, rule, "revoke"), undo: [authorize(group, rule, "authorize-again")] },
      present: false,
      rule,
    });
  },
};

/** Networks wider than this are whole sites, not one client's. */
const WIDE_PREFIX = 16;

async function balancerGroups({ aws, deployment, signal }: PrepareContext): Promise<string[]> {
  const name = deployment.nessie?.loadBalancer;
  if (name !== undefined) {
    const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
    const { output } = await aws.call("elbv2", "DescribeLoadBalancers", { Names: [name] }, options);
    return output.LoadBalancers?.[0]?.SecurityGroups ?? [];
  }
  const next = "Name the security group.";
  throw new Failure({ kind: "not-found", what: "load balancer", why: "this lakehouse has no Nessie", next });
}

async function readGroup({ aws, signal }: PrepareContext, id: string): Promise<Group> {
  const options = { purpose: "action" as const, ...(signal ? { signal } : {}) };
  const { output } = await aws.call("ec2", "DescribeSecurityGroups", { GroupIds: [id] }, options);
  const [group] = output.SecurityGroups ?? [];
  if (group) return group;
  throw new Failure({ kind: "not-found", what: `security group ${id}`, why: "there is none", next: "Check the id." });
}

function ruleOf(given: z.infer<typeof reopenParameters>): Rule {
  const { direction, from, to } = given;
  const [protocol, peer, description] = [given.protocol.trim(), given.peer.trim(), given.description.trim()];
  if (!isGroup(peer) && addressInRange(peer.split("/")[0] ?? "", peer) === undefined) {
    throw new Failure({
      kind: "invalid",
      what: "peer of the rule",
      why: `"${sanitizeLine(peer)}" is neither a network nor a security group`,
      next: "Give a network such as 10.0.0.0/8, or a group such as sg-0123.",
    });
  }
  const ports = from === -1 || protocol === "-1" ? {} : { fromPort: from, toPort: to };
  return { direction, protocol, ...ports, peer, ...(description === "" ? {} : { description }) };
}

const isGroup = (peer: string) => peer.startsWith("sg-");
const isSix = (peer: string) => peer.includes(":");
const world = (peer: string) => peer === "0.0.0.0/0" || peer === "::/0";
const prefixLength = (cidr: string) => Number(cidr.split("/")[1] ?? 32);
const nameOf = ({ GroupId = "", GroupName = "" }: Group) => sanitizeLine(`${GroupId} (${GroupName})`);

function words({ direction, protocol, fromPort, toPort, peer }: Rule): string {
  const ports =
    fromPort === undefined ? "all ports" : fromPort === toPort ? `port ${fromPort}` : `ports ${fromPort} to ${toPort}`;
  const by = protocol === "-1" ? "all protocols" : protocol;
  return sanitizeLine(`${by} ${ports} ${direction === "ingress" ? "from" : "to"} ${peer}`);
}

function rulesOf(group: Group): Rule[] {
  const side = (direction: Rule["direction"], permissions: Group["IpPermissions"]) =>
    (permissions ?? []).flatMap(({ IpProtocol = "-1", FromPort, ToPort, ...peers }) => {
      const ports = FromPort === undefined ? {} : { fromPort: FromPort, toPort: ToPort ?? FromPort };
      const rule = (peer = "", description?: string): Rule => ({
        direction,
        protocol: IpProtocol,
        ...ports,
        peer,
        ...(description ? { description } : {}),
      });
      return [
        ...(peers.IpRanges ?? []).map(({ CidrIp, Description }) => rule(CidrIp, Description)),
        ...(peers.Ipv6Ranges ?? []).map(({ CidrIpv6, Description }) => rule(CidrIpv6, Description)),
        ...(peers.UserIdGroupPairs ?? []).map(({ GroupId, Description }) => rule(GroupId, Description)),
      ];
    });
  return [...side("ingress", group.IpPermissions), ...side("egress", group.IpPermissionsEgress)];
}

const has = (group: Group, wanted: Rule) =>
  rulesOf(group).some(
    (rule) =>
      rule.direction === wanted.direction &&
      rule.protocol === wanted.protocol &&
      rule.fromPort === wanted.fromPort &&
      rule.toPort === wanted.toPort &&
      rule.peer === wanted.peer,
  );

function environmentCheck({ deployment }: PrepareContext, group: Group): Check {
  const tag = group.Tags?.find(({ Key }) => Key === "Environment")?.Value;
  return {
    label: "environment",
    status: tag === undefined ? "unknown" : tag === deployment.environment ? "pass" : "fail",
    detail:
      tag === undefined
        ? "the group has no Environment tag"
        : `tagged ${sanitizeLine(tag)}, incident is in ${deployment.environment}`,
  };
}

const authorize = (group: Group, rule: Rule, id: string) => call(group, rule, id, "Authorize");
const revoke = (group: Group, rule: Rule, id: string) => call(group, rule, id, "Revoke");

function call(group: Group, rule: Rule, id: string, verb: "Authorize" | "Revoke"): CallStep {
  const { protocol, fromPort, toPort, peer, description } = rule;
  // A description is no part of which rule it is: AWS finds the rule to revoke without it.
  const named: JsonObject = verb === "Authorize" && description !== undefined ? { Description: description } : {};
  const peers: JsonObject = isGroup(peer)
    ? { UserIdGroupPairs: [{ GroupId: peer, ...named }] }
    : isSix(peer)
      ? { Ipv6Ranges: [{ CidrIpv6: peer, ...named }] }
      : { IpRanges: [{ CidrIp: peer, ...named }] };
  const ports: JsonObject = fromPort === undefined ? {} : { FromPort: fromPort, ToPort: toPort ?? fromPort };
  const side = rule.direction === "ingress" ? "Ingress" : "Egress";
  const [before, after] = verb === "Authorize" ? [0, 1] : [1, 0];
  return {
    kind: "call",
    id,
    title: `${verb === "Authorize" ? "Open" : "Close"} ${words(rule)}`,
    transport: "aws",
    service: "ec2",
    operation: `${verb}SecurityGroup${side}`,
    input: { GroupId: group.GroupId ?? "", IpPermissions: [{ IpProtocol: protocol, ...ports, ...peers }] },
    resource: `security group ${group.GroupId}`,
    state: {
      reading: ruleReading(group, rule),
      before: { "rules like it": before },
      after: { "rules like it": after },
    },
  };
}

/** How many rules of the group are this one: AWS keeps one permission for each protocol and range of ports. */
function ruleReading({ GroupId = "" }: Group, { direction, protocol, fromPort, toPort, peer }: Rule): Reading {
  const list = direction === "ingress" ? "IpPermissions" : "IpPermissionsEgress";
  const ports = fromPort === undefined ? "" : `[FromPort=${fromPort}][ToPort=${toPort}]`;
  const member = isGroup(peer)
    ? `UserIdGroupPairs[GroupId=${peer}]`
    : isSix(peer)
      ? `Ipv6Ranges[CidrIpv6=${peer}]`
      : `IpRanges[CidrIp=${peer}]`;
  return {
    service: "ec2",
    operation: "DescribeSecurityGroups",
    input: { GroupIds: [GroupId] },
    pick: { "rules like it": `SecurityGroups[0].${list}[IpProtocol=${protocol}]${ports}[0].${member}.length` },
  };
}

interface RulePlan {
  group: Group;
  rule: Rule;
  checks: Check[];
  title: string;
  tier: "yes" | "name";
  parameters: JsonObject;
  effects: string[];
  /** What taking it back does to others. */
  undone: string;
  step: CallStep;
  /** Whether the rule is to be there in the end. */
  present: boolean;
}

function plan(actionId: string, _context: PrepareContext, made: RulePlan): Prepared {
  const { group, rule, checks, title, tier, parameters, effects, undone, step, present } = made;
  const verify: WaitStep = {
    kind: "wait",
    id: "verify-rule",
    title: present ? "The rule is there" : "The rule is gone",
    reading: ruleReading(group, rule),
    until: [{ label: "rules like it", op: "equals", value: present ? 1 : 0 }],
    deadlineMs: 60_000,
  };
  return {
    facts: { "security group": nameOf(group), rule: words(rule) },
    checks,
    plan: {
      actionId,
      title,
      parameters,
      tier,
      resourceName: group.GroupId ?? "",
      effects,
      caveats: [
        "A terraform apply brings the group back to the rules of the template: what differs from them goes, what is missing comes back.",
      ],
      steps: [step],
      verify,
      undoing: { effects: [undone], tier: "name" },
      guard: null,
    },
  };
}
