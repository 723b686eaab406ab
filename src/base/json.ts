import canonicalize from "canonicalize";

/** A value that survives JSON unchanged: what plans, record payloads and replay slices are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * The canonical form of RFC 8785: sorted keys, no white space, one spelling per number. Two equal values give equal
 * bytes, which is what hashes are made over.
 * @throws when the value holds something JSON cannot carry (NaN, Infinity).
 */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("value has no JSON form");
  return text;
}

/** The JSON view of an SDK value: dates become ISO 8601 strings, undefined members and functions disappear, bytes become a length. */
export function toJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object") {
    const out: JsonObject = {};
    for (const [key, member] of Object.entries(value)) {
      if (member !== undefined && typeof member !== "function") out[key] = toJson(member);
    }
    return out;
  }
  return null;
}
