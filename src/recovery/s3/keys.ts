/** A code unit in the place that its character has in UTF-8: surrogates stand for characters above U+FFFF, so behind U+E000..U+FFFF. */
function rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit >= 0xe000 ? codeUnit - 0x800 : codeUnit + 0x2000;
}

/**
 * Order of object keys: by their UTF-8 bytes (S3 API reference, ListObjectsV2).
 * @returns negative, 0 or positive.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Bytes of a key at most (S3 user guide, object keys). */
const KEY_BYTES = 1024;
/** The last character that is not reserved: nothing sorts behind it that a person would name. */
const LAST_CHARACTER = "\u{10fffd}";

/**
 * A key marker right before `key`, so that a listing behind it begins with that key: S3's markers are exclusive. A few keys may still
 * come before it, never one that is missed. Undefined: from the very beginning.
 */
export function markerBefore(key: string): string | undefined {
  const characters = Array.from(key);
  const last = characters.pop()?.codePointAt(0);
  const stem = characters.join("");
  if (last === undefined || last === 0) return stem === "" ? undefined : stem;
  // The code points of surrogates are no characters.
  const before = last === 0xe000 ? 0xd7ff : last - 1;
  const marker = `${stem}${String.fromCodePoint(before)}`;
  return Buffer.byteLength(marker) + Buffer.byteLength(LAST_CHARACTER) > KEY_BYTES ? marker : marker + LAST_CHARACTER;
}

/** Wildcards of a pattern at most: matching takes time by their number. */
const WILDCARDS = 8;

/**
 * Whether keys match a pattern: `*` is any text without a slash, `**` any text, `?` one character. A pattern without a slash is
 * matched against what follows the key's last slash. Undefined when the pattern has too many wildcards.
 */
export function keyPattern(pattern: string): ((key: string) => boolean) | undefined {
  const tokens = pattern.match(/\*\*\/|\*+|\?|[^*?]+/g) ?? [];
  if (tokens.filter((token) => /^[*?]/.test(token)).length > WILDCARDS) return undefined;
  const source = tokens.map((token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token === "*") return "[^/]*";
    if (token.startsWith("*")) return ".*";
    return token === "?" ? "[^/]" : token.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  const expression = new RegExp(`^${source.join("")}$`, "su");
  return pattern.includes("/")
    ? (key) => expression.test(key)
    : (key) => expression.test(key.slice(key.lastIndexOf("/") + 1));
}

/**
 * The source of a copy as S3 takes it: bucket and key percent-encoded, with the version behind. Slashes stay, everything else that
 * has a meaning in a URL (`+`, `%`, `?`, blanks) does not (S3 API reference, CopyObject: x-amz-copy-source).
 */
export function copySource(bucket: string, key: string, versionId: string): string {
  const path = `${bucket}/${key}`.split("/").map(encodeStrictly).join("/");
  return `${path}?versionId=${encodeURIComponent(versionId)}`;
}

const encodeStrictly = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** When a file is restored: readers must never find a table's metadata without the files that it names. */
export const RANK = { data: 0, deletes: 1, manifest: 2, manifestList: 3, metadata: 4 } as const;
export const RANKS = Object.values(RANK);

/** The rank of a file by the names that Iceberg's writers give. What is no table's file counts as data. */
export function rankOf(key: string): number {
  if (!/(?:^|\/)metadata\/[^/]*$/.test(key)) return RANK.data;
  if (/\.metadata\.json$|\.gz\.metadata\.json$|\.metadata\.json\.gz$|\/version-hint\.text$/.test(key))
    return RANK.metadata;
  if (/\/snap-[^/]*\.avro$/.test(key)) return RANK.manifestList;
  return key.endsWith(".avro") ? RANK.manifest : RANK.data;
}
