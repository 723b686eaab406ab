import { badCommits } from "../../iceberg/bad-commits.ts";
import { defineCheck, type Finding } from "../check.ts";
import type { FactSource } from "../fact.ts";
import { namesOf } from "../nessie/service-facts.ts";
import { LOG_OPERATIONS, type LogExcerpt, readLog } from "../sources/logs.ts";
import { nessieEntries, nessieHistory } from "../tables/catalog-facts.ts";
import { liveTables } from "../tables/metadata-facts.ts";
import { tableTemplates } from "../tables/template-facts.ts";
import { count, quote, utc, utcDay } from "../words.ts";
import { batchWrites, storeAnswer, storeItems, storeNames } from "./store-facts.ts";

const DIAGNOSES = ["catalog"];
const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** How far back errors are counted, domain ms. */
const ERRORS_MS = 20 * MINUTE_MS;

/** Bad commits on main: the store is well, what it says is wrong. */
export const commitsCheck = defineCheck({
  id: "nessie-bad-commits",
  title: "Commits on Nessie's main that took tables away",
  diagnoses: DIAGNOSES,
  verdicts: ["catalog-logical-damage"],
  needs: { history: nessieHistory, entries: nessieEntries, tables: liveTables },
  uses: { templates: tableTemplates },
  judge({ history, entries, tables }, { nowMs }, { templates }) {
    const bad = badCommits(history.commits, entries, tables, nowMs - DAY_MS);
    const wanted =
      templates.status === "known"
        ? new Set(templates.value.templates.map(({ namespace, name }) => `${namespace}.${name}`))
        : undefined;
    if (bad.length === 0) {
      const text = `${count(history.commits.length, "commit")} of main looked at${history.whole ? "" : ", the newest"}: none of the last day took a table away.`;
      return [{ strength: "information", text }];
    }
    return bad.map(({ hash, parent, author, message, atMs, dropped, moved }): Finding => {
      const parts = [
        ...(dropped.length > 0 ? [`deleted ${dropped.join(", ")}`] : []),
        ...moved.map(({ name, to }) => `pointed ${name} at ${to}, where nothing is`),
      ];
      const missed = dropped.filter((name) => wanted?.has(name));
      const meant = missed.length > 0 ? ` Table templates still have ${missed.join(", ")}.` : "";
      // A table may be dropped on purpose: one that has a template, or that leads nowhere, was not.
      const certain = moved.length > 0 || missed.length > 0;
      return {
        verdict: "catalog-logical-damage",
        strength: certain ? "proves" : "supports",
        text: `Commit ${hash.slice(0, 12)} of ${utcDay(atMs)} by ${author}, ${quote(message)}, ${parts.join(" and ")}.${meant} The hash before it is ${parent.slice(0, 12)}.`,
        details: { hash, parent, atMs, tables: [...dropped, ...moved.map(({ name }) => name)] },
      };
    });
  },
});

/** Lines in which Nessie says that an object is not there. */
const lostObjects: FactSource<LogExcerpt> = {
  id: "nessie-lost-objects",
  title: "objects that Nessie does not find, in its log",
  operations: LOG_OPERATIONS,
  fetch(reader) {
    const { logGroup } = namesOf(reader);
    const { toMs } = reader.window;
    return readLog(reader, { logGroup, fromMs: toMs - ERRORS_MS, toMs, pattern: "ObjNotFoundException", pages: 2 });
  },
};

/** The items behind main, read as Nessie reads them. */
export const itemsCheck = defineCheck({
  id: "nessie-store-items",
  title: "The items behind Nessie's main in DynamoDB",
  diagnoses: DIAGNOSES,
  verdicts: ["catalog-physical-damage"],
  needs: { names: storeNames, items: storeItems },
  uses: { writes: batchWrites },
  judge({ names, items }, _scope, { writes }): Finding[] {
    const { refs, objs } = names;
    const damage = [
      ...(items.refs === "no-table" ? [`table ${refs} is not there`] : []),
      ...(items.refs === "no-item" ? [`${refs} has no reference main`] : []),
      ...(items.objs === "no-table" ? [`table ${objs} is not there`] : []),
      ...(items.objs === "no-item"
        ? [`main points at ${items.head?.slice(0, 12)}, and ${objs} has no such object`]
        : []),
    ];
    if (damage.length === 0)
      return [{ strength: "information", text: `main is in ${refs}, and the object that it points to is in ${objs}.` }];
    const first = writes.status === "known" ? firstBatch(writes.value) : undefined;
    return [
      {
        verdict: "catalog-physical-damage",
        strength: "proves",
        text: `${damage.join("; ")}: the store is damaged, whatever Nessie's health check says.`,
        details: { tables: [refs, objs], ...(first === undefined ? {} : { damagedMs: first }) },
      },
    ];
  },
});

type Writes = { refs: { atMs: number; value: number }[]; objs: { atMs: number; value: number }[] };

const firstBatch = ({ refs, objs }: Writes): number | undefined =>
  [...refs, ...objs].filter(({ value }) => value > 0).sort((a, b) => a.atMs - b.atMs)[0]?.atMs;

/** What Nessie says of its own store. */
export const answersCheck = defineCheck({
  id: "nessie-store-answers",
  title: "Whether Nessie can read its history",
  diagnoses: DIAGNOSES,
  verdicts: ["catalog-physical-damage"],
  needs: { answer: storeAnswer },
  judge: ({ answer }): Finding[] => [
    answer.answer === "commit"
      ? { strength: "information", text: `Nessie reads main's newest commit, ${answer.hash.slice(0, 12)}.` }
      : {
          verdict: "catalog-physical-damage",
          strength: /ObjNotFound|not found/i.test(answer.text) ? "supports" : "information",
          text: `Asked for main's history, ${answer.text}.`,
        },
  ],
});

export const lostObjectsCheck = defineCheck({
  id: "nessie-lost-objects",
  title: "Objects that Nessie does not find",
  diagnoses: DIAGNOSES,
  verdicts: ["catalog-physical-damage"],
  needs: { lost: lostObjects },
  judge({ lost }): Finding[] {
    const last = lost.events.at(-1);
    if (!last) return [];
    const more = lost.whole ? "" : "more than ";
    return [
      {
        verdict: "catalog-physical-damage",
        strength: "supports",
        text: `Nessie logged ${more}${count(lost.events.length, "time")} in twenty minutes that an object is not found, last at ${utc(last.atMs)}: ${quote(last.text)}.`,
      },
    ];
  },
});

/** Batch writes are not Nessie's: when they came is when the damage was done. */
export const batchWritesCheck = defineCheck({
  id: "nessie-batch-writes",
  title: "Batch writes on Nessie's tables",
  diagnoses: DIAGNOSES,
  verdicts: ["catalog-physical-damage"],
  needs: { names: storeNames, writes: batchWrites },
  judge({ names, writes }): Finding[] {
    const parts = (
      [
        ["refs", names.refs],
        ["objs", names.objs],
      ] as const
    ).flatMap(([kind, table]) => {
      const some = writes[kind].filter(({ value }) => value > 0);
      const [first] = some;
      if (!first) return [];
      const requests = some.reduce((sum, { value }) => sum + value, 0);
      return [`${count(Math.round(requests), "request")} on ${table} from ${utc(first.atMs)} on`];
    });
    if (parts.length === 0) return [];
    return [
      {
        verdict: "catalog-physical-damage",
        // Objects may be written in batches by Nessie's own maintenance; references are moved one by one, under a condition.
        strength: firstBatch({ refs: writes.refs, objs: [] }) === undefined ? "information" : "supports",
        text: `BatchWriteItem: ${parts.join(", ")}. Nessie moves references one by one, so a batch on them is somebody else's; CloudTrail keeps no events of items here, so who is not to be told. The last good second is before that.`,
      },
    ];
  },
});
