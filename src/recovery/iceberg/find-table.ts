import type { RecoveryContext } from "../contract.ts";
import { S3Calls } from "../s3/calls.ts";
import { writeLines } from "../s3/findings.ts";
import { RANK } from "../s3/keys.ts";
import type { Finding } from "../s3/recovery.ts";
import { countText } from "../words.ts";
import type { Snapshot, TableFiles } from "./metadata.ts";
import { type NeededFile, neededFiles } from "./needed-files.ts";
import { damagedFiles, newTableTally, type TableTally } from "./table-damage.ts";

/** What is restored of a table. */
export interface ChosenTable {
  /** `lakehouse.orders`, for failures. */
  name: string;
  bucket: string;
  /** Of all the table's keys. */
  prefix: string;
  /** The metadata file, in the version that is read. */
  metadata: { key: string; version: string; size: number };
  files: TableFiles;
  /** Undefined: the table has no data. */
  snapshot: Snapshot | undefined;
}

/** Finds what a table's snapshot needs and is not there. Begins anew after a crash: it changes nothing. */
export async function findTable(table: ChosenTable, finding: Finding): Promise<void> {
  const { calls, state, context } = finding;
  state.ranges = [];
  const tally = newTableTally();
  for await (const group of filesOf(calls, table)) {
    const lines = await damagedFiles(calls, table, group, tally);
    if (lines.length > 0) await writeLines(lines, finding);
    context.progress(`${countText(tally.needed)} files looked at, ${countText(tally.damaged)} are missing or changed`);
  }
}

/**
 * Counts what a table's snapshot needs and is not there.
 * @param isOver whether an abort of the context's signal ends the counting and no more. Rejects with a Failure when a file that names
 * others cannot be read.
 */
export async function countTable(
  table: ChosenTable,
  context: RecoveryContext,
  isOver: () => boolean,
): Promise<{ tally: TableTally; isWhole: boolean }> {
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const tally = newTableTally();
  try {
    for await (const group of filesOf(calls, table)) await damagedFiles(calls, table, group, tally);
    return { tally, isWhole: true };
  } catch (error) {
    stop.abort(error);
    if (context.signal.aborted && isOver()) return { tally, isWhole: false };
    throw error;
  }
}

async function* filesOf(calls: S3Calls, table: ChosenTable): AsyncGenerator<NeededFile[], undefined> {
  const { bucket, name, files, snapshot, metadata } = table;
  if (snapshot) yield* neededFiles(calls, { bucket, what: `table ${name}` }, files, snapshot);
  yield [{ key: metadata.key, rank: RANK.metadata, version: metadata.version }];
}
