import { globalRegionOf } from "../../aws/partition.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { lookupEvents, TRAIL_OPERATIONS, type TrailEvent } from "../sources/trail.ts";

/** An access key of an IAM user. Times in domain ms. */
export interface AccessKey {
  user: string;
  id: string;
  active: boolean;
  createdMs: number;
  /** As IAM tells it: some hours late. */
  lastUsedMs?: number;
}

export interface AccessKeys {
  keys: AccessKey[];
  /** Users that were not looked at: there are too many. */
  unread: number;
}

/** Users whose keys are listed, and of whom the event history is asked: it allows two calls a second. */
const MOST_USERS = 60;
const MOST_HISTORIES = 4;

/** The access keys of all IAM users. */
export const accessKeys: FactSource<AccessKeys> = {
  id: "access-keys",
  title: "access keys of IAM users",
  operations: ["iam:ListUsers", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"],
  async fetch(reader) {
    const users: string[] = [];
    let Marker: string | undefined;
    do {
      const output = await reader.call("iam", "ListUsers", Marker === undefined ? {} : { Marker });
      users.push(...(output.Users ?? []).flatMap(({ UserName }) => UserName ?? []));
      Marker = output.IsTruncated ? output.Marker : undefined;
    } while (Marker !== undefined);
    const keys = await Promise.all(users.slice(0, MOST_USERS).map((user) => keysOf(reader, user)));
    return { keys: keys.flat(), unread: Math.max(0, users.length - MOST_USERS) };
  },
};

async function keysOf(reader: FactReader, UserName: string): Promise<AccessKey[]> {
  const { AccessKeyMetadata = [] } = await reader.call("iam", "ListAccessKeys", { UserName });
  return Promise.all(
    AccessKeyMetadata.map(async ({ AccessKeyId = "", Status, CreateDate }) => {
      const { AccessKeyLastUsed } = await reader.call("iam", "GetAccessKeyLastUsed", { AccessKeyId });
      const used = AccessKeyLastUsed?.LastUsedDate?.getTime();
      return {
        user: sanitizeLine(UserName),
        id: AccessKeyId,
        active: Status === "Active",
        createdMs: CreateDate?.getTime() ?? 0,
        ...(used === undefined ? {} : { lastUsedMs: used }),
      };
    }),
  );
}

export interface UserHistories {
  /** Management events of the last day by user. */
  events: ReadonlyMap<string, TrailEvent[]>;
  /** Users with keys whose history was not read. */
  unread: string[];
}

/** What users with keys did in the last day, those whose keys were made or used last. */
export const userHistories: FactSource<UserHistories> = {
  id: "user-histories",
  title: "what users with access keys did (CloudTrail)",
  operations: TRAIL_OPERATIONS,
  async fetch(reader) {
    const { keys } = await reader.need(accessKeys);
    const newest = (user: string) =>
      Math.max(
        ...keys
          .filter((key) => key.user === user)
          .map(({ createdMs, lastUsedMs = 0 }) => Math.max(createdMs, lastUsedMs)),
      );
    const users = [...new Set(keys.map(({ user }) => user))].sort((a, b) => newest(b) - newest(a));
    const regions = [...new Set([globalRegionOf(reader.where.region), reader.where.region])];
    const events = await Promise.all(
      users.slice(0, MOST_HISTORIES).map(async (user) => {
        const attribute = { key: "Username" as const, value: user };
        const parts = await Promise.all(regions.map((region) => lookupEvents(reader, attribute, { region })));
        return [user, parts.flat().sort((a, b) => a.atMs - b.atMs)] as const;
      }),
    );
    return { events: new Map(events), unread: users.slice(MOST_HISTORIES) };
  },
};
