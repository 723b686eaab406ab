import { createHash } from "node:crypto";
import type { NessieCatalog } from "../../world/nessie/catalog.ts";
import { NessieError, type NessieOperation, type Reference } from "../../world/nessie/model.ts";
import { expected } from "./spec.ts";
import { referenceView } from "./views.ts";

const bad = (message: string) => new NessieError(400, "BAD_REQUEST", message);

function typeOf(query: URLSearchParams): Reference["type"] {
  const type = query.get("type")?.toUpperCase();
  if (type !== "BRANCH" && type !== "TAG") throw bad("Reference type must be branch or tag.");
  return type;
}

/** The hash of the reference in a body. */
function hashOf(body: Record<string, unknown>): string {
  if (typeof body.hash !== "string" || !/^[0-9a-f]{64}$/.test(body.hash)) throw bad("Reference hash must be provided.");
  return body.hash;
}

/** POST trees: a new branch or tag at the commit that the body's reference is at. */
export function create(catalog: NessieCatalog, query: URLSearchParams, body: Record<string, unknown>): object {
  const name = query.get("name");
  if (!name) throw bad("Reference name must be provided.");
  return { reference: referenceView(catalog.create({ type: typeOf(query), name, hash: hashOf(body) })) };
}

function checkType(catalog: NessieCatalog, name: string, query: URLSearchParams): void {
  const reference = catalog.reference(name);
  if (query.has("type") && reference.type !== typeOf(query))
    throw bad(`Expected reference type ${typeOf(query)} does not match existing reference of type ${reference.type}`);
}

/** PUT trees/{ref@hash}: the reference moves to the commit that the body's reference is at. */
export function assign(
  catalog: NessieCatalog,
  spec: string,
  query: URLSearchParams,
  body: Record<string, unknown>,
): object {
  const { name, hash } = expected(spec);
  checkType(catalog, name, query);
  return { reference: referenceView(catalog.assign(name, hash, hashOf(body))) };
}

/** DELETE trees/{ref@hash}. */
export function remove(catalog: NessieCatalog, spec: string, query: URLSearchParams): object {
  const { name, hash } = expected(spec);
  checkType(catalog, name, query);
  if (name === "main") throw bad("Default branch 'main' cannot be deleted.");
  return { reference: referenceView(catalog.delete(name, hash)) };
}

function operationsOf(body: Record<string, unknown>): NessieOperation[] {
  const operations = Array.isArray(body.operations) ? (body.operations as NessieOperation[]) : [];
  const readable = operations.every(
    (operation) =>
      Array.isArray(operation.key?.elements) &&
      (operation.type === "DELETE" || (operation.type === "PUT" && typeof operation.content?.type === "string")),
  );
  if (operations.length === 0 || !readable) throw bad("Commit must have readable PUT or DELETE operations.");
  return operations;
}

/** POST trees/{ref@hash}/history/commit. A new content without an id gets one. */
export function commit(catalog: NessieCatalog, spec: string, body: Record<string, unknown>, nowMs: number): object {
  const { name, hash } = expected(spec);
  const meta = (body.commitMeta ?? {}) as { message?: string; author?: string; authors?: string[]; committer?: string };
  if (!meta.message) throw bad("Commit message must be provided.");
  const given = operationsOf(body);
  const operations = given.map(
    (operation): NessieOperation =>
      operation.type === "PUT" && !operation.content.id
        ? { ...operation, content: { ...operation.content, id: contentId(nowMs, operation.key.elements) } }
        : operation,
  );
  const draft = {
    message: meta.message,
    author: meta.authors?.[0] ?? meta.author ?? "",
    committer: meta.committer ?? "",
    operations,
  };
  const targetBranch = catalog.commit(name, hash, draft, nowMs);
  const added = operations.flatMap((operation, index) => {
    const before = given[index]!;
    const fresh = operation.type === "PUT" && before.type === "PUT" && !before.content.id;
    return fresh ? [{ key: operation.key, contentId: operation.content.id }] : [];
  });
  return { targetBranch: referenceView(targetBranch), addedContents: added };
}

/** An id in the form of a UUID from when and where a content began. */
function contentId(nowMs: number, elements: readonly string[]): string {
  const hex = createHash("sha256")
    .update(`${nowMs} ${elements.join("\u001d")}`)
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
