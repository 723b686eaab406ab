import { failureDetail } from "../base/failure.ts";
import type { DetectContext, Detector, DetectorResult, FactContext, Severity } from "./contract.ts";
import { breakGlass, rolesWithoutPolicies } from "./detect/access.ts";
import { alarmMissing, alarmNeverFires, alarmSilent, alarmThreshold } from "./detect/alarms.ts";
import { managementEvents, objectEvents, schemaChanges } from "./detect/audit.ts";
import { objectLayout, uploadNeedsHeader, versionsExpire } from "./detect/bucket.ts";
import { alreadyOnDemand, catalogRecoveryPoint, recoveryOff, unusedCatalogTable } from "./detect/tables.ts";
import { terraformResets } from "./detect/terraform.ts";
import { FACTS, type FactName, type FactValues } from "./facts/index.ts";
import { FactReader } from "./facts/reader.ts";

/** Every detector; docs/readiness.md has the same list. */
export const DETECTORS = [
  unusedCatalogTable,
  recoveryOff,
  catalogRecoveryPoint,
  alreadyOnDemand,
  alarmNeverFires,
  alarmMissing,
  alarmThreshold,
  alarmSilent,
  uploadNeedsHeader,
  versionsExpire,
  objectLayout,
  objectEvents,
  managementEvents,
  schemaChanges,
  terraformResets,
  breakGlass,
  rolesWithoutPolicies,
] as unknown as readonly Detector[];

const RANK: Record<Severity, number> = { high: 0, medium: 1, low: 2 };

/** Findings in the order in which they are read: what hurts most first. */
export function bySeverity<F extends { severity: Severity }>(findings: readonly F[]): F[] {
  return [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/**
 * Reads every fact once, in parallel, and gives the results in the order of the detectors. Only reads. Never rejects for a fact that
 * cannot be read: then the detectors that need it are `unknown`.
 */
export async function findFindings(context: FactContext): Promise<DetectorResult[]> {
  const desk = new FactDesk(context);
  const detecting: DetectContext = {
    deployment: context.deployment,
    accountId: context.accountId,
    nowMs: context.clock.now(),
  };
  return Promise.all(DETECTORS.map((detector) => detectWith(detector, desk, detecting)));
}

async function detectWith(detector: Detector, desk: FactDesk, context: DetectContext): Promise<DetectorResult> {
  const { id, question, facts: names, shows } = detector;
  try {
    const values = await Promise.all(names.map(async (name) => [name, await desk.read(name)] as const));
    const read = names.flatMap((name) => desk.linesOf(name));
    const lines = [...new Set(shows ? read.filter((line) => shows.test(line)) : read)];
    const findings = detector
      .detect(Object.fromEntries(values) as unknown as FactValues, context)
      .map(({ about, ...found }) => ({ id: about ? `${id}:${about}` : id, ...found, lines }));
    return { detector: id, question, status: "done", findings };
  } catch (error) {
    return { detector: id, question, status: "unknown", failure: failureDetail(error, question) };
  }
}

/** Facts, each read once. */
class FactDesk {
  readonly #context: FactContext;
  readonly #readers = new Map<FactName, FactReader>();
  readonly #values = new Map<FactName, Promise<unknown>>();

  constructor(context: FactContext) {
    this.#context = context;
  }

  read<Name extends FactName>(name: Name): Promise<FactValues[Name]> {
    const known = this.#values.get(name) as Promise<FactValues[Name]> | undefined;
    if (known) return known;
    const reader = new FactReader(this.#context);
    const value = FACTS[name].read(reader, (other) => this.read(other));
    this.#readers.set(name, reader);
    this.#values.set(name, value);
    return value;
  }

  linesOf(name: FactName): readonly string[] {
    return this.#readers.get(name)?.lines ?? [];
  }
}
