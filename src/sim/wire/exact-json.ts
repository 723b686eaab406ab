/** A whole number beyond 2^53 as it stands in a JSON text: JSON.stringify writes it back digit by digit. */
interface RawNumber {
  rawJSON: string;
}

interface ExactJson {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
const exact = JSON as unknown as ExactJson;

/** A whole number of any size for JSON.stringify. */
export function exactNumber(value: bigint): unknown {
  return exact.rawJSON(String(value));
}

/** Parses JSON without loss: whole numbers that a JavaScript number does not hold stay as they are written. */
export function parseExact(text: string): unknown {
  type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;
  const keep: Reviver = (_key, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? exact.rawJSON(context!.source!)
      : value;
  return JSON.parse(text, keep);
}

/** The whole number that parseExact gave, undefined for anything else. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (exact.isRawJSON(value)) return BigInt(value.rawJSON);
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}
