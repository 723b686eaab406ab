import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import type { ActionDefinition, CallStep, Check, Prepared, Reading, Step } from "../contract.ts";
import { takeReading } from "../reading.ts";

const parameters = z.object({
  key: z
    .string()
    .regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/)
    .describe("ARN of the KMS key"),
});

/** Makes a KMS key usable again that was disabled, or is waiting to be deleted. */
export const enableKmsKey: ActionDefinition<z.infer<typeof parameters>> = {
  id: "enable-kms-key",
  title: "Enable a KMS key again",
  description: "Cancels the deletion of the key where one is pending, and enables it. Can be undone.",
  runbook: "Common Failure Runbooks > S3 403 Forbidden",
  tier: "name",
  parameters,
  operations: ["kms:DescribeKey", "kms:CancelKeyDeletion", "kms:EnableKey", "kms:DisableKey"],
  async prepare(context, { key }): Promise<Prepared> {
    const { signal } = context;
    const reading = keyReading(key);
    const { picked } = await takeReading(context.aws, reading, { purpose: "action", ...(signal ? { signal } : {}) });
    const state = String(picked.state ?? "");
    if (state === "") {
      throw new Failure({
        kind: "not-found",
        what: key,
        why: "KMS does not know it",
        next: "Check the key's ARN, the region and the account. A key that was deleted cannot be brought back.",
      });
    }
    const isPending = state === "PendingDeletion";
    return {
      facts: { key, state, description: String(picked.description ?? ""), deletion: String(picked.deletion ?? "none") },
      checks: checksOf(state, String(picked.manager ?? "")),
      plan: {
        actionId: enableKmsKey.id,
        title: `Enable ${key.split(":").at(-1)} again`,
        parameters: { key },
        tier: "name",
        resourceName: key.split("/").at(-1) ?? key,
        effects: [
          "Everything that this key encrypts can be read and written again by whom its policy and grants allow: also by those from whom it was taken on purpose.",
        ],
        caveats: [
          "KMS's changes take some seconds to be everywhere; S3 may remember the former state for some minutes.",
          ...(isPending
            ? [
                "The undo leaves the key disabled and does not schedule its deletion again: a deleted key is lost with all data under it.",
              ]
            : []),
        ],
        steps: [...(isPending ? [cancelStep(key)] : []), enableStep(key)],
        verify: {
          kind: "wait",
          id: "verify-enabled",
          title: "KMS says that the key is enabled",
          reading,
          until: [{ label: "state", op: "equals", value: "Enabled" }],
          deadlineMs: 60_000,
        },
        undoing: {
          effects: ["Nobody can read or write what this key encrypts any more: every job that touches it fails."],
          tier: "name",
        },
        guard: null,
      },
    };
  },
};

function keyReading(KeyId: string): Reading {
  return {
    service: "kms",
    operation: "DescribeKey",
    input: { KeyId },
    pick: {
      state: "KeyMetadata.KeyState",
      manager: "KeyMetadata.KeyManager",
      description: "KeyMetadata.Description",
      deletion: "KeyMetadata.DeletionDate",
    },
    absent: ["NotFoundException"],
  };
}

function checksOf(state: string, manager: string): Check[] {
  const restorable = state === "Disabled" || state === "PendingDeletion";
  return [
    manager === "CUSTOMER"
      ? { label: "key", status: "pass", detail: "a customer managed key" }
      : { label: "key", status: "fail", detail: "AWS manages it: nobody else changes its state" },
    restorable
      ? { label: "state", status: "pass", detail: state }
      : { label: "state", status: "fail", detail: `${state}: EnableKey does not lead out of it` },
  ];
}

const call = (key: string) => ({
  kind: "call" as const,
  transport: "aws" as const,
  service: "kms",
  resource: `KMS key ${key}`,
  input: { KeyId: key },
});
const change = (key: string, before: string, after: string) => ({
  state: { reading: keyReading(key), before: { state: before }, after: { state: after } },
});

/** The key is disabled afterwards (KMS API reference, CancelKeyDeletion), which is also as far back as its undo goes. */
function cancelStep(key: string): CallStep {
  return {
    ...call(key),
    id: "cancel-deletion",
    title: "Cancel the deletion: the key is disabled then",
    operation: "CancelKeyDeletion",
    ...change(key, "PendingDeletion", "Disabled"),
  };
}

function enableStep(key: string): CallStep {
  const undo: Step[] = [
    {
      ...call(key),
      id: "disable-key",
      title: "Disable the key again",
      operation: "DisableKey",
      ...change(key, "Enabled", "Disabled"),
    },
  ];
  return {
    ...call(key),
    id: "enable-key",
    title: "Enable the key",
    operation: "EnableKey",
    ...change(key, "Disabled", "Enabled"),
    undo,
  };
}
