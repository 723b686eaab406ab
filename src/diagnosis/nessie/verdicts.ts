import { moreCpu, moreMemory } from "../../aws/fargate.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Finding } from "../check.ts";
import type { Fix, VerdictDefinition } from "../verdict.ts";
import type { VerdictId } from "../verdict-ids.ts";
import { memory, vcpu } from "../words.ts";

/** A member of the first finding that has it. */
function detail(evidence: readonly Finding[], name: string): unknown {
  return evidence.find(({ details }) => details?.[name] !== undefined && details[name] !== null)?.details?.[name];
}

const numberOf = (evidence: readonly Finding[], name: string): number | undefined => {
  const value = detail(evidence, name);
  return typeof value === "number" ? value : undefined;
};
const textOf = (evidence: readonly Finding[], name: string): string => {
  const value = detail(evidence, name);
  return typeof value === "string" ? value : "";
};

/** What makes tasks end, or keeps them from starting: what is seen of the tasks and targets follows from it. */
const CAUSES_OF_ENDS: readonly VerdictId[] = [
  "container-memory-limit",
  "jvm-heap",
  "bad-deployment",
  "image-or-permission-failure",
  "security-group",
  "network-acl",
  "contained-by-us",
  "scaled-to-zero",
];

/** Causes that are Nessie's, its service's, its network's or its tables'. */
export const nessieVerdicts: readonly VerdictDefinition[] = [
  {
    id: "container-memory-limit",
    title: "Nessie's container is killed at its memory limit",
    meaning:
      "The kernel kills the container when it uses more memory than its task has. The process cannot say so: its log just ends. More memory helps; a restart only buys minutes.",
    consequenceOf: [],
    fixes(evidence) {
      const memoryMb = numberOf(evidence, "memoryMb");
      const cpu = numberOf(evidence, "cpu");
      const size = memoryMb === undefined || cpu === undefined ? undefined : moreMemory({ cpu, memoryMb });
      const to = size ? ` to ${memory(size.memoryMb)}` : "";
      return [
        {
          kind: "action",
          title: `Raise Nessie's memory${to}`,
          actionId: "raise-memory",
          parameters: { service: "nessie" },
        },
        ...(size ? [tfvars(`nessie_memory = ${size.memoryMb}`)] : []),
      ];
    },
  },
  {
    id: "jvm-heap",
    title: "Nessie's JVM has run out of heap",
    meaning:
      "The heap inside the JVM is full, not the container: Java says OutOfMemoryError, and the task's memory is far from its limit. More memory alone helps only as far as the heap may grow with it.",
    consequenceOf: [],
    fixes: () => [
      { kind: "action", title: "Give the JVM more of the container's memory", actionId: "raise-heap", parameters: {} },
    ],
  },
  {
    id: "cpu-saturated",
    title: "Nessie's CPU is saturated by requests",
    meaning:
      "The tasks are well, but all together cannot answer what is asked of them. See whether one client asks too much; if the load is meant, give the tasks more CPU or autoscaling more room.",
    consequenceOf: ["jvm-heap", "container-memory-limit"],
    fixes(evidence) {
      const [cpu, memoryMb] = [numberOf(evidence, "cpu"), numberOf(evidence, "memoryMb")];
      const size = cpu === undefined || memoryMb === undefined ? undefined : moreCpu({ cpu, memoryMb });
      const client = textOf(evidence, "client");
      return [
        {
          kind: "action",
          title: `Raise Nessie's CPU${size ? ` to ${vcpu(size.cpu)}` : ""}`,
          actionId: "raise-cpu",
          parameters: { service: "nessie" },
        },
        {
          kind: "action",
          title: "Let autoscaling run more tasks, or create it",
          actionId: "raise-autoscaling",
          parameters: { service: "nessie" },
        },
        ...(client === ""
          ? []
          : [
              {
                kind: "action" as const,
                title: `Shut ${client} out: revoke the rule that lets it in`,
                actionId: "close-security-group-rule",
                parameters: { address: client },
              },
            ]),
        ...(size ? [tfvars(`nessie_cpu    = ${size.cpu}\nnessie_memory = ${size.memoryMb}`)] : []),
      ];
    },
  },
  {
    id: "dynamodb-throttling",
    title: "DynamoDB throttles Nessie's tables",
    meaning:
      "DynamoDB refuses a part of Nessie's requests. The alarm of the template cannot see it: the metric exists per operation only. The tables are on-demand already, so what limits is a maximum of the table, a hot partition or the account.",
    consequenceOf: [],
    fixes: throttlingFixes,
  },
  {
    id: "network-acl",
    title: "A network ACL closes the way to Nessie",
    meaning:
      "Network ACLs stand at the border of subnets and are asked beside security groups: the entry with the lowest number that fits decides, for answers too. Security groups, tasks and targets may all look well.",
    consequenceOf: [],
    fixes: (evidence) => evidence.flatMap(({ details }) => (details ? [aclFix(details)] : [])),
  },
  {
    id: "security-group",
    title: "A security group closes the way to Nessie",
    meaning:
      "A rule that lets clients reach the load balancer, or the load balancer reach Nessie, is missing. What is behind it is well.",
    consequenceOf: [],
    fixes: (evidence) =>
      evidence.flatMap(({ details }): Fix[] => {
        const rule = details?.rule;
        if (typeof rule !== "object" || rule === null || Array.isArray(rule)) return [];
        const { groupId, direction, protocol, fromPort, toPort, peer, description, revoked } = rule;
        const value = typeof peer === "object" && peer !== null && !Array.isArray(peer) ? peer.value : "";
        const kept = revoked === true ? "the rule that was revoked" : "a rule for exactly these clients";
        return [
          {
            kind: "action",
            title: `Open ${String(groupId)} again: ${kept}`,
            actionId: "reopen-security-group-rule",
            parameters: {
              group: String(groupId),
              direction: String(direction),
              protocol: String(protocol),
              from: String(fromPort),
              to: String(toPort),
              peer: String(value),
              ...(typeof description === "string" && description !== "" ? { description } : {}),
            },
          },
        ];
      }),
  },
  {
    id: "bad-deployment",
    title: "A new revision of Nessie does not run",
    meaning:
      "Tasks of the newest deployment fail, those of the revision before are well. Go back to it, and look at the new one in peace.",
    consequenceOf: [],
    fixes: (evidence) => rollback("nessie", evidence),
  },
  {
    id: "image-or-permission-failure",
    title: "Nessie's tasks cannot start, or AWS refuses them",
    meaning: "The image cannot be pulled, a secret cannot be read, or a role lacks a permission.",
    consequenceOf: ["bad-deployment"],
    fixes: () => [
      {
        kind: "action",
        title: "Roll back to the revision before",
        actionId: "roll-back-deployment",
        parameters: { service: "nessie" },
      },
    ],
  },
  {
    id: "scaled-to-zero",
    title: "Nessie is scaled to zero",
    meaning: "The service is asked for no task at all. Whoever did it may have had a reason: ask first.",
    consequenceOf: ["contained-by-us"],
    fixes(evidence) {
      if (detail(evidence, "ours") === true) return [];
      const before = numberOf(evidence, "desiredBefore");
      return [
        {
          kind: "action",
          title: "Start Nessie again",
          actionId: "restore-desired-count",
          parameters: { service: "nessie", ...(before === undefined ? {} : { desired: String(before) }) },
        },
      ];
    },
  },
  {
    id: "certificate-expired",
    title: "The load balancer's certificate is not valid",
    meaning: "Clients that use HTTPS refuse the connection.",
    consequenceOf: [],
    fixes(evidence) {
      const certificate = textOf(evidence, "certificateArn");
      const parameters: Record<string, string> = certificate === "" ? {} : { certificate };
      return [
        { kind: "action", title: "See why it was not renewed", actionId: "check-certificate", parameters },
        { kind: "action", title: "Request another certificate", actionId: "request-certificate", parameters },
        tfvars('certificate_arn = "<ARN of the new certificate>"'),
      ];
    },
  },
  {
    id: "load-balancer-without-targets",
    title: "The load balancer has no targets",
    meaning: "No task is registered, so every request is answered with 503.",
    consequenceOf: [...CAUSES_OF_ENDS, "crash-loop"],
    fixes: () => [],
  },
  {
    id: "crash-loop",
    title: "Nessie's tasks end by themselves, again and again",
    meaning:
      "Tasks start and end with an error. The last lines of their log say why; none of the known causes was found.",
    consequenceOf: CAUSES_OF_ENDS,
    fixes: () => [
      {
        kind: "action",
        title: "Roll back to the revision before",
        actionId: "roll-back-deployment",
        parameters: { service: "nessie" },
      },
    ],
  },
];

function tfvars(text: string): Fix {
  return { kind: "text", title: "Line for your tfvars, so that the next terraform apply keeps it", text };
}

/** Going back to the revision that worked, where one is known. */
export function rollback(service: string, evidence: readonly Finding[]): Fix[] {
  const previous = textOf(evidence, "previousRevision");
  const revision = previous.split("/").at(-1) ?? "";
  return [
    {
      kind: "action",
      title: revision === "" ? "Roll back to the revision before" : `Roll back to ${revision}`,
      actionId: "roll-back-deployment",
      parameters: { service, ...(revision === "" ? {} : { revision }) },
    },
  ];
}

function throttlingFixes(evidence: readonly Finding[]): Fix[] {
  const tables = evidence.flatMap(({ details }) => (typeof details?.table === "string" ? [details] : []));
  return tables.flatMap((details): Fix[] => {
    const table = String(details.table);
    if (details.maximumRead !== null || details.maximumWrite !== null) {
      return [
        {
          kind: "action",
          title: `Raise the maximum of ${table}`,
          actionId: "raise-table-maximum",
          parameters: { table },
        },
      ];
    }
    const text =
      details.onDemand === true
        ? `${table} is on-demand already and has no maximum: there is no switch to turn.\nA hot partition: find the client that reads one key over and over (CloudWatch Contributor Insights for DynamoDB shows the keys).\nThe account's limit: ask for more in Service Quotas (Amazon DynamoDB, table-level read and write throughput).\nIt eases by itself as DynamoDB splits partitions; meanwhile fewer requests are what helps.`
        : `aws dynamodb update-table --table-name ${table} --billing-mode PAY_PER_REQUEST`;
    return [{ kind: "text", title: `What can be done about ${table}`, text }];
  });
}

/** The entry to take out, with the call that puts it back. */
function aclFix(details: JsonObject): Fix {
  const { acl, number, egress, action, protocol, cidr, fromPort, toPort } = details;
  if (number === undefined) {
    const text = `# No entry of ${String(acl)} allows it: an Allow has to be added, in each direction, for answers on ports 1024 to 65535 too.\naws ec2 describe-network-acls --network-acl-ids ${String(acl)}\n`;
    return { kind: "text", title: "The entry that the network ACL lacks, to add by hand", text };
  }
  const side = egress === true ? "--egress" : "--ingress";
  const range = fromPort === -1 ? "" : ` --port-range From=${Number(fromPort)},To=${Number(toPort)}`;
  const named = `--network-acl-id ${String(acl)} --rule-number ${Number(number)} ${side}`;
  const back = `aws ec2 create-network-acl-entry ${named} --rule-action ${String(action)} --protocol ${String(protocol)} --cidr-block ${String(cidr)}${range}`;
  return {
    kind: "text",
    title: `Take entry ${Number(number)} out of ${String(acl)}, by hand`,
    text: `# It may be there on purpose: ask whoever added it.\naws ec2 delete-network-acl-entry ${named}\n# Back:\n${back}\n# Where Terraform has the ACL (aws_network_acl, aws_network_acl_rule), change it there too.\n`,
  };
}
