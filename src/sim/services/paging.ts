import type { AwsError } from "../wire/aws-error.ts";
import { emptyPageToken, pageLimit, withoutEmptyMark } from "../wire/partial-page.ts";

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
  const start = positionOf(withoutEmptyMark(token), invalid);
  const empty = start < items.length ? emptyPageToken(token) : undefined;
  if (empty !== undefined) return { items: [], next: empty };
  const end = start + pageLimit(size);
  return { items: items.slice(start, end), next: end < items.length ? tokenAt(end) : undefined };
}

/** The token of the page that begins at this item. */
export function tokenAt(position: number): string {
  return Buffer.from(`page-${position}`).toString("base64url");
}

/** The items from the position that a token encodes, for pages that are not counted in items alone. */
export function pageFrom<T>(items: readonly T[], token: string, invalid: () => AwsError): T[] {
  return items.slice(positionOf(token, invalid));
}

function positionOf(token: string | undefined, invalid: () => AwsError): number {
  if (token === undefined) return 0;
  const [, position] = /^page-(\d+)$/.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (position === undefined) throw invalid();
  return Number(position);
}

/** The last part of an ARN or path: ECS takes names and ARNs alike. */
export function shortName(nameOrArn: string | undefined, fallback = ""): string {
  return nameOrArn?.split("/").pop() ?? fallback;
}

/** A Date of ms since the Unix epoch, undefined for undefined. */
export function date(atMs: number | undefined): Date | undefined {
  return atMs === undefined ? undefined : new Date(atMs);
}
