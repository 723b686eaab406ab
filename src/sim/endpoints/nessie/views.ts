import type { NessieCatalog } from "../../world/nessie/catalog.ts";
import { type Commit, NO_ANCESTOR, type Reference } from "../../world/nessie/model.ts";

const instant = (atMs: number) => new Date(atMs).toISOString();

/** The server's configuration. */
export function configView(catalog: NessieCatalog): object {
  let oldest: Commit | undefined;
  for (const commit of catalog.history(catalog.reference("main").hash)) oldest = commit;
  const created = instant(oldest?.atMs ?? 0);
  return {
    defaultBranch: "main",
    minSupportedApiVersion: 1,
    maxSupportedApiVersion: 2,
    actualApiVersion: 2,
    specVersion: "2.2.0",
    noAncestorHash: NO_ANCESTOR,
    ...(oldest ? { repositoryCreationTimestamp: created, oldestPossibleCommitTimestamp: created } : {}),
    additionalProperties: {},
  };
}

/** A reference, or a commit without a name. */
export function referenceView(reference: Reference | { type: "DETACHED"; hash: string }): object {
  return { type: reference.type, ...("name" in reference ? { name: reference.name } : {}), hash: reference.hash };
}

/** What is known of a commit beside its operations. */
export function metaView(commit: Commit): object {
  return {
    hash: commit.hash,
    author: commit.author,
    authors: [commit.author],
    committer: commit.committer,
    allSignedOffBy: [],
    message: commit.message,
    commitTime: instant(commit.atMs),
    authorTime: instant(commit.atMs),
    allProperties: {},
    properties: {},
    parentCommitHashes: [commit.parent],
  };
}
