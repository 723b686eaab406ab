import { basename } from "node:path";
import type { Json } from "../../base/json.ts";
import type { CallStep, HumanStep, JobStep } from "../contract.ts";
import { type AccessKey, keyReading } from "./facts.ts";

/** A new key needs some seconds until all of AWS knows it; this is how long its test may take, machine ms. */
const TEST_BOX_MS = 120_000;
/** The responder may take their time to write a secret down, machine ms. */
const DELIVER_BOX_MS = 30 * 60_000;

const NEW_KEY = { $ref: "create.output.keyId" };

/** Creates a key of the user; its secret stays in memory. Undone by deleting the new key. @param count how many the user has before. */
export function createStep(user: string, count: number): CallStep {
  return {
    kind: "call",
    id: "create",
    title: `Create a new access key of ${user}`,
    transport: "aws",
    service: "iam",
    operation: "CreateAccessKey",
    input: { UserName: user },
    keep: { keyId: "AccessKey.AccessKeyId" },
    keepSecret: { secret: "AccessKey.SecretAccessKey" },
    resource: `access keys of user ${user}`,
    state: {
      reading: {
        service: "iam",
        operation: "ListAccessKeys",
        input: { UserName: user },
        pick: { keys: "AccessKeyMetadata.length" },
      },
      before: { keys: count },
      after: { keys: count + 1 },
    },
    undo: [
      {
        kind: "call",
        id: "delete-new",
        title: `Delete the new access key of ${user}`,
        transport: "aws",
        service: "iam",
        operation: "DeleteAccessKey",
        input: { UserName: user, AccessKeyId: NEW_KEY },
        resource: `the new access key of user ${user}`,
      },
    ],
  };
}

/** Gives the secret to the responder: into a private file, or once on the screen. @param file absolute; null: the screen. */
export function deliverStep(user: string, file: string | null): JobStep {
  return {
    kind: "job",
    id: "deliver",
    title: file ? `Write the new key to ${basename(file)}, readable by you only` : "Show the new key once",
    job: "deliver-access-key",
    input: { user, file, keyId: NEW_KEY, secret: { $ref: "create.output.secret" } },
    operations: [],
    boxMs: DELIVER_BOX_MS,
    essential: true,
  };
}

/** Calls AWS with the new key: who it belongs to. */
export function testStep(user: string): JobStep {
  return {
    kind: "job",
    id: "test",
    title: "Test the new key (sts:GetCallerIdentity)",
    job: "test-access-key",
    input: { user, keyId: NEW_KEY, secret: { $ref: "create.output.secret" } },
    operations: ["sts:GetCallerIdentity"],
    boxMs: TEST_BOX_MS,
    essential: true,
  };
}

/** What only people can do: put the new key where the old one is used. @param isCompromised not all who used the old one are to be served. */
export function updateConsumersStep(user: string, consumers: readonly string[], isCompromised = false): HumanStep {
  const known = consumers.length > 0 ? consumers.map((consumer) => `- ${consumer}`) : ["- (CloudTrail shows none)"];
  const instruction = [
    `Put the new access key of ${user} wherever its old one is used, and see that it works there.`,
    `Seen by CloudTrail in the last 7 days${isCompromised ? " (an address that is not yours is the intruder's: leave it out)" : ""}:`,
    ...known,
    "CI secrets, .aws/credentials on hosts, container environments and vaults are not seen by it.",
  ].join("\n");
  return { kind: "human", id: "update", title: `Update every system that uses the key of ${user}`, instruction };
}

/**
 * Makes an active key useless; nothing is lost until it is deleted. Undone by activating it again.
 * @param isDeletedNext the same plan deletes it: then there is nothing to activate.
 */
export function deactivateStep(user: string, { id }: AccessKey, suffix = "", isDeletedNext = false): CallStep {
  const title = `Deactivate access key ${id} of ${user}`;
  const step = statusStep(`deactivate${suffix}`, title, user, id, ["Active", "Inactive"]);
  if (isDeletedNext) return step;
  return {
    ...step,
    undo: [
      statusStep(`reactivate${suffix}`, `Activate access key ${id} of ${user} again`, user, id, ["Inactive", "Active"]),
    ],
  };
}

function statusStep(id: string, title: string, user: string, keyId: string, [from, to]: [string, string]): CallStep {
  return {
    kind: "call",
    id,
    title,
    transport: "aws",
    service: "iam",
    operation: "UpdateAccessKey",
    input: { UserName: user, AccessKeyId: keyId, Status: to },
    resource: `access key ${keyId} of user ${user}`,
    state: { reading: keyReading(user, keyId), before: { status: from }, after: { status: to } },
  };
}

/** Deletes an inactive key for good. */
export function deleteStep(user: string, keyId: string): CallStep {
  const gone: Record<string, Json> = { status: null };
  return {
    kind: "call",
    id: "delete",
    title: `Delete access key ${keyId} of ${user} for good`,
    transport: "aws",
    service: "iam",
    operation: "DeleteAccessKey",
    input: { UserName: user, AccessKeyId: keyId },
    resource: `access key ${keyId} of user ${user}`,
    state: { reading: keyReading(user, keyId), before: { status: "Inactive" }, after: gone },
  };
}
