import { NessieFailure } from "../catalog/nessie.ts";
import { CallRefused } from "../catalog/workload.ts";
import { driftOf, type SchemaDrift } from "../iceberg/schema-drift.ts";
import { SLACK_WEBHOOK } from "../messaging/slack.ts";
import type { World } from "../world.ts";
import type { DagsterHome } from "./home.ts";
import { daemonLine, systemLine } from "./lines.ts";
import { type TableWriter, writerOf } from "./table-writer.ts";
import { DamagedMetadata } from "./tracebacks.ts";

const HOUR_MS = 3_600_000;
const SENSOR = "schema_drift_sensor";
/** Dagster's name of the log of what a sensor's function says. */
const SENSOR_LOGGER = "dagster.sensor";
export const ALERT_SUBJECT = "Schema Drift Detected";

const pythonSet = (names: readonly string[]) => `{${names.map((name) => `'${name}'`).join(", ")}}`;

/** The alert's text: a table, and what differs, in Python's spelling of sets and dictionaries. */
export function alertText(table: string, { missing, extra, types }: SchemaDrift): string {
  const changes = types.map(
    ({ name, expected, actual }) => `'${name}': {'expected': '${expected}', 'actual': '${actual}'}`,
  );
  return [
    `Schema drift detected in ${table}.`,
    ...(missing.length > 0 ? [`Missing columns: ${pythonSet(missing)}.`] : []),
    ...(extra.length > 0 ? [`Extra columns: ${pythonSet(extra)}.`] : []),
    ...(types.length > 0 ? [`Type mismatches: {${changes.join(", ")}}.`] : []),
  ].join(" ");
}

/** The hourly comparison of live schemas with the templates, as a sensor of Dagster's daemon. It has no word for "cleared". */
export class DriftSensor {
  readonly #world: World;
  readonly #home: DagsterHome;

  constructor(world: World, home: DagsterHome) {
    this.#world = world;
    this.#home = home;
  }

  /** Ticks every hour from a few minutes before the scenario's start, one hour earlier first. */
  start(): void {
    const { kernel, epochMs } = this.#world;
    const random = this.#world.random("dagster/drift-sensor");
    const beforeMs = Math.round(random.between(2, 6) * 60_000);
    let firstMs = epochMs - beforeMs;
    while (firstMs - HOUR_MS > kernel.nowMs) firstMs -= HOUR_MS;
    kernel.every(firstMs, HOUR_MS, () => this.#tick());
  }

  #tick(): void {
    const task = this.#home.runningDaemon();
    if (!task) return;
    const writer = writerOf(this.#world, task);
    const { nowMs } = this.#world.kernel;
    const lines = [daemonLine(nowMs, "SensorDaemon", "INFO", `Checking for new runs for sensor: ${SENSOR}`)];
    const say = (level: "INFO" | "WARNING", text: string) => lines.push(systemLine(nowMs, SENSOR_LOGGER, level, text));
    let found = 0;
    for (const name of this.#world.templates.texts.keys()) {
      const template = this.#world.templates.template(name);
      const table = `${template.namespace}.${name}`;
      const drift = this.#compare(writer, name);
      if (drift === "unreadable") say("INFO", `Table ${table} not found in catalog (may not be created yet)`);
      else if (drift) {
        found += 1;
        const text = alertText(table, drift);
        say("WARNING", text);
        const refused = this.#alert(writer, text);
        if (refused) {
          // What the sensor's function raises ends the tick.
          const what = `Sensor daemon caught an error for sensor ${SENSOR}: botocore.exceptions.ClientError: ${refused.message}`;
          lines.push(daemonLine(nowMs, "SensorDaemon", "ERROR", what));
          break;
        }
      }
    }
    if (found === 0) say("INFO", `No schema drift detected across ${this.#world.templates.texts.size} tables`);
    lines.push(daemonLine(nowMs, "SensorDaemon", "INFO", `No run requests returned for sensor: ${SENSOR}`));
    for (const [index, line] of lines.entries()) this.#home.say(task, nowMs + index, line);
  }

  /** A table that cannot be loaded counts as not created yet, as in the template's sensor. */
  #compare(writer: TableWriter, name: string): SchemaDrift | "unreadable" | undefined {
    try {
      return driftOf(this.#world.templates.template(name), writer.load(name).schema);
    } catch (error) {
      const expected = [CallRefused, NessieFailure, DamagedMetadata].some((kind) => error instanceof kind);
      if (!expected) throw error;
      return "unreadable";
    }
  }

  /** Sends the alert. @returns the refusal that kept it from being sent. */
  #alert(writer: TableWriter, text: string): CallRefused | undefined {
    const { journal, kernel, names, slack, sns } = this.#world;
    journal.note(kernel.nowMs, `${ALERT_SUBJECT}: ${text}`);
    const topic = [...sns.byArn.values()].find(({ name }) => name === names.alertTopic);
    if (topic) {
      try {
        writer.caller.require("sns", "Publish", [{ action: "sns:Publish", resource: topic.arn }]);
      } catch (error) {
        if (error instanceof CallRefused) return error;
        throw error;
      }
      sns.publish(topic, text, ALERT_SUBJECT);
    }
    const webhook = slack.webhooks.get(SLACK_WEBHOOK);
    if (webhook && !webhook.disabled) slack.post(webhook.channel, `*${ALERT_SUBJECT}*\n${text}`, undefined, "webhook");
    return undefined;
  }
}
