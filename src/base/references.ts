import type { Json } from "./json.ts";

/** A place in a plan that an earlier step's result fills: `{ "$ref": "register.output.revision" }`. */
export interface Reference {
  $ref: string;
}

export function isReference(value: Json): value is Json & Reference {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return typeof value.$ref === "string" && Object.keys(value).length === 1;
}

/** The value with every reference in it replaced. */
export function replaceReferences(value: Json, by: (reference: string) => Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => replaceReferences(item, by));
  if (isReference(value)) return by(value.$ref);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaceReferences(member, by)]));
}

/** For the eye: each reference as `<register.revision>`, where a value is shown before it is known. */
export function showReferences(value: Json): Json {
  return replaceReferences(value, (reference) => `<${reference.replace(".output.", ".")}>`);
}
