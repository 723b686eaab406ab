import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/check.ts";
import type { Fact } from "../../src/diagnosis/fact.ts";
import { pathCheck, targetCheck } from "../../src/diagnosis/nessie/network-checks.ts";
import type { Revocation, Target } from "../../src/diagnosis/nessie/network-facts.ts";
import { admits, type Rule, rulesOf, rulesOfEvent } from "../../src/diagnosis/sources/security-groups.ts";
import { event, known, said, scope, series, unknown } from "./facts.ts";

const rule = (port: number, peer: Rule["peer"], change: Partial<Rule> = {}): Rule => ({
  protocol: "tcp",
  fromPort: port,
  toPort: port,
  peer,
  description: "",
  ...change,
});
const cidr = (value: string): Rule["peer"] => ({ kind: "cidr", value });
const group = (value: string): Rule["peer"] => ({ kind: "group", value });
const anywhere = rule(-1, cidr("0.0.0.0/0"), { protocol: "-1" });

interface Path {
  clients: Rule[];
  out: Rule[];
  tasks: Rule[];
}
const OPEN: Path = {
  clients: [rule(80, cidr("10.0.0.0/8")), rule(443, cidr("10.0.0.0/8"))],
  out: [anywhere],
  tasks: [rule(19120, group("sg-alb"))],
};

function judge(
  path: Partial<Path>,
  {
    revocations = [],
    requests = [800, 800, 800, 800, 800],
  }: { revocations?: Revocation[] | undefined; requests?: number[] } = {},
  read = true,
  lists: Fact<Map<string, string[]>> = known(new Map()),
): Finding[] {
  const { clients, out, tasks } = { ...OPEN, ...path };
  return pathCheck.judge(
    {
      groups: {
        balancer: [{ id: "sg-alb", name: "nessie-alb", ingress: clients, egress: out }],
        tasks: [{ id: "sg-tasks", name: "nessie-ecs", ingress: tasks, egress: [anywhere] }],
        taskPort: 19120,
      },
      listeners: [
        { port: 80, protocol: "HTTP", certificates: [] },
        { port: 443, protocol: "HTTPS", certificates: [] },
      ],
      clients: [{ name: "Dagster", cidrs: ["10.0.10.0/24", "10.0.11.0/24"], securityGroups: ["sg-dagster"] }],
    },
    scope(),
    {
      revocations: read ? known(revocations) : unknown,
      lists,
      networks: read ? known({ balancer: ["10.0.10.0/24"], tasks: ["10.0.10.0/24"] }) : unknown,
      traffic: read ? known({ requests: series(...requests), balancerErrors: [], targetErrors: [] }) : unknown,
    },
  );
}

const revoked = (groupId: string, gone: Rule[], direction: Revocation["direction"] = "ingress"): Revocation => ({
  event: event(direction === "ingress" ? "RevokeSecurityGroupIngress" : "RevokeSecurityGroupEgress", {}),
  groupId,
  direction,
  rules: gone,
});
const silence = [800, 800, 0, 0, 0, 0];
const onlyHttps = [rule(443, cidr("10.0.0.0/8"))];

describe("the way from clients to Nessie", () => {
  test.each([
    ["every rule is there", {}, {}, ["against"]],
    [
      "clients come in by their security group",
      { clients: [rule(80, group("sg-dagster")), rule(443, group("sg-dagster"))] },
      {},
      ["against"],
    ],
    ["a range of ports", { tasks: [rule(0, group("sg-alb"), { fromPort: 19000, toPort: 20000 })] }, {}, ["against"]],
    ["all protocols", { tasks: [rule(-1, group("sg-alb"), { protocol: "-1" })] }, {}, ["against"]],
    ["the tasks admit the load balancer's network", { tasks: [rule(19120, cidr("10.0.0.0/16"))] }, {}, ["against"]],
    [
      "a prefix list, of which nobody knows what it holds",
      { clients: [rule(80, { kind: "prefix-list", value: "pl-1" }), ...onlyHttps] },
      {},
      [],
    ],
    ["the tasks' rule is gone", { tasks: [] }, {}, ["proves"]],
    ["the tasks' rule is for another group", { tasks: [rule(19120, group("sg-else"))] }, {}, ["proves"]],
    ["the tasks' rule is for UDP", { tasks: [rule(19120, group("sg-alb"), { protocol: "udp" })] }, {}, ["proves"]],
    ["the load balancer may not go out", { out: [] }, {}, ["proves"]],
    ["one listener lets nobody in, which may be meant", { clients: onlyHttps }, {}, ["supports"]],
    [
      "one listener lets nobody in, and its rule was revoked",
      { clients: onlyHttps },
      { revocations: [revoked("sg-alb", [rule(80, cidr("10.0.0.0/8"))])] },
      ["proves"],
    ],
    [
      "a revocation of another port is no sign",
      { clients: onlyHttps },
      { revocations: [revoked("sg-alb", [rule(22, cidr("10.0.0.0/8"))])] },
      ["supports"],
    ],
    [
      "a revocation by rule ids alone is one",
      { clients: onlyHttps },
      { revocations: [revoked("sg-alb", [])] },
      ["proves"],
    ],
    [
      "one listener lets nobody in, and requests stopped",
      { clients: onlyHttps },
      { requests: silence },
      ["supports", "supports"],
    ],
    [
      "no listener lets anybody in, and requests stopped",
      { clients: [] },
      { requests: silence },
      ["proves", "proves", "supports"],
    ],
    ["requests stopped, and every rule is there", {}, { requests: silence }, ["information", "against"]],
  ] as [string, Partial<Path>, Parameters<typeof judge>[1], string[]][])("%s", (_name, path, more, expected) => {
    expect(said(judge(path, more))).toEqual(expected.map((strength) => `security-group ${strength}`));
  });

  test("is judged without CloudTrail and metrics too", () => {
    expect(said(judge({ tasks: [] }, {}, false))).toEqual(["security-group proves"]);
  });

  test("names group, port and who was shut out; and who revoked what, when, from where", () => {
    const [found] = judge(
      { clients: onlyHttps },
      { revocations: [revoked("sg-alb", [rule(80, cidr("10.0.0.0/8"), { description: "clients" })])] },
    );
    expect(found?.text).toMatch(
      /No rule of sg-alb \(nessie-alb\) admits Dagster \(10\.0\.10\.0\/24, 10\.0\.11\.0\/24\) on port 80/,
    );
    expect(found?.text).toMatch(
      /tcp 80 from 10\.0\.0\.0\/8 was revoked at 02:55:00 UTC by platform-engineer\/marco from 10\.8\.0\.42/,
    );
    expect(found?.details?.rule).toEqual({
      groupId: "sg-alb",
      direction: "ingress",
      protocol: "tcp",
      fromPort: 80,
      toPort: 80,
      peer: { kind: "cidr", value: "10.0.0.0/8" },
      description: "clients",
      revoked: true,
    });
  });

  test("a rule of which nothing is known is put back for exactly these clients", () => {
    expect(judge({ tasks: [] })[0]?.details?.rule).toMatchObject({
      groupId: "sg-tasks",
      fromPort: 19120,
      peer: { kind: "group", value: "sg-alb" },
      revoked: false,
    });
  });
});

describe("targets", () => {
  const target = (state: string, reason = ""): Target => ({
    address: "10.0.10.14",
    port: 19120,
    state,
    reason,
    description: "",
  });
  const judge = (...targets: Target[]) => targetCheck.judge({ targets }, scope(), {});

  test.each([
    ["none is registered", [], ["load-balancer-without-targets proves"]],
    ["only draining ones", [target("draining")], ["load-balancer-without-targets proves"]],
    [
      "a time-out is a hint at the network, and a symptom",
      [target("unhealthy", "Target.Timeout")],
      ["security-group supports"],
    ],
    ["another reason is a symptom and no more", [target("unhealthy", "Target.ResponseCodeMismatch")], []],
    ["healthy ones", [target("healthy")], []],
  ])("%s", (_name, targets, expected) => {
    expect(said(judge(...targets))).toEqual(expected);
  });

  test("targets that say the same are one finding, and one hint", () => {
    const timedOut = (address: string) => ({ ...target("unhealthy", "Target.Timeout"), address });
    const all = ["10.0.10.1", "10.0.10.2", "10.0.10.3", "10.0.10.4"].map(timedOut);
    const findings = judge(...all, target("unhealthy", "Target.FailedHealthChecks"));
    expect(said(findings)).toEqual(["security-group supports"]);
    expect(findings.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^4 targets \(10\.0\.10\.1, 10\.0\.10\.2, 10\.0\.10\.3 and 1 more\) are unhealthy: Target\.Timeout/,
      ),
      expect.stringMatching(/^Target 10\.0\.10\.14 is unhealthy: Target\.FailedHealthChecks/),
      "0 of 5 targets healthy.",
    ]);
  });

  test("a reason code is explained", () => {
    const texts = judge(target("unhealthy", "Target.FailedHealthChecks"), target("healthy")).map(({ text }) => text);
    expect(texts[0]).toMatch(/refused: nothing listens there/);
    expect(texts[1]).toBe("1 of 2 targets healthy.");
  });
});

describe("rules", () => {
  const peer = { cidrs: ["10.0.10.0/24"], groups: ["sg-a"] };
  test.each([
    ["no rule", [], "no"],
    ["a network that holds the peer's", [rule(80, cidr("10.0.0.0/16"))], "yes"],
    ["a network beside it", [rule(80, cidr("10.1.0.0/16"))], "no"],
    ["IPv6 says nothing of IPv4", [rule(80, cidr("::/0"))], "no"],
    ["the peer's group", [rule(80, group("sg-a"))], "yes"],
    ["a prefix list", [rule(80, { kind: "prefix-list", value: "pl-1" })], "unknown"],
    ["protocol number 6 is TCP", [rule(80, cidr("0.0.0.0/0"), { protocol: "6" })], "yes"],
  ])("%s", (_name, rules, expected) => {
    expect(admits(rules, peer, 80)).toBe(expected);
  });

  test("are read from EC2 with all their peers, and from CloudTrail in both of its spellings of lists", () => {
    const [one, two, three] = rulesOf([
      {
        IpProtocol: "tcp",
        FromPort: 80,
        ToPort: 80,
        IpRanges: [{ CidrIp: "10.0.0.0/8", Description: "clients" }],
        UserIdGroupPairs: [{ GroupId: "sg-x" }],
      },
      { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ]);
    expect(one).toEqual(rule(80, cidr("10.0.0.0/8"), { description: "clients" }));
    expect(two).toEqual(rule(80, group("sg-x")));
    expect(three).toEqual(anywhere);
    const plain = {
      ipPermissions: [{ ipProtocol: "tcp", fromPort: 80, toPort: 80, ipRanges: [{ cidrIp: "10.0.0.0/8" }] }],
    };
    const wrapped = {
      ipPermissions: {
        items: [{ ipProtocol: "tcp", fromPort: 80, toPort: 80, ipRanges: { items: [{ cidrIp: "10.0.0.0/8" }] } }],
      },
    };
    for (const input of [plain, wrapped]) {
      expect(rulesOfEvent(event("RevokeSecurityGroupIngress", input))).toEqual([rule(80, cidr("10.0.0.0/8"))]);
    }
    expect(rulesOfEvent(event("RevokeSecurityGroupIngress", { securityGroupRuleIds: ["sgr-1"] }))).toEqual([]);
  });
});

describe("rules that name a prefix list", () => {
  const byList = { clients: [rule(80, { kind: "prefix-list", value: "pl-1" }), rule(443, cidr("10.0.0.0/8"))] };
  const holding = (...cidrs: string[]) => known(new Map([["pl-1", cidrs]]));

  test.each<[string, Fact<Map<string, string[]>>, string[], RegExp]>([
    ["it holds the clients' network", holding("172.16.0.0/12", "10.0.0.0/9"), ["security-group against"], /Every rule/],
    ["it holds others", holding("172.16.0.0/12"), ["security-group supports"], /No rule of sg-alb .* on port 80/],
    ["it holds nothing", holding(), ["security-group supports"], /No rule of sg-alb .* on port 80/],
    [
      "it could not be read",
      { status: "unknown", reason: "needs ec2:GetManagedPrefixListEntries", lines: [] },
      [],
      /cannot be told .* \(needs ec2:GetManagedPrefixListEntries\)/,
    ],
  ])("%s", (_name, lists, expected, text) => {
    const found = judge(byList, {}, true, lists);
    expect(said(found)).toEqual(expected);
    expect(found.map((one) => one.text).join("\n")).toMatch(text);
  });
});
