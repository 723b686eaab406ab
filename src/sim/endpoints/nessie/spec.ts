import { pageLimit } from "../../wire/partial-page.ts";
import type { NessieCatalog } from "../../world/nessie/catalog.ts";
import { NessieError, NO_ANCESTOR, type Reference } from "../../world/nessie/model.ts";

const HASH = /^[0-9a-f]{64}$/;

/** A reference as paths name it: `main`, `main@<hash>`, `@<hash>` for a commit without a name, `-` for the default branch. */
export function parseSpec(spec: string): { name: string; hash: string | undefined } {
  const at = spec.indexOf("@");
  const name = at < 0 ? spec : spec.slice(0, at);
  const hash = at < 0 ? undefined : spec.slice(at + 1);
  if (hash !== undefined && !HASH.test(hash))
    throw new NessieError(
      400,
      "BAD_REQUEST",
      `Hash with optional relative part must be a valid hexadecimal string of 64 digits, but was: ${hash}`,
    );
  return { name: name === "-" ? "main" : name, hash };
}

/** The reference and the commit that a path names. @throws NessieError REFERENCE_NOT_FOUND, BAD_REQUEST. */
export function resolve(
  catalog: NessieCatalog,
  spec: string,
): { reference: Reference | { type: "DETACHED"; hash: string }; hash: string } {
  const { name, hash } = parseSpec(spec);
  if (name === "" && hash !== undefined) {
    if (hash !== NO_ANCESTOR) catalog.commitOf(hash);
    return { reference: { type: "DETACHED", hash }, hash };
  }
  const reference = catalog.reference(name);
  if (hash === undefined) return { reference, hash: reference.hash };
  catalog.checkOn(reference, hash);
  return { reference: { ...reference, hash }, hash };
}

/** A reference and the hash that its changer expects, which API version 2 demands. @throws NessieError BAD_REQUEST. */
export function expected(spec: string): { name: string; hash: string } {
  const { name, hash } = parseSpec(spec);
  if (hash === undefined) throw new NessieError(400, "BAD_REQUEST", "Expected hash must be provided.");
  return { name, hash };
}

/** One page of a sequence: `max-records` and `page-token` of the query, the token being a position. */
export function pageOf<T>(all: Iterable<T>, query: URLSearchParams): { items: T[]; hasMore: boolean; token?: string } {
  if (query.has("filter")) throw new NessieError(400, "BAD_REQUEST", "filters are not simulated");
  const start = Number(query.get("page-token") ?? 0);
  // The server's page size when none is asked for.
  const size = pageLimit(Number(query.get("max-records") ?? 0) || 250);
  if (!Number.isInteger(start) || start < 0) throw new NessieError(400, "BAD_REQUEST", "Invalid page token");
  const items: T[] = [];
  let position = 0;
  for (const item of all) {
    if (position >= start + size) return { items, hasMore: true, token: String(position) };
    if (position >= start) items.push(item);
    position += 1;
  }
  return { items, hasMore: false };
}
