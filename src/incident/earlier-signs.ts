import type { AwsCaller } from "../aws/contract.ts";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { Deployment } from "../config/deployment.ts";
import { EARLIER_TERMS, LASTING_SIGN_MS } from "../diagnosis/proposal.ts";

/** Pages of one group that are read: FilterLogEvents may give empty ones beside a token. */
const MOST_PAGES = 10;

/** A line that shows a sign, sanitised. `atMs`: domain ms. */
export interface EarlierLine {
  atMs: number;
  text: string;
}

/**
 * Lines of the last hour in the logs of jobs that tell of what does not pass by itself: the tail of the logs begins later, and the next run
 * that meets it may be long in coming. `nowMs`: domain ms. A group that cannot be read gives none: the logs pane reads the same groups by
 * the same call, and says why.
 */
export async function earlierLines(
  aws: AwsCaller,
  { dagster, logGroups }: Pick<Deployment, "dagster" | "logGroups">,
  nowMs: number,
  signal: AbortSignal,
): Promise<EarlierLine[]> {
  const groups = [...new Set([...(dagster?.logGroups ?? []), ...logGroups])];
  const read = await Promise.all(groups.map((logGroup) => linesOf(aws, logGroup, nowMs, signal)));
  return read.flat();
}

async function linesOf(
  aws: AwsCaller,
  logGroupName: string,
  nowMs: number,
  signal: AbortSignal,
): Promise<EarlierLine[]> {
  const lines: EarlierLine[] = [];
  const question = {
    logGroupName,
    startTime: nowMs - LASTING_SIGN_MS,
    endTime: nowMs,
    filterPattern: EARLIER_TERMS.map((term) => `?${term}`).join(" "),
  };
  try {
    let nextToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const input = { ...question, ...(nextToken === undefined ? {} : { nextToken }) };
      const { output } = await aws.call("logs", "FilterLogEvents", input, { purpose: "poll", signal });
      for (const { timestamp = 0, message = "" } of output.events ?? [])
        lines.push({ atMs: timestamp, text: sanitizeLine(message) });
      nextToken = output.nextToken;
      if (nextToken === undefined) break;
    }
  } catch (error) {
    if (!(error instanceof Failure) && !signal.aborted) throw error;
  }
  return lines;
}
