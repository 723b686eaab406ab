import type { OutputOf } from "../../aws/contract.ts";
import { Failure } from "../../base/failure.ts";
import { type BadCommit, badCommits, type CatalogTableState, folderOf, nameOf } from "../../iceberg/bad-commits.ts";
import { s3Place } from "../../iceberg/metadata.ts";
import { calling, type Reader } from "./reader.ts";

export type Commit = OutputOf<"nessie", "GetHistory">["logEntries"][number];
export type Entry = OutputOf<"nessie", "GetEntries">["entries"][number];

/** A branch of a Nessie, by the base of its REST API. */
export interface BranchPlace {
  endpoint: string;
  branch: string;
}

/** A branch as it is at one moment: everything was read at `head`. */
export interface BranchState {
  head: string;
  /** Newest first, with their operations. */
  commits: Commit[];
  /** True: down to the first commit. */
  isWhole: boolean;
  /** What its keys stand for. */
  entries: Entry[];
  /** Commits that took tables away, newest first. */
  bad: BadCommit[];
}

export const BRANCH_READS = ["nessie:GetReference", "nessie:GetHistory", "nessie:GetEntries", "s3:HeadObject"];

/** Commits that are read: a day of appends every few minutes; with a hash to look for, as many as the second number. */
const COMMITS = 500;
const COMMITS_TO_FIND = 10_000;
const COMMITS_A_PAGE = 250;
/** Metadata files that are looked for in S3. */
const FILES = 100;

/**
 * Reads a branch and finds the commits that did harm. Rejects with a Failure, as when Nessie does not answer.
 * @param wanted a hash, or how it begins: the history is read until it is found. @param sinceMs older commits are no suspects.
 */
export async function readBranch(
  reader: Reader,
  place: BranchPlace,
  { wanted, sinceMs }: { wanted: string; sinceMs: number },
): Promise<BranchState> {
  const { aws } = reader;
  const at = { Endpoint: place.endpoint, Reference: place.branch };
  const { reference } = (await aws.call("nessie", "GetReference", at, calling(reader))).output;
  if (reference.type !== "BRANCH") {
    const why = `it is a ${reference.type.toLowerCase()}`;
    throw new Failure({ kind: "invalid", what: `branch ${place.branch}`, why, next: "Name a branch, such as main." });
  }
  const head = reference.hash;
  const [history, entries] = await Promise.all([
    readHistory(reader, place, head, wanted),
    readEntries(reader, place, head),
  ]);
  const bad = badCommits(history.commits, entries, await movedTables(reader, history.commits, entries), sinceMs);
  return { head, ...history, entries, bad };
}

async function readHistory(reader: Reader, { endpoint, branch }: BranchPlace, head: string, wanted: string) {
  const commits: Commit[] = [];
  let PageToken: string | undefined;
  for (;;) {
    const paging = PageToken === undefined ? {} : { PageToken };
    const at = { Endpoint: endpoint, Reference: branch, Hash: head };
    const { output } = await reader.aws.call(
      "nessie",
      "GetHistory",
      { ...at, MaxRecords: COMMITS_A_PAGE, ...paging },
      calling(reader),
    );
    commits.push(...output.logEntries);
    if (!output.hasMore || output.token === undefined) return { commits, isWhole: true };
    const isFound = wanted === "" || findCommit(commits, wanted).length > 0;
    if (commits.length >= (isFound ? COMMITS : COMMITS_TO_FIND)) return { commits, isWhole: false };
    PageToken = output.token;
  }
}

/** The commits whose hash begins so. */
export const findCommit = (commits: readonly Commit[], wanted: string): Commit[] =>
  commits.filter(({ commitMeta }) => commitMeta.hash.startsWith(wanted.toLowerCase()));

/** What every key stood for at a commit of the branch. */
export async function readEntries(reader: Reader, { endpoint, branch }: BranchPlace, hash: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let PageToken: string | undefined;
  do {
    const paging = PageToken === undefined ? {} : { PageToken };
    const at = { Endpoint: endpoint, Reference: branch, Hash: hash };
    const { output } = await reader.aws.call("nessie", "GetEntries", { ...at, ...paging }, calling(reader));
    entries.push(...output.entries);
    PageToken = output.hasMore ? output.token : undefined;
  } while (PageToken !== undefined);
  return entries;
}

/** Of tables that some commit puts into several folders: whether the metadata file that they have now is there. */
async function movedTables(reader: Reader, commits: readonly Commit[], entries: readonly Entry[]) {
  const folders = new Map<string, Set<string>>();
  for (const { operations = [] } of commits) {
    for (const operation of operations) {
      if (operation.type !== "PUT" || operation.content.metadataLocation === undefined) continue;
      const name = nameOf(operation.key.elements);
      folders.set(name, (folders.get(name) ?? new Set()).add(folderOf(operation.content.metadataLocation)));
    }
  }
  const moved = entries.filter(({ name }) => (folders.get(nameOf(name.elements))?.size ?? 0) > 1).slice(0, FILES);
  return Promise.all(
    moved.map(async ({ name, content }): Promise<CatalogTableState> => {
      const metadataLocation = content?.metadataLocation ?? "";
      const status = await fileStatus(reader, metadataLocation);
      return { name: nameOf(name.elements), metadataLocation, status };
    }),
  );
}

/** Whether a file is in S3; `unknown` where that is not to be told, as without the right to read it. */
export async function fileStatus(reader: Reader, path: string): Promise<"present" | "missing" | "unknown"> {
  const place = s3Place(path);
  if (!place) return "unknown";
  try {
    await reader.aws.call("s3", "HeadObject", { Bucket: place.bucket, Key: place.key }, calling(reader));
    return "present";
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.kind === "not-found" ? "missing" : "unknown";
  }
}

/** What going from one state of the keys to another does to the tables. */
export interface TableChanges {
  /** Not there now, and there then. */
  back: string[];
  /** There now, and not there then. */
  gone: string[];
  /** Pointing at another metadata file then: name and that file. */
  changed: { name: string; to: string }[];
}

/** Compares what the keys stand for now with what they stood for then. Names sorted. */
export function tableChanges(now: readonly Entry[], then: readonly Entry[]): TableChanges {
  const places = (entries: readonly Entry[]) =>
    new Map(
      entries
        .filter(({ type }) => type !== "NAMESPACE")
        .map(({ name, content }) => [nameOf(name.elements), content?.metadataLocation ?? ""]),
    );
  const [present, former] = [places(now), places(then)];
  return {
    back: [...former.keys()].filter((name) => !present.has(name)).sort(),
    gone: [...present.keys()].filter((name) => !former.has(name)).sort(),
    changed: [...former]
      .filter(([name, to]) => present.has(name) && present.get(name) !== to)
      .map(([name, to]) => ({ name, to }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
