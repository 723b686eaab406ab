import { keyText, type NessieCatalog } from "../../world/nessie/catalog.ts";
import { type Commit, NessieError } from "../../world/nessie/model.ts";
import { pageOf, resolve } from "./spec.ts";
import { metaView, referenceView } from "./views.ts";

/** All references. */
export function readReferences(catalog: NessieCatalog, query: URLSearchParams): object {
  const { items, ...page } = pageOf(catalog.references(), query);
  return { ...page, references: items.map(referenceView) };
}

function* until(history: Iterable<Commit>, limitHash: string | null): Generator<Commit> {
  for (const commit of history) {
    yield commit;
    if (commit.hash === limitHash) return;
  }
}

/** The commit log, newest first, to `limit-hash` inclusive; with `fetch=ALL` each entry has its operations. */
export function readHistory(catalog: NessieCatalog, spec: string, query: URLSearchParams): object {
  const { hash } = resolve(catalog, spec);
  const { items, ...page } = pageOf(until(catalog.history(hash), query.get("limit-hash")), query);
  const all = query.get("fetch")?.toUpperCase() === "ALL";
  return {
    ...page,
    logEntries: items.map((commit) => ({
      commitMeta: metaView(commit),
      ...(all ? { parentCommitHash: commit.parent, operations: commit.operations } : {}),
    })),
  };
}

/** All keys at a commit; with `content=true` what they stand for. */
export function readEntries(catalog: NessieCatalog, spec: string, query: URLSearchParams): object {
  const { reference, hash } = resolve(catalog, spec);
  const { items, ...page } = pageOf(catalog.entries(hash), query);
  const withContent = query.get("content") === "true";
  return {
    ...page,
    effectiveReference: referenceView(reference),
    entries: items.map(({ elements, content }) => ({
      name: { elements },
      type: content.type,
      contentId: content.id,
      ...(withContent ? { content } : {}),
    })),
  };
}

/** What one key stands for. @param key its elements, joined by dots. @throws NessieError CONTENT_NOT_FOUND. */
export function readContents(catalog: NessieCatalog, spec: string, key: string): object {
  const { reference, hash } = resolve(catalog, spec);
  const elements = key.split(".").map((element) => element.replaceAll("\u001d", "."));
  const text = keyText(elements);
  const entry = catalog.entries(hash).find((candidate) => keyText(candidate.elements) === text);
  if (!entry)
    throw new NessieError(404, "CONTENT_NOT_FOUND", `Could not find content for key '${key}' in reference '${spec}'.`);
  return { content: entry.content, effectiveReference: referenceView(reference) };
}

/** Keys whose content differs between two commits. */
export function readDiff(catalog: NessieCatalog, fromSpec: string, toSpec: string, query: URLSearchParams): object {
  const [from, to] = [resolve(catalog, fromSpec), resolve(catalog, toSpec)];
  const sides = [from, to].map(
    ({ hash }) => new Map(catalog.entries(hash).map((entry) => [keyText(entry.elements), entry])),
  );
  const [before, after] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  const diffs = keys.flatMap((key) => {
    const [one, other] = [before.get(key), after.get(key)];
    if (JSON.stringify(one?.content) === JSON.stringify(other?.content)) return [];
    return { key: { elements: (one ?? other)!.elements }, from: one?.content ?? null, to: other?.content ?? null };
  });
  const { items, ...page } = pageOf(diffs, query);
  const effective = {
    effectiveFromReference: referenceView(from.reference),
    effectiveToReference: referenceView(to.reference),
  };
  return { ...page, ...effective, diffs: items };
}
