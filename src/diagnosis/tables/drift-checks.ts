import type { JsonObject } from "../../base/json.ts";
import { differenceTexts, sensorReports } from "../../iceberg/compare.ts";
import { type DriftAlert, parseDriftAlerts } from "../../iceberg/drift-alert.ts";
import { templatePatch } from "../../iceberg/template-patch.ts";
import { workloads } from "../access/workloads.ts";
import { defineCheck, type Finding } from "../check.ts";
import { actor, count, quote, utc } from "../words.ts";
import { icebergTables } from "./catalog-facts.ts";
import { type Comparison, compareTables, drifted } from "./drift.ts";
import { intentOf, jobBehind, roleNames } from "./intent.ts";
import { liveTables } from "./metadata-facts.ts";
import { type SchemaOrigin, schemaOrigins } from "./origin-facts.ts";
import { nextTickMs, SENSOR, sensorTick } from "./sensor-facts.ts";
import { tableTemplates } from "./template-facts.ts";

const DIAGNOSES = ["schema-drift"];

/** Live schemas against the templates. */
export const driftCheck = defineCheck({
  id: "schema-against-template",
  title: "Live schemas against the table templates",
  diagnoses: DIAGNOSES,
  verdicts: ["schema-drift-intentional", "schema-drift-unintentional"],
  needs: { templates: tableTemplates, tables: liveTables },
  uses: { catalog: icebergTables },
  judge({ templates, tables }, _scope, { catalog }) {
    const comparisons = compareTables(templates.templates, tables);
    const differing = drifted(comparisons);
    const agreeing = comparisons.filter(({ live, difference }) => live?.status === "read" && !difference);
    const unasked: Finding[] =
      catalog.status === "unknown"
        ? [
            {
              strength: "information",
              text: `The catalog could not be asked which metadata is current: ${catalog.reason}. Compared was the newest file of each table.`,
            },
          ]
        : [];
    return [
      ...unasked,
      ...differing.map(({ name, live, difference }): Finding => {
        const unseen = sensorReports(difference) ? "" : " The sensor does not compare what is required.";
        const where =
          live.catalog === "s3" ? ", the newest metadata file: the catalog did not say which is current" : "";
        return {
          strength: "information",
          text: `${name} differs from its template: ${differenceTexts(difference).join("; ")}.${unseen} Read from ${live.metadataLocation}${where}.`,
        };
      }),
      ...comparisons.flatMap(unreadTable),
      ...templates.problems.map((text): Finding => ({ strength: "information", text: `Not compared: ${text}.` })),
      ...(agreeing.length > 0
        ? [
            {
              strength: "information" as const,
              text: `${count(agreeing.length, "table")} as the template says: ${agreeing.map(({ name }) => name).join(", ")}.`,
            },
          ]
        : []),
    ];
  },
});

function unreadTable({ name, live }: Comparison): Finding[] {
  const say = (text: string): Finding[] => [{ strength: "information", text }];
  if (!live) return say(`${name} has a template and is not in the catalog.`);
  if (live.status === "missing") return say(`${name}: its metadata file ${live.metadataLocation} is not there.`);
  if (live.status === "empty") return say(`${name} is registered and was never written.`);
  if (live.status === "unreadable") return say(`${name}: ${live.metadataLocation} cannot be read: ${live.reason}.`);
  return [];
}

/** Who changed them, when, and whether it was meant. */
export const originCheck = defineCheck({
  id: "schema-change-origin",
  title: "Who changed the schema, and whether it was meant",
  diagnoses: DIAGNOSES,
  verdicts: ["schema-drift-intentional", "schema-drift-unintentional"],
  needs: { templates: tableTemplates, tables: liveTables, origins: schemaOrigins },
  uses: { places: workloads },
  judge({ templates, tables, origins }, _scope, { places }) {
    const roles = places.status === "known" ? roleNames(places.value.map(({ roleArn }) => roleArn)) : undefined;
    const unplaced = places.status === "unknown" ? [`which roles are the pipeline's own: ${places.reason}`] : [];
    return drifted(compareTables(templates.templates, tables)).flatMap((one): Finding[] => {
      const origin = origins.find(({ name }) => name === one.name);
      const { signals, decided } = intentOf(origin, one.difference, roles);
      const details = fixDetails(one, origin);
      const signs = signals.map(({ toward, text }): Finding => {
        const verdict = toward === "intentional" ? "schema-drift-intentional" : "schema-drift-unintentional";
        return { verdict, strength: "supports", text: `${one.name}: ${text}`, details };
      });
      const unread = [...(origin?.unread ?? []), ...(origin ? unplaced : [])].map(
        (text): Finding => ({ strength: "information", text: `${one.name}: not looked at: ${text}.` }),
      );
      if (decided === undefined) return [...signs, ...unread];
      const verdict = decided === "intentional" ? "schema-drift-intentional" : "schema-drift-unintentional";
      const text = `${one.name}: ${headline(origin, decided)} Against its template: ${differenceTexts(one.difference).join("; ")}.`;
      return [{ verdict, strength: "proves", text, details }, ...signs, ...unread];
    });
  },
});

function headline(origin: SchemaOrigin | undefined, decided: "intentional" | "unintentional"): string {
  const who = actor(origin?.writer?.by ?? origin?.update?.by ?? origin?.commit?.author ?? "somebody");
  const job = jobBehind(origin?.lines ?? []);
  const when = origin ? ` at ${utc(origin.atMs)}` : "";
  const since = origin && origin.commitsSince > 1 ? ` ${count(origin.commitsSince - 1, "commit")} since then.` : "";
  if (decided === "unintentional")
    return `${job === undefined ? "a run of the pipeline" : `a run of Dagster's job ${job}`} (${who}) replaced the schema${when}; nobody announced it.${since}`;
  const message = origin?.commit ? ` ${quote(origin.commit.message, 140)}` : "";
  return `${origin?.commit?.author ?? who} changed it on purpose${when}${message || ` as ${who}`}; the template has not followed.${since}`;
}

/** What the fixes need: the patch of the template, and where to go back to. */
function fixDetails(
  { name, template, live }: ReturnType<typeof drifted>[number],
  origin: SchemaOrigin | undefined,
): JsonObject {
  const patch = templatePatch(template, live.metadata.schema.fields);
  return {
    name,
    table: live.table,
    namespace: live.namespace,
    file: template.file,
    diff: patch?.diff ?? "",
    notes: patch?.notes ?? [],
    metadata: live.metadataLocation,
    ...(origin?.former
      ? { former: origin.former.file, rowsSince: origin.rowsSince, commitsSince: origin.commitsSince }
      : {}),
  };
}

/** The pasted alert: what it says, and whether it is still so. */
export const alertCheck = defineCheck({
  id: "pasted-drift-alert",
  title: "The alert that was pasted",
  diagnoses: DIAGNOSES,
  answersTold: true,
  verdicts: [],
  needs: {},
  uses: { templates: tableTemplates, tables: liveTables },
  judge(_facts, { given }, { templates, tables }) {
    if (given.alert === undefined) return [];
    const alerts = parseDriftAlerts(given.alert);
    if (alerts.length === 0)
      return [
        {
          strength: "information",
          text: `In the pasted text there is no alert of ${SENSOR}: ${quote(given.alert, 100)}.`,
        },
      ];
    const comparisons =
      templates.status === "known" && tables.status === "known"
        ? compareTables(templates.value.templates, tables.value)
        : [];
    return alerts.map((alert): Finding => {
      const name = `${alert.namespace}.${alert.table}`;
      const now = comparisons.find((one) => one.name === name);
      return {
        strength: "information",
        text: `The alert says of ${name}: ${alertText(alert)}. ${stillSo(alert, now)}`,
      };
    });
  },
});

function alertText({ missing, extra, types }: DriftAlert): string {
  const parts = [
    ...(missing.length > 0 ? [`missing ${missing.join(", ")}`] : []),
    ...(extra.length > 0 ? [`extra ${extra.join(", ")}`] : []),
    ...types.map(({ name, expected, actual }) => `${name} is ${actual} instead of ${expected}`),
  ];
  return parts.join("; ") || "that it drifted, not how";
}

function stillSo(alert: DriftAlert, now: Comparison | undefined): string {
  if (!now) return "It has no template here, or the live schema could not be read.";
  if (now.live?.status !== "read") return "Its live schema cannot be read now.";
  const { difference } = now;
  if (!difference) return "Now template and live schema agree: it is resolved.";
  const names = (list: readonly { path: string }[]) =>
    list
      .map(({ path }) => path)
      .sort()
      .join();
  const same =
    names(difference.missing) === [...alert.missing].sort().join() &&
    names(difference.extra) === [...alert.extra].sort().join() &&
    names(difference.types) ===
      alert.types
        .map(({ name }) => name)
        .sort()
        .join();
  return same ? "It is still so." : `Now it is another difference: ${differenceTexts(difference).join("; ")}.`;
}

/** The sensor has no word for "cleared": when it looks again. */
export const sensorCheck = defineCheck({
  id: "drift-sensor-tick",
  title: "When the drift sensor looks again",
  diagnoses: DIAGNOSES,
  verdicts: [],
  needs: { tick: sensorTick },
  judge({ tick }, { nowMs }) {
    const next = `looks again by ${utc(nextTickMs(tick, nowMs))}`;
    if (tick.lastMs === undefined) {
      const text = `${SENSOR} has not ticked in the last 70 minutes: it may be off (it starts paused), or Dagster's daemon is down.`;
      return [{ strength: "information", text }];
    }
    const said = tick.said.at(-1);
    const text = `${SENSOR} ticked last at ${utc(tick.lastMs)}${said ? ` and said ${quote(said)}` : ""}; it ${next}. It never says that a drift is cleared: no alert then means that it is.`;
    return [{ strength: "information", text }];
  },
});
