import { AsyncLocalStorage } from "node:async_hooks";
import type { WireCall } from "./types.ts";

/** In the call that is being answered: how many items its page may look at. */
const limits = new AsyncLocalStorage<number>();

/** Begins the token behind a page that was left empty; no token of the pagers has a dot in it. */
export const EMPTY_MARK = "empty.";

/** Answers a call whose pages hold no more than `call.pageItems`, when a fault has set that. */
export function withPartialPages<T>(call: WireCall, answer: () => T): T {
  return call.pageItems === undefined ? answer() : limits.run(call.pageItems, answer);
}

/**
 * What a page of the call being answered may hold, where `asked` is what the caller and the service's own limit allow: as many,
 * or fewer (but one at least) under the fault `partial-pages`. Pagers ask this and nothing else.
 */
export function pageLimit(asked: number): number {
  const limit = limits.getStore();
  return limit === undefined ? asked : Math.min(asked, Math.max(1, limit));
}

/**
 * The token of a page that is to be left empty, undefined when it is not. The page behind an empty one never is, so that a caller
 * who pages on comes to an end and never sees the same token twice in a row.
 * @param token that with which the page is asked for.
 */
export function emptyPageToken(token: string | undefined): string | undefined {
  return limits.getStore() === 0 && !token?.startsWith(EMPTY_MARK) ? EMPTY_MARK + (token ?? "") : undefined;
}

/** The token without the mark of an empty page before it; undefined for the first page. */
export function withoutEmptyMark(token: string | undefined): string | undefined {
  return token?.startsWith(EMPTY_MARK) ? token.slice(EMPTY_MARK.length) || undefined : token;
}
