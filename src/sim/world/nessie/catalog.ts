import { createHash } from "node:crypto";
import { type Commit, type Content, NessieError, type NessieOperation, NO_ANCESTOR, type Reference } from "./model.ts";
import type { NessiePersist } from "./persist.ts";

export interface CommitDraft {
  message: string;
  author: string;
  committer: string;
  operations: NessieOperation[];
}

export interface Entry {
  elements: string[];
  content: Content;
}

/** One text for a key: its elements, joined by a character that they cannot have. */
export const keyText = (elements: readonly string[]) => elements.join("\u001d");

const hashOf = (commit: Omit<Commit, "hash">) => createHash("sha256").update(JSON.stringify(commit)).digest("hex");

/** Nessie's version store: references, and commits behind them. */
export class NessieCatalog {
  readonly #persist: NessiePersist;

  constructor(persist: NessiePersist) {
    this.#persist = persist;
  }

  references(): Reference[] {
    return this.#persist.references();
  }

  /** @throws NessieError REFERENCE_NOT_FOUND. */
  reference(name: string): Reference {
    const reference = this.#persist.reference(name);
    if (!reference) throw new NessieError(404, "REFERENCE_NOT_FOUND", `Named reference '${name}' not found`);
    return reference;
  }

  /** A commit of this hash. @throws NessieError REFERENCE_NOT_FOUND. */
  commitOf(hash: string): Commit {
    const commit = this.#persist.commit(hash);
    if (!commit) throw new NessieError(404, "REFERENCE_NOT_FOUND", `Commit '${hash}' not found`);
    return commit;
  }

  /** The commits up to a hash, newest first. */
  history(hash: string): Generator<Commit> {
    return this.#persist.ancestry(hash);
  }

  /** Whether `hash` is the reference's head or behind it. @throws NessieError REFERENCE_NOT_FOUND when it is neither. */
  checkOn(reference: Reference, hash: string): void {
    if (hash === NO_ANCESTOR || hash === reference.hash) return;
    for (const commit of this.history(reference.hash)) if (commit.hash === hash) return;
    throw new NessieError(
      404,
      "REFERENCE_NOT_FOUND",
      `Could not find commit '${hash}' in reference '${reference.name}'.`,
    );
  }

  /** What all keys stand for at a hash, by key. */
  entries(hash: string): Entry[] {
    const newest = new Map<string, Entry | undefined>();
    for (const commit of this.history(hash)) {
      for (const operation of commit.operations) {
        const { elements } = operation.key;
        const text = keyText(elements);
        if (!newest.has(text))
          newest.set(text, operation.type === "PUT" ? { elements, content: operation.content } : undefined);
      }
    }
    const found = [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    return found.flatMap(([, entry]) => entry ?? []);
  }

  /** A new branch or tag. @throws NessieError REFERENCE_ALREADY_EXISTS, REFERENCE_NOT_FOUND for an unknown commit. */
  create(reference: Reference): Reference {
    if (this.#persist.reference(reference.name))
      throw new NessieError(409, "REFERENCE_ALREADY_EXISTS", `Named reference '${reference.name}' already exists.`);
    if (reference.hash !== NO_ANCESTOR) this.commitOf(reference.hash);
    this.#persist.setReference(reference);
    return reference;
  }

  /** Moves a reference whose head is `expected`. @throws NessieError REFERENCE_CONFLICT, REFERENCE_NOT_FOUND. */
  assign(name: string, expected: string, hash: string): Reference {
    const reference = this.#expected(name, expected);
    if (hash !== NO_ANCESTOR) this.commitOf(hash);
    const moved = { ...reference, hash };
    this.#persist.setReference(moved);
    return moved;
  }

  /** Deletes a reference whose head is `expected`. @throws NessieError REFERENCE_CONFLICT, REFERENCE_NOT_FOUND. */
  delete(name: string, expected: string): Reference {
    const reference = this.#expected(name, expected);
    this.#persist.deleteReference(reference);
    return reference;
  }

  /**
   * Commits on top of a branch. @param expected what the committer knows of it, an ancestor of its head.
   * @throws NessieError REFERENCE_CONFLICT when one of the keys was changed since.
   */
  commit(name: string, expected: string, draft: CommitDraft, atMs: number): Reference {
    const branch = this.reference(name);
    if (branch.type !== "BRANCH") throw new NessieError(400, "BAD_REQUEST", `Reference '${name}' is not a branch.`);
    this.checkOn(branch, expected);
    const touched = new Set(draft.operations.map((operation) => keyText(operation.key.elements)));
    for (const commit of this.history(branch.hash)) {
      if (commit.hash === expected) break;
      for (const { key } of commit.operations) {
        if (touched.has(keyText(key.elements)))
          throw new NessieError(
            409,
            "REFERENCE_CONFLICT",
            `Values of existing and expected content for key '${key.elements.join(".")}' are different.`,
          );
      }
    }
    const head = branch.hash === NO_ANCESTOR ? undefined : this.commitOf(branch.hash);
    const body = { parent: branch.hash, sequence: (head?.sequence ?? 0) + 1, ...draft, atMs };
    const commit = { ...body, hash: hashOf(body) };
    this.#persist.storeCommit(commit);
    const moved = { ...branch, hash: commit.hash };
    this.#persist.setReference(moved);
    return moved;
  }

  #expected(name: string, expected: string): Reference {
    const reference = this.reference(name);
    if (reference.hash !== expected)
      throw new NessieError(
        409,
        "REFERENCE_CONFLICT",
        `Named-reference '${name}' is not at expected hash '${expected}', but at '${reference.hash}'.`,
      );
    return reference;
  }
}
