import { defineCheck, type Finding, type Strength } from "../check.ts";
import { isIpAddress } from "../sources/addresses.ts";
import { highest, median, type Series, since, total } from "../sources/metrics.ts";
import { textAt } from "../sources/trail.ts";
import { count, memory, percent, quote, utc, vcpu } from "../words.ts";
import { nessieRequests, nessieTroubles } from "./log-facts.ts";
import { balancerTraffic, catalogTables, catalogThrottles, nessieUtilisation } from "./metric-facts.ts";
import { nessieScaling, tableUpdates } from "./scaling-facts.ts";
import { nessieDefinitions, nessieService } from "./service-facts.ts";

const MINUTE_MS = 60_000;
/** CPU from which a service cannot keep up, percent, and for how many minutes: the deployment's alarm looks at 80 %. */
const BUSY_PERCENT = 80;
const BUSY_MINUTES = 8;
/** The time that is judged, domain ms. */
const LOAD_MS = 12 * MINUTE_MS;
/** CPU below which it surely is not what limits, percent. */
const IDLE_PERCENT = 65;
/** So many times the usual requests are a flood. */
const FLOOD = 2;
/** Share of the access log from which one client stands out, and the lines that it takes to say so. */
const CLIENT_SHARE = 0.5;
const CLIENT_LINES = 100;
/** Refused requests in a quarter of an hour from which throttling is more than a blip. */
const REFUSED = 20;
/** What was refused longer ago is over, domain ms; CloudWatch publishes a minute or two late. */
const STILL_MS = 6 * MINUTE_MS;

const busyMinutes = (cpu: Series): Series => cpu.filter(({ value }) => value >= BUSY_PERCENT);
const isBusy = (cpu: Series, nowMs: number): boolean => busyMinutes(since(cpu, nowMs - LOAD_MS)).length >= BUSY_MINUTES;

/** CPU that is used up, with whether autoscaling has anything left. */
export const cpuCheck = defineCheck({
  id: "nessie-cpu",
  title: "Nessie's CPU and its autoscaling",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["cpu-saturated"],
  needs: { utilisation: nessieUtilisation, service: nessieService },
  uses: { scaling: nessieScaling, definitions: nessieDefinitions },
  judge({ utilisation, service }, { nowMs }, { scaling, definitions }) {
    const recent = since(utilisation.cpu, nowMs - LOAD_MS);
    const busy = busyMinutes(recent);
    const peak = highest(recent);
    if (!peak) return [];
    const text = `CPU was ${percent(median(recent) ?? 0)} (median of the last ${recent.length} minutes), ${percent(peak.value)} at most at ${utc(peak.atMs)}`;
    if (peak.value < IDLE_PERCENT) return [{ verdict: "cpu-saturated", strength: "against", text: `${text}.` }];
    if (busy.length < BUSY_MINUTES) return [{ strength: "information", text: `${text}.` }];
    const target = scaling.status === "known" ? scaling.value : undefined;
    const exhausted = target === null || (target !== undefined && service.desired >= target.max);
    const definition = definitions.status === "known" ? definitions.value.get(service.taskDefinition) : undefined;
    const size =
      definition?.cpu === undefined ? "" : ` with ${vcpu(definition.cpu)} and ${memory(definition.memoryMb ?? 0)} each`;
    const reserve =
      target === undefined
        ? ""
        : target === null
          ? " There is no autoscaling."
          : ` Autoscaling is at ${service.desired} of ${target.max} tasks${exhausted ? ": it has nothing left" : ""}.`;
    return [
      {
        verdict: "cpu-saturated",
        strength: exhausted || target === undefined ? "proves" : "supports",
        text: `${text}, over ${BUSY_PERCENT} % for ${count(busy.length, "minute")}, on ${count(service.running, "task")}${size}.${reserve}`,
        details: {
          cluster: service.cluster,
          service: service.name,
          cpu: definition?.cpu ?? null,
          memoryMb: definition?.memoryMb ?? null,
          max: target?.max ?? null,
        },
      },
    ];
  },
});

/** More requests than usual, and whether one client sends them: the runaway query of the runbook. */
export const requestsCheck = defineCheck({
  id: "nessie-requests",
  title: "Requests to Nessie, and from whom",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["cpu-saturated"],
  needs: { traffic: balancerTraffic },
  uses: { log: nessieRequests, utilisation: nessieUtilisation },
  judge({ traffic: { requests } }, { nowMs, window }, { log, utilisation }) {
    // Many requests that are answered are no fault: they explain a CPU that is used up, or nothing.
    const weight: Strength =
      utilisation.status !== "known" || isBusy(utilisation.value.cpu, nowMs) ? "supports" : "information";
    const now = median(since(requests, nowMs - 6 * MINUTE_MS));
    const usual = median(requests.filter(({ atMs }) => atMs < nowMs - 30 * MINUTE_MS && atMs >= window.fromMs));
    const findings: Finding[] = [];
    if (now !== undefined && usual !== undefined && usual > 0) {
      const times = now / usual;
      const text = `${Math.round(now)} requests a minute, ${times >= 1.5 ? `${times.toFixed(1)} times` : "as"} usual (${Math.round(usual)} more than half an hour ago).`;
      findings.push(
        times >= FLOOD ? { verdict: "cpu-saturated", strength: weight, text } : { strength: "information", text },
      );
    }
    const top = log.status === "known" ? topClient(log.value.events.map(({ text }) => text)) : undefined;
    if (top && top.share >= CLIENT_SHARE) {
      findings.push({
        verdict: "cpu-saturated",
        strength: weight,
        text: `${percent(top.share * 100)} of ${top.of} requests in the access log of the last two minutes come from ${top.address}: ${quote(top.sample, 90)}.`,
        details: { client: top.address },
      });
    }
    return findings;
  },
});

/** The client with most lines of an access log (`ADDRESS - - "GET ..."`); undefined where there are too few lines to say. */
export function topClient(
  lines: readonly string[],
): { address: string; share: number; of: number; sample: string } | undefined {
  const counts = new Map<string, { lines: number; sample: string }>();
  let all = 0;
  for (const line of lines) {
    const [, address = "", request = ""] = /(\S+) - \S+ (?:\[[^\]]*\] )?"([A-Z]+ [^"]*)"/.exec(line) ?? [];
    if (!isIpAddress(address)) continue;
    all += 1;
    counts.set(address, { lines: (counts.get(address)?.lines ?? 0) + 1, sample: request });
  }
  if (all < CLIENT_LINES) return undefined;
  const [top] = [...counts].sort(([, a], [, b]) => b.lines - a.lines);
  return top && { address: top[0], share: top[1].lines / all, of: all, sample: top[1].sample };
}

/** DynamoDB refusing Nessie's requests, by table and operation, and why it may. */
export const throttlingCheck = defineCheck({
  id: "nessie-throttling",
  title: "Throttled requests on Nessie's DynamoDB tables, per operation",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["dynamodb-throttling"],
  needs: { throttles: catalogThrottles, tables: catalogTables },
  uses: { log: nessieTroubles, updates: tableUpdates },
  judge({ throttles, tables }, { nowMs }, { log, updates }) {
    const findings: Finding[] = [];
    const named = [...new Set(throttles.map(({ table }) => table))];
    for (const name of named) {
      const own = throttles.filter(({ table }) => table === name);
      const refused = own.reduce((sum, { refused: series }) => sum + total(series), 0);
      const table = tables.find((candidate) => candidate.name === name);
      const parts = own.map(({ operation, refused: series }) => `${operation} ${Math.round(total(series))}`).join(", ");
      const first = earliest(own.map(({ refused: series }) => series));
      const still = own.some(({ refused: series }) => total(since(series, nowMs - STILL_MS)) > 0);
      findings.push({
        verdict: "dynamodb-throttling",
        strength: !still ? "information" : refused >= REFUSED ? "proves" : "supports",
        text: `DynamoDB refused ${Math.round(refused)} requests on ${name} in the last 15 minutes${first === undefined ? "" : `, first at ${utc(first)}`}${still ? "" : ", none in the last minutes"}: ${parts}. ${reasonOf(table)}`,
        details: {
          table: name,
          onDemand: table?.onDemand ?? true,
          maximumRead: table?.maximum.read ?? null,
          maximumWrite: table?.maximum.write ?? null,
        },
      });
      const change =
        updates.status === "known" ? updates.value.find(({ input }) => textAt(input, "tableName") === name) : undefined;
      if (change) {
        const text = `${change.by} changed ${name} at ${utc(change.atMs)} (CloudTrail UpdateTable).`;
        findings.push({ verdict: "dynamodb-throttling", strength: "information", text });
      }
    }
    const lines =
      log.status === "known"
        ? log.value.events.filter(({ text, atMs }) => atMs >= nowMs - STILL_MS && THROTTLED.test(text))
        : [];
    const last = lines.at(-1);
    if (last) {
      findings.push({
        verdict: "dynamodb-throttling",
        strength: "supports",
        text: `${count(lines.length, "line")} of throttling in Nessie's log in the last minutes, last at ${utc(last.atMs)}: ${quote(last.text.slice(Math.max(0, last.text.search(THROTTLED))))}.`,
      });
    }
    return findings;
  },
});

const THROTTLED = /ThrottlingException|ProvisionedThroughputExceeded|RequestLimitExceeded/;

const earliest = (all: readonly Series[]): number | undefined =>
  all
    .flat()
    .filter(({ value }) => value > 0)
    .map(({ atMs }) => atMs)
    .sort((a, b) => a - b)[0];

function reasonOf(table: { onDemand: boolean; maximum: { read?: number; write?: number } } | undefined): string {
  if (!table) return "";
  if (!table.onDemand) return "The table has provisioned capacity, which is used up.";
  const { read, write } = table.maximum;
  const limits = [
    ...(read === undefined ? [] : [`${read} read units`]),
    ...(write === undefined ? [] : [`${write} write units`]),
  ];
  return limits.length > 0
    ? `The table is on-demand already, with a maximum of its own: ${limits.join(" and ")} a second.`
    : "The table is on-demand already and has no maximum: a hot partition, or the account's own limit.";
}
