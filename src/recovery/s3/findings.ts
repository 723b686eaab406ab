import { Failure } from "../../base/failure.ts";
import { GrowingFile } from "../../evidence/export/workspace.ts";
import { type Damage, type DamageKind, versionMembers } from "./damage.ts";
import type { Expiry } from "./expiry.ts";
import { rankOf } from "./keys.ts";
import type { Finding } from "./recovery.ts";
import { statesOf } from "./states.ts";
import { newRanges, Survey, type SurveyedRange } from "./survey.ts";
import { addDamage, newTally } from "./tally.ts";

export interface SurveyChoice {
  matches: (key: string) => boolean;
  kinds: readonly DamageKind[];
  expiry: Expiry;
}

/** Finds what happened to the keys below the prefix, by listing all their versions. */
export async function findBySurvey(
  choice: SurveyChoice,
  { calls, target, state, workspace, context }: Finding,
): Promise<void> {
  const query = { ...target, ...choice };
  if (state.ranges.length === 0) {
    state.ranges = await newRanges(calls, query);
    await workspace.save(state);
  }
  const files = {
    path: (range: number) => workspace.found(range),
    save: (ranges: readonly SurveyedRange[]) => workspace.save({ ...state, ranges: [...ranges] }),
  };
  await new Survey(calls, query, state.ranges, files, context).run();
}

/** Finds one version that was named by its id. Rejects with a Failure when it is not there or holds no data. */
export async function findVersion({ key, version }: { key: string; version: string }, finding: Finding): Promise<void> {
  const { calls, target } = finding;
  const isWanted = (_key: string, _size: number, id: string) => id === version;
  const query = { bucket: target.bucket, prefix: key, sinceMs: target.sinceMs, isWanted };
  const found = (await statesOf(calls, query, [key])).get(key);
  const isCurrent = found?.latest.id === version;
  if (!found?.wanted || isCurrent) {
    throw new Failure({
      kind: isCurrent ? "invalid" : "not-found",
      what: `version ${version} of s3://${target.bucket}/${key}`,
      why: isCurrent ? "it is the current version already" : "the key has no such version with data",
      next: `List its versions: aws s3api list-object-versions --bucket ${target.bucket} --prefix ${key}`,
    });
  }
  const { latest } = found;
  const line: Damage = {
    k: key,
    c: latest.isMarker ? "deleted" : "overwritten",
    r: rankOf(key),
    ...versionMembers(found.wanted),
    t: latest.atMs,
    l: latest.id,
  };
  await writeLines([line], finding);
}

/** Writes the lines as the findings, in a file of their own. */
export async function writeLines(lines: readonly Damage[], { state, workspace }: Finding): Promise<void> {
  const tally = newTally();
  for (const line of lines) {
    addDamage(tally, line, () => undefined);
    tally.keys += 1;
    tally.written[line.r] = (tally.written[line.r] ?? 0) + 1;
  }
  const range = state.ranges.length;
  const file = await GrowingFile.open(workspace.found(range), 0);
  try {
    const bytes = await file.append(Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
    await file.sync();
    state.ranges.push({ from: null, to: null, after: null, bytes, done: true, tally });
  } finally {
    await file.close();
  }
}
