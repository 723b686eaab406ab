import type { AwsError } from "../wire/aws-error.ts";

/**
 * One page of a list with a token that encodes the position.
 * @param invalid the error for a token that is not ours.
 */
export function pageOf<T>(
  items: readonly T[],
  size: number,
  token: string | undefined,
  invalid: () => AwsError,
): { items: T[]; next: string | undefined } {
  const start =
    token === undefined
      ? 0
      : Number(/^page-(\d+)$/.exec(Buffer.from(token, "base64url").toString("utf8"))?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw invalid();
  const end = start + size;
  const next = end < items.length ? Buffer.from(`page-${end}`).toString("base64url") : undefined;
  return { items: items.slice(start, end), next };
}

/** The last part of an ARN or path: ECS takes names and ARNs alike. */
export function shortName(nameOrArn: string | undefined, fallback = ""): string {
  return nameOrArn?.split("/").pop() ?? fallback;
}

/** A Date of ms since the Unix epoch, undefined for undefined. */
export function date(atMs: number | undefined): Date | undefined {
  return atMs === undefined ? undefined : new Date(atMs);
}
