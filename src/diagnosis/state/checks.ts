import { formatAge } from "../../base/duration.ts";
import { type AnyCheck, defineCheck, type Finding } from "../check.ts";
import type { Fact } from "../fact.ts";
import type { VerdictDefinition } from "../verdict.ts";
import { count, utcDay } from "../words.ts";
import { type StateLock, type StateVersion, stateLock, stateVersions } from "./state-facts.ts";

const DIAGNOSES = ["terraform-state"];
/** An apply of this template takes minutes: a lock that is older was most likely left behind. Domain ms. */
const STALE_MS = 30 * 60_000;

/** The version to go back to: the one whose digest Terraform expects, else the highest serial of the usual lineage. */
export function goodVersion(versions: readonly StateVersion[], digest: string | undefined): StateVersion | undefined {
  const older = versions.slice(1).filter(({ summary }) => summary !== undefined);
  const expected = older.find(({ md5 }) => md5 === digest);
  if (expected) return expected;
  const lineages = older.map(({ summary }) => summary!.lineage);
  const usual = lineages.sort((a, b) => times(lineages, b) - times(lineages, a))[0];
  return older
    .filter(({ summary }) => summary!.lineage === usual)
    .sort((a, b) => b.summary!.serial - a.summary!.serial)[0];
}

const times = (list: readonly string[], one: string) => list.filter((other) => other === one).length;

const short = ({ summary, md5 }: StateVersion) =>
  summary
    ? `serial ${summary.serial}, lineage ${summary.lineage.slice(0, 8)}, ${count(summary.resources, "resource")}`
    : `MD5 ${md5.slice(0, 8)}`;

/** The newest version of the state against those before it. */
export const versionsCheck = defineCheck({
  id: "terraform-state-versions",
  title: "The newest version of Terraform's state, and those before it",
  diagnoses: DIAGNOSES,
  verdicts: ["terraform-state-damaged"],
  needs: { state: stateVersions },
  uses: { lock: stateLock },
  judge({ state }, _scope, { lock }) {
    const { versions, deleted, bucket, key } = state;
    const [current] = versions;
    const good = goodVersion(deleted ? [{} as StateVersion, ...versions] : versions, digestOf(lock));
    const details = { bucket, key, ...(good ? { versionId: good.versionId, serial: good.summary?.serial ?? 0 } : {}) };
    const before = good ? ` The version of ${utcDay(good.atMs)} (${short(good)}) is the good one.` : "";
    const damaged = (text: string): Finding => ({
      verdict: "terraform-state-damaged",
      strength: "proves",
      text: `${text}${before}`,
      details,
    });
    if (deleted) return [damaged(`s3://${bucket}/${key} was deleted: its newest version is a delete marker.`)];
    if (!current) return [];
    const when = `The newest version of s3://${bucket}/${key}, of ${utcDay(current.atMs)}`;
    if (!current.summary) return [damaged(`${when}, cannot be used: ${current.problem}.`)];
    const wrong = good?.summary ? differences(current.summary, good.summary) : [];
    if (wrong.length > 0) return [damaged(`${when} (${short(current)}), ${wrong.join(", ")}.`)];
    const [, previous] = versions;
    const fewer = previous?.summary && current.summary.resources < previous.summary.resources / 2;
    return [
      {
        ...(fewer ? { verdict: "terraform-state-damaged" as const, details } : {}),
        strength: fewer ? "supports" : "information",
        text: `${when}: ${short(current)}${fewer ? `, where the one before had ${count(previous.summary!.resources, "resource")}: a destroy, or damage` : ""}.`,
      },
    ];
  },
});

type Summary = NonNullable<StateVersion["summary"]>;

/** What no apply does: serials rise, the lineage stays, and resources do not all go at once. */
function differences(current: Summary, good: Summary): string[] {
  return [
    ...(current.lineage === good.lineage ? [] : [`has another lineage than ${good.lineage.slice(0, 8)}`]),
    ...(current.lineage === good.lineage && current.serial < good.serial
      ? [`has a lower serial than ${good.serial}`]
      : []),
    ...(current.resources === 0 && good.resources > 0 ? [`has no resources where there were ${good.resources}`] : []),
    ...(current.lineage === good.lineage &&
    current.serial < good.serial &&
    current.resources < good.resources &&
    current.resources > 0
      ? [`lacks ${good.resources - current.resources} of ${good.resources} resources`]
      : []),
  ];
}

const digestOf = (lock: Fact<StateLock>) => (lock.status === "known" ? lock.value.digest : undefined);

/** The digest item: with another MD5 every plan and apply stops. */
export const digestCheck = defineCheck({
  id: "terraform-state-digest",
  title: "The digest that Terraform expects of its state",
  diagnoses: DIAGNOSES,
  verdicts: ["terraform-state-damaged"],
  needs: { state: stateVersions, lock: stateLock },
  judge({ state, lock }): Finding[] {
    const [current] = state.versions;
    const { digest, table } = lock;
    if (!current || state.deleted) return [];
    if (digest === undefined)
      return [
        { strength: "information", text: `${table} has no digest of the state: Terraform takes the object as it is.` },
      ];
    if (digest === current.md5)
      return [{ strength: "information", text: `The state's MD5 is the digest in ${table} (${digest.slice(0, 8)}).` }];
    const good = goodVersion(state.versions, digest);
    return [
      {
        verdict: "terraform-state-damaged",
        // While somebody writes, the object is there before its digest.
        strength: lock.lock ? "supports" : "proves",
        text: `The state's MD5 ${current.md5.slice(0, 8)} is not the digest ${digest.slice(0, 8)} in ${table}: every plan and apply stops. It was not Terraform that wrote the object last.`,
        details: {
          bucket: state.bucket,
          key: state.key,
          ...(good ? { versionId: good.versionId, serial: good.summary?.serial ?? 0 } : {}),
        },
      },
    ];
  },
});

/** The lock: who holds it, and for how long. */
export const lockCheck = defineCheck({
  id: "terraform-state-lock",
  title: "The lock of Terraform's state",
  diagnoses: DIAGNOSES,
  verdicts: ["terraform-state-damaged"],
  needs: { lock: stateLock },
  judge({ lock: { lock, table } }, { nowMs }): Finding[] {
    if (!lock) return [{ strength: "information", text: `Nobody holds the lock in ${table}.` }];
    const ageMs = lock.createdMs === undefined ? undefined : nowMs - lock.createdMs;
    const age = ageMs === undefined ? "" : `, for ${formatAge(ageMs)}`;
    const stale = ageMs !== undefined && ageMs > STALE_MS;
    const what = `${lock.who} holds the lock${lock.operation ? ` (${lock.operation})` : ""}${age}: ${lock.id}`;
    return [
      {
        ...(stale ? { verdict: "terraform-state-damaged" as const } : {}),
        strength: stale ? "supports" : "information",
        text: stale
          ? `${what}. No apply of this template takes so long: it was left behind. Ask ${lock.who} before it is lifted.`
          : `${what}.`,
      },
    ];
  },
});

export const stateChecks: readonly AnyCheck[] = [versionsCheck, digestCheck, lockCheck];

export const stateVerdicts: readonly VerdictDefinition[] = [
  {
    id: "terraform-state-damaged",
    title: "Terraform's state is damaged",
    meaning:
      "What Terraform believes to exist is not what exists: an apply would make things anew or refuse to start. Nobody should apply until a former version is back, with its digest and without a foreign lock.",
    consequenceOf: [],
    fixes(evidence) {
      const details = evidence.map(({ details: own }) => own).find((own) => typeof own?.versionId === "string");
      const version: Record<string, string> = details ? { version: String(details.versionId) } : {};
      return [
        {
          kind: "action",
          title: details
            ? `Put the version with serial ${Number(details.serial)} back`
            : "Put a former version of the state back",
          actionId: "recover-terraform-state",
          parameters: version,
        },
      ];
    },
  },
];
