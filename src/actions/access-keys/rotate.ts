import { access, constants } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import type { ActionDefinition, Check, PrepareContext, Prepared, Step } from "../contract.ts";
import { type AccessKey, consumerFacts, describeKeys, keyById, MOST_KEYS, ownCheck, readKeys } from "./facts.ts";
import { createStep, deactivateStep, deleteStep, deliverStep, testStep, updateConsumersStep } from "./steps.ts";

export const userParameter = z
  .string()
  .regex(/^[\w+=,.@-]{1,64}$/)
  .describe("IAM user, by its name");

export const KEY_OPERATIONS = [
  "iam:ListAccessKeys",
  "iam:GetAccessKeyLastUsed",
  "iam:UpdateAccessKey",
  "cloudtrail:LookupEvents",
  "sts:GetCallerIdentity",
];

const parameters = z.object({
  user: userParameter,
  key: z.string().default("").describe("Old key's id; default: the oldest active one"),
  compromised: z
    .enum(["no", "yes"])
    .default("no")
    .describe("yes: every key of the user is deactivated first, whatever breaks by it"),
  remove: z.string().default("").describe("If compromised and the user has two keys: the one to delete, to make room"),
  file: z.string().default("").describe("New private file for the new key (absolute path); empty: shown once here"),
});
type Parameters = z.infer<typeof parameters>;

/**
 * The two-key rotation: create, hand over, test, update the consumers (a person), deactivate the old key; it is deleted later, when
 * nobody has missed it. Compromised: all keys are deactivated first, and room is made by deleting one of two.
 */
export const rotateAccessKey: ActionDefinition<Parameters> = {
  id: "rotate-access-key",
  title: "Rotate an IAM access key",
  description:
    "Creates a second key, gives it to you once, tests it, waits until you have updated its consumers, then deactivates the old one. Compromised: deactivates first.",
  runbook: "Credential Rotation > IAM Access Keys",
  tier: "name",
  parameters,
  operations: [...KEY_OPERATIONS, "iam:CreateAccessKey", "iam:DeleteAccessKey"],
  async prepare(context, given) {
    const keys = await readKeys(context, given.user);
    const file = given.file === "" ? null : await usableFile(given.file);
    return given.compromised === "yes"
      ? compromisedPlan(context, given, keys, file)
      : planOf(context, given, keys, file);
  },
};

/** @throws Failure when a secret cannot be written there: known before the key is made, because afterwards it would be lost. */
async function usableFile(file: string): Promise<string> {
  const refused = (why: string) =>
    new Failure({ kind: "invalid", what: `file ${file}`, why, next: "Name a new file in a folder of yours." });
  if (!isAbsolute(file)) throw refused("it is not an absolute path");
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists) throw refused("it exists already, and would be overwritten");
  await access(dirname(file), constants.W_OK).catch(() => {
    throw refused("its folder does not exist or cannot be written to");
  });
  return file;
}

async function planOf(
  context: PrepareContext,
  given: Parameters,
  keys: AccessKey[],
  file: string | null,
): Promise<Prepared> {
  const { user } = given;
  const old = given.key === "" ? keys.find((key) => key.isActive) : keyById(keys, user, given.key);
  const used = old ? await consumerFacts(context, old.id) : undefined;
  const steps: Step[] = [
    createStep(user, keys.length),
    deliverStep(user, file),
    testStep(user),
    ...(old?.isActive ? [updateConsumersStep(user, Object.keys(used?.facts ?? {})), deactivateStep(user, old)] : []),
  ];
  return {
    facts: { ...describeKeys(keys), ...used?.facts },
    checks: [roomCheck(keys), ...(await ownCheck(context, user)), ...(used ? [used.check] : [])],
    plan: {
      actionId: rotateAccessKey.id,
      title: `Rotate the access key of ${user}`,
      parameters: { ...given },
      tier: "name",
      resourceName: user,
      effects: [
        old?.isActive
          ? `Once you say that the consumers are updated, ${old.id} is deactivated: whoever still uses it is refused.`
          : "The user has no active key: nothing stops working.",
      ],
      caveats: [
        "The secret is in the memory of this run only: when it is interrupted before you have it, the new key is useless; undo deletes it.",
        `The old key is kept, inactive. Watch who is refused, then delete it: mayday run delete-access-key.`,
        "Prefer roles over access keys where the consumer runs in AWS.",
      ],
      undoing: {
        effects: [
          "The new key is deleted for good: whatever has it by now is refused.",
          ...(old?.isActive ? [`${old.id} is active again.`] : []),
        ],
        tier: "name-and-account",
      },
      steps,
      verify: null,
      guard: null,
    },
  };
}

function roomCheck(keys: readonly AccessKey[]): Check {
  const label = "room for a new key";
  if (keys.length < MOST_KEYS) return { label, status: "pass", detail: `${keys.length} of ${MOST_KEYS} keys` };
  const retire = keys.find((key) => !key.isActive) ?? keys[0];
  const how = retire?.isActive ? "deactivate it, then delete it" : "it is inactive: delete it";
  return {
    label,
    status: "fail",
    detail: `the user has ${keys.length} keys, IAM allows ${MOST_KEYS}; retire ${retire?.id} first (${how}), or, when one may be in other hands, give compromised=yes`,
  };
}

async function compromisedPlan(
  context: PrepareContext,
  given: Parameters,
  keys: AccessKey[],
  file: string | null,
): Promise<Prepared> {
  const { user } = given;
  const active = keys.filter((key) => key.isActive);
  const used = await Promise.all(keys.map((key) => consumerFacts(context, key.id)));
  // Of two compromised keys the newer one is more likely the intruder's own.
  const removed =
    keys.length < MOST_KEYS ? undefined : given.remove === "" ? keys.at(-1) : keyById(keys, user, given.remove);
  const left = keys.length - (removed ? 1 : 0);
  const steps: Step[] = [
    ...active.map((key, index) => deactivateStep(user, key, `-${index + 1}`, key === removed)),
    ...(removed ? [deleteStep(user, removed.id)] : []),
    createStep(user, left),
    deliverStep(user, file),
    testStep(user),
    updateConsumersStep(user, Object.keys(Object.assign({}, ...used.map(({ facts }) => facts))), true),
  ];
  return {
    facts: { ...describeKeys(keys), ...Object.assign({}, ...used.map(({ facts }) => facts)) },
    checks: [...(await ownCheck(context, user)), ...used.map(({ check }) => check)],
    plan: {
      actionId: rotateAccessKey.id,
      title: `Replace the compromised access keys of ${user}`,
      parameters: { ...given },
      tier: removed ? "name-and-account" : "name",
      resourceName: user,
      effects: [
        stopsWorking(active.map(({ id }) => id)),
        ...(removed ? [`${removed.id} is deleted for good, because IAM allows ${MOST_KEYS} keys.`] : []),
      ],
      caveats: [
        "Sessions that were made with the key (GetSessionToken, AssumeRole) work until they expire. Look at the calls listed above for them.",
        "What the intruder did with the key is not taken back: preserve CloudTrail and the audit bucket, and look for other keys and users that it made.",
        "Delete the compromised keys once the evidence is kept: mayday run delete-access-key.",
      ],
      undoing: {
        effects: [
          "The new key is deleted for good: whatever has it by now is refused.",
          ...active
            .filter((key) => key !== removed)
            .map(({ id }) => `${id}, which is COMPROMISED, works again: the intruder is back in.`),
        ],
        tier: "name-and-account",
      },
      steps,
      verify: null,
      guard: null,
    },
  };
}

function stopsWorking(ids: readonly string[]): string {
  if (ids.length === 0) return "No key stops working: none is active.";
  const [verb, them] = ids.length === 1 ? ["stops", "it"] : ["stop", "them"];
  return `${ids.join(" and ")} ${verb} working at once: the intruder is shut out, and so is everybody else who uses ${them}.`;
}
