import { formatAge, formatUtc } from "../../base/duration.ts";
import type { NessieFacts } from "../facts/nessie.ts";
import type { TableFacts } from "../facts/tables.ts";
import { detector, listed } from "./detector.ts";

const isStore = ({ name }: TableFacts) => /_(refs|objs)$/.test(name);
const nameOf = ({ name }: TableFacts) => name;
const usage = ({ name, items, consumedUnits }: TableFacts) =>
  `${name}: ${items} ${items === 1 ? "item" : "items"} at DynamoDB's last count, ${Math.round(consumedUnits)} capacity units in the last hour`;

/** The tables that hold the catalog: by what they consume, else by the running task's own setting. */
export function tablesInUse(tables: readonly TableFacts[], nessie: NessieFacts | null): TableFacts[] {
  const busy = tables.filter(({ consumedUnits }) => consumedUnits > 0);
  if (busy.length > 0) return busy;
  const prefix = nessie?.tablePrefix;
  return prefix === undefined ? [] : tables.filter((table) => isStore(table) && table.name.startsWith(`${prefix}_`));
}

/** Nessie's DynamoDB store is two tables, `<prefix>_refs` and `<prefix>_objs`, and not the template's one. */
export const unusedCatalogTable = detector({
  id: "unused-catalog-table",
  question: "which tables hold the catalog",
  facts: ["tables", "nessie"],
  shows: / describe-(table|task-definition) /,
  detect({ tables, nessie }) {
    const used = tablesInUse(tables, nessie);
    const stores = used.filter(isStore);
    const unused = tables.filter((table) => !isStore(table) && !used.includes(table) && table.consumedUnits === 0);
    if (stores.length === 0 || unused.length === 0) return [];
    const [right, wrong] = [listed(stores.map(nameOf)), listed(unused.map(nameOf))];
    return [
      {
        severity: "high",
        title: `The catalog is in ${right}, and not in ${wrong}`,
        means: `The runbook restores ${wrong} to a point in time: that gives back an empty table, and the catalog stays damaged.`,
        next: `Restore ${right}, both to the same time, and point Nessie's table prefix at them.`,
        evidence: [
          ...(nessie?.tablePrefix
            ? [`Nessie's task ${nessie.taskDefinition} has the table prefix ${nessie.tablePrefix}`]
            : []),
          ...[...stores, ...unused].map(usage),
        ],
      },
    ];
  },
});

/** A table that holds the catalog and cannot be restored to a point in time. */
export const recoveryOff = detector({
  id: "recovery-off",
  question: "whether the catalog's tables can be restored to a point in time",
  facts: ["tables", "nessie"],
  shows: / describe-continuous-backups /,
  detect({ tables, nessie }) {
    const off = tablesInUse(tables, nessie).filter(({ pointInTimeRecovery }) => !pointInTimeRecovery);
    if (off.length === 0) return [];
    const names = listed(off.map(nameOf));
    return [
      {
        severity: "high",
        title: `Point-in-time recovery is off for ${names}`,
        means:
          "What happens to the catalog's tables cannot be taken back: the runbook's recovery does not work for them.",
        next: `Switch it on now (aws dynamodb update-continuous-backups --table-name ${off[0]!.name} --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true): it covers only what comes after.`,
        evidence: off.map(({ name }) => `${name}: PointInTimeRecoveryStatus is not ENABLED`),
      },
    ];
  },
});

/** The runbook's RPO for the catalog is under a second. */
export const catalogRecoveryPoint = detector({
  id: "catalog-recovery-point",
  question: "how close to now the catalog can be restored",
  facts: ["tables", "nessie"],
  shows: / describe-continuous-backups /,
  detect({ tables, nessie }, { nowMs }) {
    const restorable = tablesInUse(tables, nessie).filter(({ latestRestorableMs }) => latestRestorableMs !== undefined);
    if (restorable.length === 0) return [];
    const behind = ({ latestRestorableMs = nowMs }: TableFacts) => nowMs - latestRestorableMs;
    const worstMs = Math.max(...restorable.map(behind));
    if (worstMs < 1000) return [];
    return [
      {
        severity: "medium",
        title: `The catalog's real recovery point is ${formatAge(worstMs)} ago, not under a second`,
        means: "Point-in-time recovery does not reach the last minutes: commits since then are lost by it.",
        next: "Where a bad commit is the damage, move Nessie's branch back instead: that loses nothing. Tell stakeholders the real figure.",
        evidence: restorable.map(
          ({ name, latestRestorableMs = 0 }) => `${name}: latest restorable time ${formatUtc(latestRestorableMs)}`,
        ),
      },
    ];
  },
});

/** "Switch to on-demand billing" is the runbook's remedy for throttling. */
export const alreadyOnDemand = detector({
  id: "already-on-demand",
  question: "how the catalog's tables are billed",
  facts: ["tables", "nessie"],
  shows: / describe-table /,
  detect({ tables, nessie }) {
    const used = tablesInUse(tables, nessie);
    if (used.length === 0 || !used.every(({ onDemand }) => onDemand)) return [];
    return [
      {
        severity: "low",
        title: "The catalog's tables are on-demand already",
        means: "Switching to on-demand billing, the runbook's remedy for throttling, changes nothing here.",
        next: "Look for a hot partition, a maximum of the table (OnDemandThroughput) or the account's limit instead.",
        evidence: used.map(({ name }) => `${name}: PAY_PER_REQUEST`),
      },
    ];
  },
});
