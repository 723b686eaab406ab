import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { s3Arn } from "../../aws/partition.ts";
import { canonicalJson, type JsonObject } from "../../base/json.ts";
import type { ExportedFile } from "../../evidence/export/contract.ts";
import { bundleName } from "../../evidence/export/names.ts";
import { Workspace } from "../../evidence/export/workspace.ts";
import type { RecoveryContext } from "../contract.ts";
import { S3Calls } from "./calls.ts";
import { newRanges, Survey, type SurveyedRange, type SurveyQuery } from "./survey.ts";
import { sumOf, type Tally } from "./tally.ts";

interface Checkpoint {
  startedAtMs: number;
  untilMs: number;
  ranges: SurveyedRange[];
}

export interface SurveyExport {
  tally: Tally;
  untilMs: number;
  /** Undefined when nothing was found, or it is not through. */
  file?: ExportedFile;
  /** Why it is not through; undefined: it is. */
  failure?: unknown;
  /** Deletes checkpoint and data: once the file is in the bundle. */
  discard(): Promise<void>;
}

/**
 * Surveys a bucket into one compressed file of JSON lines, a damaged key each, in the order of keys. Goes on from its checkpoint when
 * the same survey was begun before. Memory does not grow with the number of versions.
 * @param key what makes two surveys the same one. @param untilMs null: now, by S3's own time.
 */
export async function exportSurvey(
  key: JsonObject,
  query: Omit<SurveyQuery, "untilMs">,
  untilMs: number | null,
  context: RecoveryContext,
): Promise<SurveyExport> {
  const stop = new AbortController();
  const calls = new S3Calls(context, AbortSignal.any([context.signal, stop.signal]));
  const workspace = await Workspace.open<Checkpoint>(context.folder, canonicalJson(["s3-damage", key, untilMs]));
  const known = await workspace.load();
  const { serverDateMs } = await calls.call("GetBucketVersioning", { Bucket: query.bucket });
  const state: Checkpoint = known ?? {
    startedAtMs: context.clock.now(),
    untilMs: untilMs ?? serverDateMs ?? context.clock.now(),
    ranges: [],
  };
  const path = (range: number) => workspace.path(`${range}.jsonl`);
  const whole: SurveyQuery = { ...query, untilMs: state.untilMs };
  const result = (rest: Pick<SurveyExport, "file" | "failure">): SurveyExport => ({
    tally: sumOf(state.ranges.map(({ tally }) => tally)),
    untilMs: state.untilMs,
    discard: () => workspace.discard(),
    ...rest,
  });
  try {
    if (state.ranges.length === 0) state.ranges = await newRanges(calls, whole);
    const save = (ranges: readonly SurveyedRange[]) => workspace.save(JSON.stringify({ ...state, ranges }));
    await new Survey(calls, whole, state.ranges, { path, save }, context).run();
  } catch (error) {
    stop.abort(error);
    return result({ failure: context.signal.aborted ? context.signal.reason : error });
  }
  if (state.ranges.every(({ bytes }) => bytes === 0)) return result({});
  const name = `${bundleName(`s3-damage-${query.bucket}-${query.prefix}`, query.sinceMs, state.untilMs)}.jsonl.gz`;
  const target = workspace.path("damage.jsonl.gz");
  await compress(
    state.ranges.map(({ bytes }, range) => ({ path: path(range), bytes })),
    target,
  );
  return result({
    file: {
      path: target,
      name,
      sourceArn: s3Arn(context.aws.region, query.bucket, query.prefix),
      api: "s3:ListObjectVersions",
      requestIds: [],
      startedAtMs: state.startedAtMs,
      endedAtMs: context.clock.now(),
      partialReason: "",
    },
  });
}

/** The files one after the other, compressed into a private file. */
export async function compress(parts: readonly { path: string; bytes: number }[], target: string): Promise<void> {
  const present = parts.filter(({ bytes }) => bytes > 0);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const { path, bytes } of present)
      yield* createReadStream(path, { end: bytes - 1 }) as AsyncIterable<Buffer> as AsyncGenerator<Buffer>;
  }
  await pipeline(chunks(), createGzip({ level: 4 }), createWriteStream(target, { mode: 0o600, flush: true }));
}
