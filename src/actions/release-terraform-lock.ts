import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import { describeLock, type HeldLock } from "../recovery/terraform-state/lock-info.ts";
import { readLocks } from "../recovery/terraform-state/locks.ts";
import { headState, type StateObject } from "../recovery/terraform-state/object.ts";
import { lockFileKey, lockPath, type StatePlace } from "../recovery/terraform-state/place.ts";
import { listVersions } from "../recovery/terraform-state/versions.ts";
import type { ActionDefinition, CallStep, Check, HumanStep, PrepareContext, Prepared, Reading } from "./contract.ts";
import { shortHash } from "./reading.ts";
import { accessOf, placeOf, stateResource } from "./terraform-state-place.ts";

const parameters = z.object({
  lockId: z.string().trim().default("").describe("ID of the lock, as Terraform prints it; empty: the one that is held"),
});

/**
 * What `terraform force-unlock` does: takes away the lock of somebody who is gone, and only that one. A person says first that its
 * owner is dead: a live apply without its lock can be overrun by the next one.
 */
export const releaseTerraformLock: ActionDefinition<z.infer<typeof parameters>> = {
  id: "release-terraform-lock",
  title: "Release a dead job's lock on the Terraform state",
  description:
    "As terraform force-unlock, on condition that it still is the same lock. Shows whose it is. Can be undone.",
  runbook: "Disaster Recovery > Terraform State Recovery",
  tier: "name",
  parameters,
  operations: [
    "s3:ListObjectVersions",
    "s3:GetObject",
    "s3:HeadObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "dynamodb:GetItem",
    "dynamodb:DeleteItem",
    "dynamodb:PutItem",
  ],
  async prepare(context, { lockId }) {
    const place = placeOf(context);
    const access = accessOf(context);
    const { hasLockFile } = await listVersions(place, access);
    const { item, file } = await readLocks(place, hasLockFile, access);
    const isMeant = (held: HeldLock | undefined) =>
      held !== undefined && (lockId === "" || held.info.ID === lockId) ? held : undefined;
    const meant = { item: isMeant(item), file: isMeant(file) };
    const head = meant.file && (await headState({ ...place, key: lockFileKey(place) }, undefined, access));
    const shown = meant.item ?? meant.file;
    if (!shown) {
      const held = item ?? file;
      throw new Failure({
        kind: "not-found",
        what: stateResource(place),
        why: held ? `the lock that is held has another ID: ${describeLock(held)}` : "nobody has locked it",
        next: held ? "Give the ID of that lock if you mean it." : "Nothing has to be released.",
      });
    }
    return planOf(context, place, shown, { ...meant, ...(head ? { head } : {}) });
  },
};

interface Meant {
  item: HeldLock | undefined;
  file: HeldLock | undefined;
  /** Of the lock object: an undo writes it as it was. */
  head?: StateObject;
}

function planOf(context: PrepareContext, place: StatePlace, shown: HeldLock, meant: Meant): Prepared {
  const { Who, ID, Created } = shown.info;
  const ageMs = context.clock.now() - Date.parse(Created);
  const age = Number.isFinite(ageMs) ? `${Math.round(ageMs / 60_000)} minutes old` : "of unknown age";
  const owner: HumanStep = {
    kind: "human",
    id: "owner-is-dead",
    title: `Make sure that ${Who || "the owner"} is dead`,
    instruction: `Look where ${Who || "the owner of the lock"} runs (the CI job, the shell): is the process gone for certain, and will nobody start it again? The lock: ${describeLock(shown)}`,
  };
  return {
    facts: { state: stateResource(place), lock: describeLock(shown), age, "lock ID": ID || "unknown" },
    checks: [
      { label: "lock", status: "warn", detail: `${describeLock(shown)}; it is ${age}` },
      ...[meant.item, meant.file].flatMap((held) => (held ? unreadable(held) : [])),
    ],
    plan: {
      actionId: releaseTerraformLock.id,
      title: `Release the lock of ${Who || "somebody unknown"} on the ${stateResource(place)}`,
      parameters: { lockId: ID },
      tier: "name",
      resourceName: Who || place.bucket,
      effects: [
        "Everybody can plan and apply again. If the owner lives after all, two write at once, and the state or the infrastructure is damaged.",
      ],
      caveats: [
        "What the owner had applied before it died may not be in the state: run terraform plan before anything is applied.",
      ],
      steps: [
        owner,
        ...(meant.item ? [tableStep(place, meant.item)] : []),
        ...(meant.file ? [fileStep(place, meant.file, meant.head)] : []),
      ],
      verify: null,
      guard: null,
    },
  };
}

/** What is no plain text cannot be named in a condition, nor given back by an undo. */
function unreadable({ text }: HeldLock): Check[] {
  if (sanitizeLine(text) === text) return [];
  const detail = "it holds characters that are no text: look at it in the console, and use terraform force-unlock";
  return [{ label: "lock", status: "fail", detail }];
}

function tableStep(place: StatePlace, held: HeldLock): CallStep {
  const table = { TableName: place.lockTable ?? "" };
  const key = { LockID: { S: lockPath(place) } };
  const reading: Reading = {
    service: "dynamodb",
    operation: "GetItem",
    input: { ...table, Key: key, ConsistentRead: true },
    pick: { lock: "Item.Info.S.(sha256)" },
  };
  const [before, after] = [{ lock: shortHash(held.text) }, { lock: null }];
  const call = (id: string, title: string, operation: string, input: JsonObject) => ({
    kind: "call" as const,
    id,
    title,
    transport: "aws" as const,
    service: "dynamodb",
    operation,
    input: { ...table, ...input },
    resource: `lock item of the ${stateResource(place)}`,
  });
  return {
    ...call("release-table-lock", "Delete the lock item, if it still is this one", "DeleteItem", {
      Key: key,
      ConditionExpression: "Info = :held",
      ExpressionAttributeValues: { ":held": { S: held.text } },
    }),
    state: { reading, before, after },
    undo: [
      {
        ...call("restore-table-lock", `Give the lock item back to ${held.info.Who || "its owner"}`, "PutItem", {
          Item: { ...key, Info: { S: held.text } },
          ConditionExpression: "attribute_not_exists(LockID)",
        }),
        state: { reading, before: after, after: before },
      },
    ],
  };
}

function fileStep(place: StatePlace, held: HeldLock, head: StateObject | undefined): CallStep {
  const where = { Bucket: place.bucket, Key: lockFileKey(place) };
  const reading: Reading = {
    service: "s3",
    operation: "HeadObject",
    input: where,
    pick: { etag: "ETag" },
    absent: ["NotFound", "NoSuchKey"],
  };
  const [before, after] = [{ etag: held.etag ?? "" }, { etag: null }];
  const call = (id: string, title: string, operation: string, input: JsonObject) => ({
    kind: "call" as const,
    id,
    title,
    transport: "aws" as const,
    service: "s3",
    operation,
    input: { ...where, ...input },
    resource: `lock object of the ${stateResource(place)}`,
  });
  return {
    ...call("release-lock-object", "Delete the lock object, if it still is this one", "DeleteObject", {
      IfMatch: held.etag ?? "",
    }),
    state: { reading, before, after },
    undo: [
      {
        ...call("restore-lock-object", `Give the lock object back to ${held.info.Who || "its owner"}`, "PutObject", {
          Body: held.text,
          ContentType: head?.contentType ?? "application/json",
          IfNoneMatch: "*",
          ...head?.encryption,
        }),
        state: { reading, before: after, after: before },
      },
    ],
  };
}
