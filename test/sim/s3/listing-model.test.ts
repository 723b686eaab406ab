import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "../../../src/sim/world/random.ts";
import { Bucket } from "../../../src/sim/world/s3/bucket.ts";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { type ListingPage, type ListingQuery, listKeys, listVersions } from "../../../src/sim/world/s3/listing.ts";

const key = fc
  .array(fc.constantFrom("a", "b", "/", "🐎"), { minLength: 1, maxLength: 5 })
  .map((letters) => letters.join(""));
const change = fc.record({ key, kind: fc.constantFrom("write", "write", "delete", "purge") });

function build(changes: { key: string; kind: string }[]): Bucket {
  const bucket = new Bucket(
    { name: "b", region: "r", accountId: "1", createdAtMs: 0, versioning: "Enabled" },
    (entity) => randomStream(1, entity),
  );
  changes.forEach(({ key: name, kind }, index) => {
    const options = { atMs: index, origin: "world" as const };
    if (kind === "write") bucket.write(name, textContent(name), options);
    else if (kind === "delete") bucket.delete(name, options);
    else bucket.deleteVersion(name, bucket.objects.get(name)?.at(-1)?.versionId ?? "");
  });
  return bucket;
}

/** All pages of a listing, as "key version" and "prefix/" lines. */
function pages(
  list: (bucket: Bucket, query: ListingQuery) => ListingPage,
  bucket: Bucket,
  query: ListingQuery,
): string[] {
  const lines: string[] = [];
  for (let next: ListingPage["next"] = { after: "" }; next; ) {
    const page: ListingPage = list(bucket, { ...query, ...(next.after === "" ? {} : next) });
    expect(page.versions.length + page.commonPrefixes.length).toBeLessThanOrEqual(query.limit);
    if (page.next) expect(page.versions.length + page.commonPrefixes.length).toBe(query.limit);
    lines.push(...page.versions.map(({ version, latest }) => `${version.key} ${version.id} ${latest}`));
    lines.push(...page.commonPrefixes.map((prefix) => `${prefix} group`));
    next = page.next;
  }
  return lines.sort();
}

/** The same from the definition: filter everything, group by the delimiter. */
function expected(bucket: Bucket, { prefix, delimiter }: ListingQuery, keysOnly: boolean): string[] {
  const lines = new Set<string>();
  for (const [name, versions] of bucket.objects.from()) {
    if (!name.startsWith(prefix) || (keysOnly && versions[0]!.deleteMarker)) continue;
    const at = delimiter === "" ? -1 : name.indexOf(delimiter, prefix.length);
    if (at >= 0) lines.add(`${name.slice(0, at + delimiter.length)} group`);
    else
      for (const [index, version] of (keysOnly ? versions.slice(0, 1) : versions).entries())
        lines.add(`${name} ${version.id} ${index === 0}`);
  }
  return [...lines].sort();
}

test("pages of any size give exactly what there is, with and without prefix and delimiter", () => {
  const prefix = fc.oneof(fc.constant(""), key);
  const delimiter = fc.constantFrom("", "/", "ab");
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 80 }),
      prefix,
      delimiter,
      fc.integer({ min: 1, max: 7 }),
      (changes, ...rest) => {
        const bucket = build(changes);
        const query = { prefix: rest[0], delimiter: rest[1], limit: rest[2] };
        expect(pages(listKeys, bucket, query)).toEqual(expected(bucket, query, true));
        expect(pages(listVersions, bucket, query)).toEqual(expected(bucket, query, false));
      },
    ),
  );
});

test("who deletes every version of a page before asking for the next one misses none", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), fc.integer({ min: 1, max: 5 }), (changes, limit) => {
      const bucket = build(changes);
      for (let next: ListingPage["next"] = { after: "" }; next; ) {
        const page: ListingPage = listVersions(bucket, {
          prefix: "",
          delimiter: "",
          limit,
          ...(next.after === "" ? {} : next),
        });
        for (const { version } of page.versions) bucket.deleteVersion(version.key, version.versionId);
        next = page.next;
      }
      expect(bucket.objects.size).toBe(0);
    }),
  );
});
