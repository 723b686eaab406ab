import { s3Place } from "../../iceberg/metadata.ts";
import { workloads } from "../access/workloads.ts";
import type { AnyCheck } from "../check.ts";
import { defineCheck, type Finding } from "../check.ts";
import { dataEvents } from "../sources/data-events.ts";
import { roleNames } from "../tables/intent.ts";
import { type LiveTable, liveTables } from "../tables/metadata-facts.ts";
import { count, quote, utc } from "../words.ts";
import { type Burst, burstsOf, emptied, foldersOf, isMaintenance } from "./bursts.ts";
import { deletedObjects, type Folder, missingFileLines } from "./marker-facts.ts";

const DIAGNOSES = ["data-loss"];
/** A burst of fewer deletions that takes no table away is told, not judged. */
const MANY = 20;
const SHOWN = 5;

/** Objects that were deleted together, and what they were to the tables. */
export const deletionsCheck = defineCheck({
  id: "objects-deleted-together",
  title: "Objects of the lakehouse that were deleted together",
  diagnoses: DIAGNOSES,
  verdicts: ["objects-deleted"],
  needs: { deleted: deletedObjects },
  uses: { events: dataEvents, tables: liveTables, places: workloads },
  judge({ deleted }, _scope, { events, tables, places }) {
    const { folders } = deleted;
    const bursts = burstsOf(folders, events.status === "known" ? events.value.events : []);
    const lost = tables.status === "known" ? tables.value : [];
    const writers = places.status === "known" ? roleNames(places.value.map(({ roleArn }) => roleArn)) : [];
    const unlisted = folders.filter(({ whole }) => !whole);
    const cut =
      !deleted.whole || unlisted.length > 0
        ? [
            {
              strength: "information" as const,
              text: `Not everything was listed${
                unlisted.length > 0
                  ? `: ${unlisted
                      .map(({ prefix }) => prefix)
                      .slice(0, SHOWN)
                      .join(", ")} have more versions`
                  : ""
              }. There may be more.`,
            },
          ]
        : [];
    if (bursts.length === 0) {
      return [
        {
          strength: "information",
          text: `No object of ${count(folders.length, "folder")} was deleted in the last day and is still missing.`,
        },
        ...cut,
      ];
    }
    return [...bursts.slice(0, SHOWN).map((burst) => judgeBurst(burst, folders, lost, writers)), ...cut];
  },
});

function judgeBurst(
  burst: Burst,
  folders: readonly Folder[],
  tables: readonly LiveTable[],
  writers: readonly string[],
): Finding {
  const keys = new Set(burst.markers.map(({ key }) => key));
  const headless = tables.filter(
    ({ status, metadataLocation }) => status === "missing" && keys.has(s3Place(metadataLocation)?.key ?? ""),
  );
  const empty = emptied(burst, folders);
  const text = describe(burst, folders);
  const worse = [
    ...(headless.length > 0
      ? [` The current metadata file of ${headless.map(({ name }) => name).join(", ")} is among them.`]
      : []),
    ...(empty.length > 0 ? [` No data file is left in ${empty.map(({ prefix }) => prefix).join(", ")}.`] : []),
  ].join("");
  if (isMaintenance(burst, writers) && worse === "")
    return {
      strength: "information",
      text: `${text} They are the tables' own writers: files that maintenance removes are no loss.`,
    };
  const bulk = burst.by.some(({ bulk: isBulk, by }) => isBulk && !writers.includes(by.split("/")[0] ?? ""));
  const certain = headless.length > 0 || (empty.length > 0 && burst.markers.length >= MANY);
  if (!certain && burst.markers.length < MANY && !bulk) return { strength: "information", text: `${text}${worse}` };
  return {
    verdict: "objects-deleted",
    strength: certain ? "proves" : "supports",
    text: `${text}${worse}`,
    details: {
      fromMs: burst.fromMs,
      toMs: burst.toMs,
      objects: burst.markers.length,
      tables: headless.map(({ name }) => name),
      folders: foldersOf(burst, folders).map(({ folder }) => folder.prefix),
    },
  };
}

function describe(burst: Burst, folders: readonly Folder[]): string {
  const { fromMs, toMs, markers, by } = burst;
  const when = toMs - fromMs < 1000 ? `at ${utc(fromMs)}` : `between ${utc(fromMs)} and ${utc(toMs)}`;
  const where = foldersOf(burst, folders)
    .slice(0, SHOWN)
    .map(({ folder, count: some }) => `${folder.prefix} ${some}`);
  const who = by.map((one) => `${one.by}${one.bulk ? " (DeleteObjects, which does not say its keys)" : ""}`);
  const names = who.length > 0 ? `by ${who.join(", ")}` : "by whom is not known: no data events of that time";
  return `${count(markers.length, "object")} deleted ${when} (${where.join(", ")}) ${names}.`;
}

/** Jobs that do not find their files. */
export const missingFilesCheck = defineCheck({
  id: "missing-files-in-logs",
  title: "Files that jobs do not find",
  diagnoses: DIAGNOSES,
  verdicts: ["objects-deleted"],
  needs: { lines: missingFileLines },
  uses: { deleted: deletedObjects },
  judge({ lines }, _scope, { deleted }): Finding[] {
    const last = lines.at(-1);
    if (!last) return [];
    const first = deleted.status === "known" ? burstsOf(deleted.value.folders, [])[0] : undefined;
    const since = first ? lines.filter(({ atMs }) => atMs >= first.fromMs) : [];
    return [
      {
        ...(since.length > 0 ? { verdict: "objects-deleted" as const } : {}),
        strength: since.length > 0 ? "supports" : "information",
        text: `Jobs logged ${count(lines.length, "time")} that a file is not there, last at ${utc(last.atMs)}: ${quote(last.text)}.`,
      },
    ];
  },
});

/** Tables whose catalog entry is right and whose metadata file is not there. */
export const missingMetadataCheck = defineCheck({
  id: "missing-metadata-files",
  title: "Metadata files that the catalog names and S3 does not have",
  diagnoses: DIAGNOSES,
  verdicts: ["objects-deleted"],
  needs: { tables: liveTables, deleted: deletedObjects },
  judge({ tables, deleted }): Finding[] {
    const keys = new Set(deleted.folders.flatMap(({ deleted: markers }) => markers.map(({ key }) => key)));
    return tables.flatMap(({ name, status, metadataLocation }): Finding[] => {
      if (status !== "missing") return [];
      const isDeleted = keys.has(s3Place(metadataLocation)?.key ?? "");
      return [
        {
          ...(isDeleted ? { verdict: "objects-deleted" as const } : {}),
          strength: isDeleted ? "supports" : "information",
          text: `${name}: the catalog names ${metadataLocation}, ${isDeleted ? "whose newest version is a delete marker" : "which is not there and was not deleted in the last day"}.`,
        },
      ];
    });
  },
});

export const objectChecks: readonly AnyCheck[] = [deletionsCheck, missingMetadataCheck, missingFilesCheck];
