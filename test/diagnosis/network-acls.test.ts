import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/check.ts";
import { aclCheck } from "../../src/diagnosis/nessie/acl-checks.ts";
import { nessieVerdicts } from "../../src/diagnosis/nessie/index.ts";
import { type AclEntry, decidingEntry } from "../../src/diagnosis/sources/network-acls.ts";
import type { TrailEvent } from "../../src/diagnosis/sources/trail.ts";
import { event, known, said, scope, series, unknown } from "./facts.ts";

const entry = (number: number, action: AclEntry["action"], change: Partial<AclEntry> = {}): AclEntry => ({
  number,
  egress: false,
  action,
  protocol: "-1",
  cidr: "0.0.0.0/0",
  fromPort: -1,
  toPort: -1,
  ...change,
});
const tcp = (port: number, change: Partial<AclEntry> = {}): Partial<AclEntry> => ({
  protocol: "6",
  fromPort: port,
  toPort: port,
  ...change,
});
const LAST = [entry(32_767, "deny"), entry(32_767, "deny", { egress: true })];
const OPEN = [entry(100, "allow"), entry(100, "allow", { egress: true }), ...LAST];
const SILENT = [800, 800, 0, 0, 0, 0];

interface Facts {
  /** Of the subnets of load balancer and tasks. */
  entries?: AclEntry[];
  /** Of Dagster's subnet. */
  clients?: AclEntry[];
  requests?: number[];
  changes?: TrailEvent[];
}

function judge({ entries = OPEN, clients = OPEN, requests = [800, 800, 800, 800, 800], changes }: Facts): Finding[] {
  const dagster = { id: "subnet-d", cidr: "10.0.30.0/24" };
  const inside = [
    { id: "subnet-a", cidr: "10.0.10.0/24" },
    { id: "subnet-b", cidr: "10.0.11.0/24" },
  ];
  return aclCheck.judge(
    {
      acls: [
        { id: "acl-1", subnets: ["subnet-a", "subnet-b"], entries },
        { id: "acl-2", subnets: ["subnet-d"], entries: clients },
      ],
      subnets: { clients: [dagster], balancer: inside, tasks: inside },
      group: { arn: "tg", port: 19120 },
      listeners: [{ port: 80, protocol: "HTTP", certificates: [] }],
      clients: [{ name: "Dagster", cidrs: [dagster.cidr], securityGroups: [] }],
    },
    scope(),
    {
      changes: changes ? known(changes) : unknown,
      traffic: known({ requests: series(...requests), balancerErrors: [], targetErrors: [] }),
    },
  );
}

const textOf = (findings: readonly Finding[]) => findings.map(({ text }) => text).join("\n");
const DENY_CLIENTS = entry(90, "deny", tcp(80, { cidr: "10.0.0.0/8" }));
const DENY_TARGETS = entry(90, "deny", tcp(19_120));

describe("network ACLs", () => {
  test.each<[string, Facts, string[]]>([
    ["everything passes", {}, ["network-acl against"]],
    [
      "clients are denied, and requests stopped",
      { entries: [DENY_CLIENTS, ...OPEN], requests: SILENT },
      ["network-acl proves"],
    ],
    ["clients are denied, and nobody missed it", { entries: [DENY_CLIENTS, ...OPEN] }, ["network-acl supports"]],
    [
      "clients are denied, since a change of the last day",
      {
        entries: [DENY_CLIENTS, ...OPEN],
        changes: [event("CreateNetworkAclEntry", { networkAclId: "acl-1", ruleNumber: 90 })],
      },
      ["network-acl proves"],
    ],
    [
      "the change was of another entry",
      {
        entries: [DENY_CLIENTS, ...OPEN],
        changes: [event("CreateNetworkAclEntry", { networkAclId: "acl-1", ruleNumber: 91 })],
      },
      ["network-acl supports"],
    ],
    [
      "a deny behind the allow decides nothing",
      { entries: [...OPEN, { ...DENY_CLIENTS, number: 101 }] },
      ["network-acl against"],
    ],
    [
      "a deny of another protocol",
      { entries: [entry(90, "deny", tcp(80, { protocol: "17" })), ...OPEN] },
      ["network-acl against"],
    ],
    [
      "a deny of another network",
      { entries: [entry(90, "deny", tcp(80, { cidr: "10.9.0.0/16" })), ...OPEN] },
      ["network-acl against"],
    ],
    [
      "the load balancer is kept from the tasks of the other subnet",
      { entries: [DENY_TARGETS, ...OPEN] },
      ["network-acl proves"],
    ],
    [
      "the answers to clients do not pass",
      { entries: [entry(90, "deny", { egress: true, cidr: "10.0.30.0/24" }), ...OPEN], requests: SILENT },
      ["network-acl proves"],
    ],
    [
      "the ACL of the clients' own subnet denies it",
      { clients: [entry(90, "deny", tcp(80, { egress: true })), ...OPEN], requests: SILENT },
      ["network-acl proves"],
    ],
    ["no entry allows anything", { entries: LAST, requests: SILENT }, ["network-acl proves"]],
  ])("%s", (_name, facts, expected) => {
    expect(said(judge(facts))).toEqual(expected);
  });

  test("names the deciding entry, the way that it closes, and who added it", () => {
    const deed = event(
      "CreateNetworkAclEntry",
      { networkAclId: "acl-1", ruleNumber: 90 },
      { by: "platform-engineer/x" },
    );
    const text = textOf(judge({ entries: [DENY_CLIENTS, ...OPEN], changes: [deed] }));
    expect(text).toContain(
      "acl-1 does not let pass Dagster (10.0.30.0/24) to port 80 of the load balancer in subnet-a; Dagster (10.0.30.0/24) to port 80 of the load balancer in subnet-b: entry 90 (deny tcp 80 from 10.0.0.0/8).",
    );
    expect(text).toContain("platform-engineer/x did it by CreateNetworkAclEntry");
    expect(textOf(judge({ entries: LAST }))).toContain("no entry allows it, and the last one denies everything");
  });

  test("the fix takes the entry out, and has the call that puts it back", () => {
    const definition = nessieVerdicts.find(({ id }) => id === "network-acl")!;
    const [fix] = definition.fixes(judge({ entries: [DENY_CLIENTS, ...OPEN] }), scope());
    const named = "--network-acl-id acl-1 --rule-number 90 --ingress";
    expect(fix).toMatchObject({ kind: "text", text: expect.stringContaining(`delete-network-acl-entry ${named}\n`) });
    expect(fix).toMatchObject({
      text: expect.stringContaining(
        `create-network-acl-entry ${named} --rule-action deny --protocol 6 --cidr-block 10.0.0.0/8 --port-range From=80,To=80`,
      ),
    });
    const [add] = definition.fixes(judge({ entries: LAST }), scope());
    expect(add).toMatchObject({ kind: "text", title: "The entry that the network ACL lacks, to add by hand" });
  });

  test("the lowest number that fits decides, whatever the order of the list", () => {
    const acl = { id: "acl-1", subnets: [], entries: [entry(200, "deny"), entry(50, "allow", { cidr: "10.0.0.0/8" })] };
    const passage = { egress: false, port: 80 };
    expect(decidingEntry(acl, { ...passage, peer: "10.0.1.0/24" })?.number).toBe(50);
    expect(decidingEntry(acl, { ...passage, peer: "172.16.0.0/16" })?.number).toBe(200);
    expect(decidingEntry(acl, { ...passage, egress: true, peer: "10.0.1.0/24" })).toBeUndefined();
  });
});
