import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import { LOG_SIGNS, type LogSign, type Reason, reasons } from "../diagnosis/proposal.ts";
import { diagnoses } from "../diagnosis/registry.ts";
import type { LogRing } from "../state/log-ring.ts";
import type { CockpitStore, Proposal } from "../state/store.ts";
import { earlierLines } from "./earlier-signs.ts";

interface Watched {
  store: CockpitStore;
  logs: LogRing;
  deployment: Deployment;
  clock: Clock;
  aws: AwsCaller;
  signal: AbortSignal;
}

/** How often reasons are looked for, machine ms: a proposal may be a second late, and a burst of log lines costs nothing. */
const LOOK_PERIOD_MS = 1000;

/** Keeps the store's proposals true to what the screen shows. Each cause is new once, until its diagnosis was asked. */
export class Proposing {
  readonly #watched: Watched;
  readonly #signs = new Map<string, LogSign>();
  /** Causes that somebody has asked a diagnosis about. */
  readonly #asked = new Set<string>();
  readonly #stops: (() => void)[];

  constructor(watched: Watched) {
    this.#watched = watched;
    const timer = setInterval(() => this.look(), LOOK_PERIOD_MS);
    this.#stops = [
      () => clearInterval(timer),
      watched.logs.onAppend((lines) => {
        for (const { text, atMs } of lines) this.#read(text, atMs);
      }),
    ];
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  /** A diagnosis was asked: what is known now is news no more. */
  asked(diagnosisId: string): void {
    for (const reason of this.#reasons()) {
      if (diagnosisId === "everything" || reason.diagnosisId === diagnosisId) this.#asked.add(keyOf(reason));
    }
    this.look();
  }

  /** Takes in what jobs' logs said before their tail begins. */
  async lookBack(): Promise<void> {
    const { aws, deployment, clock, signal } = this.#watched;
    for (const { text, atMs } of await earlierLines(aws, deployment, clock.now(), signal)) this.#read(text, atMs);
    this.look();
  }

  look(): void {
    const { store } = this.#watched;
    const found = proposalsOf(this.#reasons(), this.#asked);
    if (JSON.stringify(found) !== JSON.stringify(store.getState().proposals)) store.setState({ proposals: found });
  }

  #reasons(): Reason[] {
    const { store, deployment, clock } = this.#watched;
    return reasons({ state: store.getState(), deployment, signs: this.#signs, nowMs: clock.now() });
  }

  #read(text: string, atMs: number): void {
    for (const [id, pattern] of LOG_SIGNS) {
      if (!pattern.test(text)) continue;
      const known = this.#signs.get(id);
      this.#signs.set(id, { count: (known?.count ?? 0) + 1, lastAtMs: Math.max(known?.lastAtMs ?? 0, atMs) });
    }
  }
}

const keyOf = ({ diagnosisId, cause }: Reason) => `${diagnosisId} ${cause}`;

/** Reasons put together by diagnosis, the one with most reasons first. */
export function proposalsOf(found: readonly Reason[], asked: ReadonlySet<string>): Proposal[] {
  const byDiagnosis = new Map<string, Reason[]>();
  for (const reason of found) {
    const known = byDiagnosis.get(reason.diagnosisId) ?? [];
    byDiagnosis.set(reason.diagnosisId, [...known, reason]);
  }
  return [...byDiagnosis]
    .sort(([, a], [, b]) => b.length - a.length)
    .flatMap(([diagnosisId, own]) => {
      const definition = diagnoses.find(({ id }) => id === diagnosisId);
      if (!definition) return [];
      return [
        {
          diagnosisId,
          title: definition.title,
          why: [...new Set(own.map(({ why }) => why))].join(", "),
          isNew: own.some((reason) => !asked.has(keyOf(reason))),
        },
      ];
    });
}
