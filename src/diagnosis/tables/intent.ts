import type { SchemaDifference } from "../../iceberg/compare.ts";
import { callerName } from "../access/denied-calls.ts";
import { nameOf } from "../access/subjects.ts";
import { actor, quote, utcDay } from "../words.ts";
import type { SchemaOrigin } from "./origin-facts.ts";

/** One sign of whether a schema was changed on purpose. */
export interface Signal {
  toward: "intentional" | "unintentional";
  text: string;
}

export interface Intent {
  signals: Signal[];
  /** What the signs prove; undefined: they do not. */
  decided?: Signal["toward"];
}

/** An issue's key, as commits and sessions name it: DATA-412. */
const TICKET = /\b[A-Z][A-Z0-9]{1,9}-\d+\b/;
/** What Iceberg's own clients write when nobody gives a message. */
const GENERIC = /^(Iceberg .+ against |Update table |Commit via |$)/i;
/** What pandas leaves behind when a data frame is written with its index or without a header. */
const PANDAS = /^(__index_level_\d+__|Unnamed: \d+|level_\d+)$/;
const REPLACED = /\bschema\b.*\b(replac|overwrit|infer|merg)|\b(replac|overwrit|infer)\w*\b.*\bschema\b/i;
/** Writers of the usual pipelines, where nothing but a name tells them. */
const PIPELINES = /^(dagster|airflow|spark|flink|dbt|glue)\b/i;

/**
 * Whether a schema was changed on purpose. A person's announced migration carries a ticket or a message; an accident comes out of a
 * pipeline's own run and changes what Iceberg would not let a migration change.
 * @param pipelineRoles names of the roles of pipelines; undefined: they are not known, and nobody is told to be none.
 */
export function intentOf(
  origin: SchemaOrigin | undefined,
  difference: SchemaDifference,
  pipelineRoles: readonly string[] | undefined,
): Intent {
  const signals: Signal[] = [];
  const say = (toward: Signal["toward"], text: string) => signals.push({ toward, text });
  const by = origin?.writer?.by ?? origin?.update?.by;
  const byPipeline =
    by === undefined
      ? origin?.commit !== undefined && PIPELINES.test(origin.commit.author)
      : (pipelineRoles ?? []).includes(callerName({ by }));
  const announced = announcement(origin, byPipeline);
  if (origin && by !== undefined) {
    const agent = origin.writer?.userAgent ?? origin.update?.userAgent ?? "";
    if (byPipeline)
      say("unintentional", `It was the pipeline's own role, ${actor(by)}, at ${utcDay(origin.atMs)} (${agent}).`);
    else if (pipelineRoles)
      say("intentional", `It was ${actor(by)}, no pipeline, at ${utcDay(origin.atMs)} (${agent}).`);
  }
  if (origin?.commit) {
    const { author, message, hash } = origin.commit;
    const commit = `Nessie's commit ${hash.slice(0, 12)} by ${author}: ${quote(message, 120)}`;
    if (!GENERIC.test(message)) say("intentional", `${commit}.`);
    else if (byPipeline) say("unintentional", `${commit}, which is what a client writes by itself.`);
  }
  const frames = difference.extra.filter(({ path }) => PANDAS.test(path));
  if (frames.length > 0)
    say(
      "unintentional",
      `${frames.map(({ path }) => path).join(", ")} is an index of pandas: a data frame's schema was written.`,
    );
  const illegal = difference.types.filter(({ promotion }) => !promotion);
  if (illegal.length > 0) {
    const what = illegal.map(({ path, expected, actual }) => `${path} from ${expected} to ${actual}`);
    say(
      "unintentional",
      `Iceberg does not evolve ${what.join(", ")}: the column was replaced, and older files hold the other type.`,
    );
  }
  const replaced = origin?.lines.find(({ text }) => REPLACED.test(text));
  if (replaced) {
    const job = jobOf(replaced.text);
    const who = job === undefined ? "Dagster" : `Dagster's job ${job}`;
    say(
      "unintentional",
      `${who} logged at ${utcDay(replaced.atMs)}: ${quote(replaced.text.split(" - ").at(-1) ?? replaced.text)}.`,
    );
  }
  if (announced === undefined && !byPipeline && signals.every(({ toward }) => toward === "unintentional")) {
    say("unintentional", "Nothing announces it: no commit message, no ticket, no person is known.");
  }
  const damage = frames.length + illegal.length > 0 || replaced !== undefined;
  if (byPipeline && damage) return { signals, decided: "unintentional" };
  if (announced !== undefined && !damage) return { signals, decided: "intentional" };
  return { signals };
}

/** The job that changed a schema: the one that said so, else the only one that spoke of the table then. */
export function jobBehind(lines: readonly { text: string }[]): string | undefined {
  const replaced = lines.find(({ text }) => REPLACED.test(text));
  if (replaced) return jobOf(replaced.text);
  const [only, ...others] = new Set(lines.flatMap(({ text }) => jobOf(text) ?? []));
  return others.length === 0 ? only : undefined;
}

/** The job of a line of a run's logger: `time - dagster - LEVEL - job - run id - ...`. */
function jobOf(line: string): string | undefined {
  return / - dagster - [A-Z]+ - (\S+) - [0-9a-f]{8}-[0-9a-f-]{27} - /.exec(line)?.[1];
}

/** The ticket or the words by which somebody who is no pipeline says that it is meant. */
function announcement(origin: SchemaOrigin | undefined, byPipeline: boolean): string | undefined {
  if (!origin || byPipeline) return undefined;
  const message = origin.commit?.message ?? "";
  const said = GENERIC.test(message) ? "" : message;
  const session = (origin.writer?.by ?? origin.update?.by ?? "").split("/").slice(1).join("/");
  const ticket = TICKET.exec(said)?.[0] ?? TICKET.exec(session)?.[0];
  return ticket ?? (/\bmigrat/i.test(`${said} ${session}`) ? said || session : undefined);
}

/** Names of roles by their ARNs. */
export const roleNames = (arns: readonly string[]): string[] => arns.map(nameOf).filter((name) => name !== "");
