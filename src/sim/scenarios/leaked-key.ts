import type { Scenario } from "../scenario.ts";
import { accessKeyId } from "../world/iam/identifiers.ts";
import type { User } from "../world/iam/model.ts";
import { USER_KEYS } from "../world/iam/people.ts";
import { policyText } from "../world/iam/policy-text.ts";
import { type Attempt, KeyHolder } from "../world/key-holder.ts";
import { hashText } from "../world/random.ts";
import { GeneratedContent } from "../world/s3/content.ts";
import type { World } from "../world/world.ts";
import { runNessieForDays } from "./running-tasks.ts";

const MINUTE_MS = 60_000;
const USER = "ci-uploader";
/** Both from the blocks that are reserved for documentation (RFC 5737). */
const PIPELINE = {
  userAgent: "aws-sdk-go-v2/1.39.2 os/linux lang/go#1.25.1 ci-uploader/2.4",
  sourceAddress: "198.51.100.20",
};
const INTRUDER = {
  userAgent: "aws-cli/2.15.30 Python/3.11.8 Linux/6.6.9 source/x86_64.kali",
  sourceAddress: "203.0.113.77",
};
const UPLOAD_EVERY_MS = 5 * MINUTE_MS;
/** The team puts a new key into the pipeline's secrets this long after somebody made it. */
const ADOPTED_AFTER_MS = 4 * MINUTE_MS;
const BEGINS_MS = -52 * MINUTE_MS;

/** What goes on with the user's keys. */
interface Case {
  /** Keys that the intruder made. */
  planted: Set<string>;
  /** The key with which the pipeline's last upload succeeded. */
  uploadedWith: string;
}

const cases = new WeakMap<World, Case>();

const userOf = (world: World): User => world.iam.users.get(USER)!;
const unusable = (world: World, keyId: string) => world.iam.accessKey(keyId)?.status !== "Active";
const gone = (world: World, keyId: string) => world.iam.accessKey(keyId) === undefined;

/** What an intruder looks for first; nearly all of it is refused. */
function enumeration(world: World): Attempt[] {
  const { names, iam } = world;
  const read = (service: string, name: string, action = `${service}:${name}`, resource = "*"): Attempt => ({
    service,
    name,
    action,
    resource,
    readOnly: true,
  });
  const user = userOf(world).arn;
  return [
    read("iam", "GetUser", "iam:GetUser", user),
    read("iam", "ListUsers", "iam:ListUsers", `arn:aws:iam::${iam.accountId}:user/`),
    read("iam", "GetAccountAuthorizationDetails"),
    read("iam", "ListRoles", "iam:ListRoles", `arn:aws:iam::${iam.accountId}:role/`),
    read("s3", "ListBuckets", "s3:ListAllMyBuckets", "arn:aws:s3:::*"),
    read("ecs", "ListClusters"),
    read(
      "dynamodb",
      "ListTables",
      "dynamodb:ListTables",
      `arn:aws:dynamodb:${names.region}:${names.accountId}:table/*`,
    ),
    {
      ...read("iam", "CreateUser", "iam:CreateUser", `arn:aws:iam::${iam.accountId}:user/backup-svc`),
      input: { userName: "backup-svc" },
      readOnly: false,
    },
    {
      ...read("iam", "AttachUserPolicy", "iam:AttachUserPolicy", user),
      input: { userName: USER, policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" },
      readOnly: false,
    },
    read("iam", "ListAccessKeys", "iam:ListAccessKeys", user),
  ];
}

/** The user may make keys for itself: how the team meant to rotate them, and how the intruder stays. */
function letManageOwnKeys(world: World): void {
  const user = userOf(world);
  const Statement = [{ Effect: "Allow", Action: ["iam:CreateAccessKey", "iam:ListAccessKeys"], Resource: user.arn }];
  user.inline.set("rotate-own-keys", policyText({ Version: "2012-10-17", Statement }, "rotate-own-keys", "identity"));
}

/** CI uploads a batch every few minutes, and takes up a new key that a colleague made. */
function runPipeline(world: World, found: Case): void {
  const { kernel, storage } = world;
  const pipeline = new KeyHolder(world, PIPELINE);
  let inUse: string = USER_KEYS.uploader;
  let batch = 0;
  const upload = () => {
    const adopted = userOf(world).accessKeys.find(
      ({ id, status, createdAtMs }) =>
        id !== USER_KEYS.uploader &&
        !found.planted.has(id) &&
        status === "Active" &&
        createdAtMs <= kernel.nowMs - ADOPTED_AFTER_MS,
    );
    inUse = adopted?.id ?? inUse;
    const day = new Date(kernel.nowMs).toISOString().slice(0, 10);
    const key = `landing/ci/${day}/batch-${String(batch++).padStart(5, "0")}.json`;
    const content = new GeneratedContent(hashText(key), 4_000 + (hashText(key) % 90_000));
    if (pipeline.put(inUse, storage.lakehouse, key, content)) found.uploadedWith = inUse;
    else world.journal.note(kernel.nowMs, "ci-uploader's upload failed");
  };
  kernel.every(kernel.nowMs + MINUTE_MS, UPLOAD_EVERY_MS, upload);
}

/** The intruder looks around, plants a key, and downloads customers' data as long as one of the keys works. */
function letIn(world: World, found: Case): void {
  const { kernel, storage } = world;
  const random = world.random("scenario/leaked-key");
  const intruder = new KeyHolder(world, INTRUDER);
  const leaked = USER_KEYS.uploader;
  const identity: Attempt = {
    service: "sts",
    name: "GetCallerIdentity",
    action: "sts:GetCallerIdentity",
    resource: "*",
    readOnly: true,
  };
  kernel.at(world.epochMs + BEGINS_MS, () => intruder.attempt(leaked, identity));
  enumeration(world).forEach((attempt, index) => {
    const delayMs = 40_000 + index * 9_000 + random.between(0, 6_000);
    kernel.at(world.epochMs + BEGINS_MS + delayMs, () => intruder.attempt(leaked, attempt));
  });
  kernel.at(world.epochMs + BEGINS_MS + 5 * MINUTE_MS, () => {
    const user = userOf(world);
    const create: Attempt = {
      service: "iam",
      name: "CreateAccessKey",
      action: "iam:CreateAccessKey",
      resource: user.arn,
      input: { userName: USER },
      readOnly: false,
    };
    intruder.attempt(leaked, create, () => {
      const id = accessKeyId("AKIA", random);
      world.iam.addAccessKey(user, id, kernel.nowMs);
      found.planted.add(id);
      return {
        accessKey: {
          userName: USER,
          accessKeyId: id,
          status: "Active",
          createDate: new Date(kernel.nowMs).toISOString(),
        },
      };
    });
  });
  const files = ["customers", "orders"].flatMap((name) => storage.tables.get(name)!.dataFiles);
  let next = 0;
  const download = () => {
    kernel.after(random.between(2 * MINUTE_MS, 4 * MINUTE_MS), download);
    const keyId = [...found.planted, leaked].find((id) => intruder.works(id));
    for (let count = random.whole(2, 5); count > 0 && keyId !== undefined; count--) {
      const { path } = files[next++ % files.length]!;
      intruder.get(keyId, storage.lakehouse, path.slice(`s3://${storage.lakehouse.name}/`.length));
    }
    world.journal.note(kernel.nowMs, `intruder ${keyId === undefined ? "is shut out" : "downloads"}`);
  };
  // Before it plants a key, it tries the leaked one.
  kernel.at(world.epochMs + BEGINS_MS + 3 * MINUTE_MS, download);
}

function arrange(world: World): void {
  if (world.nessie) runNessieForDays(world, "leaked-key");
  const found: Case = { planted: new Set(), uploadedWith: USER_KEYS.uploader };
  cases.set(world, found);
  letManageOwnKeys(world);
  runPipeline(world, found);
  letIn(world, found);
}

/** A security incident: an access key is in the wrong hands. */
export const leakedKey: Scenario = {
  id: "leaked-key",
  title: "An access key is used from elsewhere",
  description:
    "The access key of ci-uploader leaked: from an unknown address somebody tries what it may do, makes a second key for later and downloads customers' data, while CI still uploads with the first key.",
  catalogs: ["glue", "nessie"],
  diagnosis: {
    verdict: "access-key-leaked",
    text: "CloudTrail shows refused calls of ci-uploader from 203.0.113.77 with another user agent, and CreateAccessKey that succeeded; the data events show GetObject on customers and orders from there with both keys. CI (198.51.100.20) only writes under landing/ci.",
  },
  contained: {
    text: "The leaked key and every key that the intruder made are inactive or gone.",
    holds: (world) => {
      const { planted } = cases.get(world)!;
      return [USER_KEYS.uploader, ...planted].every((keyId) => unusable(world, keyId));
    },
  },
  resolved: {
    text: "The leaked key and the intruder's are deleted, and CI has uploaded with a new one (its team takes a new key up within ten minutes).",
    holds: (world) => {
      const { planted, uploadedWith } = cases.get(world)!;
      const dead = [USER_KEYS.uploader, ...planted];
      return (
        dead.every((keyId) => gone(world, keyId)) && !dead.includes(uploadedWith) && !unusable(world, uploadedWith)
      );
    },
  },
  arrange,
};
