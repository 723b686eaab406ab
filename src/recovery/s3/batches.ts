import type { Damage } from "./damage.ts";
import { RANKS } from "./keys.ts";
import { linesOf } from "./manifest.ts";

/** How far a recovery has come: everything before is settled. Ranks go one after the other, and in each the files of the ranges. */
export interface Position {
  rank: number;
  range: number;
  /** Bytes of that range's file. */
  offset: number;
}

export interface Batch {
  lines: Damage[];
  rank: number;
  /** Where the next one begins. */
  end: Position;
}

export const START: Position = { rank: RANKS[0]!, range: 0, offset: 0 };

/** The lines of the files in the order in which they are restored, from a position on, so many at a time, none across two ranks. */
export async function* batchesOf(
  files: readonly { path: string; bytes: number }[],
  ranks: readonly number[],
  from: Position,
  size: number,
): AsyncGenerator<Batch, undefined> {
  for (const rank of RANKS.filter((one) => one >= from.rank && ranks.includes(one))) {
    const isFirst = rank === from.rank;
    let lines: Damage[] = [];
    let end: Position = { rank, range: isFirst ? from.range : 0, offset: isFirst ? from.offset : 0 };
    for (let range = end.range; range < files.length; range++) {
      const { path, bytes } = files[range]!;
      const start = isFirst && range === from.range ? from.offset : 0;
      for await (const { text, end: offset } of linesOf(path, start, bytes)) {
        end = { rank, range, offset };
        const line = JSON.parse(text) as Damage;
        if (line.r !== rank) continue;
        lines.push(line);
        if (lines.length < size) continue;
        yield { lines, rank, end };
        lines = [];
      }
    }
    if (lines.length > 0) yield { lines, rank, end };
  }
}
