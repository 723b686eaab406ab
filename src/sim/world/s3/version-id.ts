import { hashText, type RandomStream } from "../random.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
/** Characters drawn at random, and those that carry the ordinal. */
const RANDOM_CHARACTERS = 28;
const ORDINAL_CHARACTERS = 4;
const ORDINAL_LIMIT = 64 ** ORDINAL_CHARACTERS;

/** What the API calls versions that were written while versioning was not enabled. */
export const NULL_VERSION = "null";

/** Writes `value` as `count` characters of the alphabet. */
function writeDigits(into: Buffer, at: number, value: number, count: number): void {
  for (let rest = value, index = 0; index < count; index++, rest = Math.floor(rest / 64)) {
    into[at + index] = ALPHABET.charCodeAt(rest % 64);
  }
}

function mask(head: string): number {
  return hashText(head) % ORDINAL_LIMIT;
}

/**
 * A version id as S3 makes them: opaque, 32 URL-safe characters. The last ones hide the version's place among those of its
 * key, so that a listing can go on behind a version that was deleted meanwhile.
 * @param ordinal 0 for the first version of a key.
 */
export function newVersionId(random: RandomStream, ordinal: number): string {
  // Written into bytes: a text grown by concatenation would keep its pieces in memory, times a million.
  const id = Buffer.alloc(RANDOM_CHARACTERS + ORDINAL_CHARACTERS);
  for (let at = 0; at < RANDOM_CHARACTERS; at += 4) writeDigits(id, at, random.whole(0, 64 ** 4 - 1), 4);
  const head = id.toString("latin1", 0, RANDOM_CHARACTERS);
  writeDigits(id, RANDOM_CHARACTERS, (ordinal + mask(head)) % ORDINAL_LIMIT, ORDINAL_CHARACTERS);
  return id.toString("latin1");
}

/** Whether the text has the form of a version id, `null` included. */
export function isVersionId(text: string): boolean {
  return text === NULL_VERSION || /^[A-Za-z0-9._]{32}$/.test(text);
}

/** The place of a version among those of its key, as its id says it. */
export function ordinalOf(versionId: string): number {
  const head = versionId.slice(0, RANDOM_CHARACTERS);
  let value = 0;
  for (let index = ORDINAL_CHARACTERS - 1; index >= 0; index--) {
    value = value * 64 + ALPHABET.indexOf(versionId[RANDOM_CHARACTERS + index] ?? "A");
  }
  return (value - mask(head) + ORDINAL_LIMIT) % ORDINAL_LIMIT;
}
