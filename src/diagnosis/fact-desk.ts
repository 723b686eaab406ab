import { cliLine } from "../aws/cli-line.ts";
import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { callDocker } from "../transports/docker/contract.ts";
import type { DiagnosisContext, Fact, FactReader, FactSource } from "./fact.ts";

/** A fact that has not come within this many machine ms is unknown: one API that hangs must not hold up the rest. */
export const FACT_BOX_MS = 15_000;

/** Nessie itself may be what is broken: the verdict does not wait long for it. Machine ms. */
export const NESSIE_BOX_MS = 3_000;

/** Thrown inside a fetch to end it without a value. */
class NoValue extends Error {
  readonly fact: Exclude<Fact<never>, { status: "known" }>;

  constructor(fact: Exclude<Fact<never>, { status: "known" }>) {
    super(fact.reason);
    this.fact = fact;
  }
}

/** Fetches facts for one diagnosis: each once, all at the same time, those that others are built on first. */
export class FactDesk {
  readonly #context: DiagnosisContext;
  readonly #facts = new Map<FactSource<unknown>, Promise<Fact<unknown>>>();

  constructor(context: DiagnosisContext) {
    this.#context = context;
  }

  /** The fact; never rejects because of AWS. Rejects with the signal's reason when the diagnosis is cancelled. */
  get<T>(source: FactSource<T>): Promise<Fact<T>> {
    const known = this.#facts.get(source) as Promise<Fact<T>> | undefined;
    if (known) return known;
    const fetched = this.#fetch(source);
    this.#facts.set(source, fetched);
    return fetched;
  }

  async #fetch<T>(source: FactSource<T>): Promise<Fact<T>> {
    const { clock, signal } = this.#context;
    const { boxMs = FACT_BOX_MS } = source;
    const lines: string[] = [];
    const done = new AbortController();
    const stopped = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
    const box = clock.sleep(boxMs, stopped).then(() => {
      throw new NoValue({ status: "unknown", reason: `no answer within ${boxMs / 1000} s`, lines });
    });
    try {
      const value = await Promise.race([source.fetch(this.#reader(source, lines, stopped)), box]);
      return { status: "known", value, atMs: clock.now(), lines };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      // What it is built on may have come from other calls: those of its own are shown first.
      if (error instanceof NoValue) return { ...error.fact, lines: lines.length > 0 ? lines : error.fact.lines };
      // An answer that we did not expect is a bug of ours: it is named, and costs this fact and not the diagnosis.
      const { why, missingPermission } = failureDetail(error, source.title);
      return {
        status: "unknown",
        // AWS's own words about a missing permission are long: what it is called says what to ask for.
        reason: missingPermission ? `needs ${missingPermission}` : sanitizeLine(why),
        ...(missingPermission ? { missingPermission } : {}),
        lines,
      };
    } finally {
      done.abort();
      // The box is over either way; that it was called off is no failure.
      box.catch(() => undefined);
    }
  }

  #reader(source: FactSource<unknown>, lines: string[], signal: AbortSignal): FactReader {
    const context = this.#context;
    const declared = (name: string) => {
      if (!source.operations.includes(name))
        throw new Error(`fact ${source.id} calls ${name}, which it does not declare`);
    };
    return {
      ...context,
      signal,
      docker: async (operation, input) => {
        declared(`docker:${operation}`);
        lines.push(context.aws.lineOf("docker", operation, input));
        return (await callDocker(context.aws, operation, input, { purpose: "action", signal })).output;
      },
      call: async (service, operation, input, options) => {
        declared(`${service}:${operation}`);
        const where = { ...context.where, ...(options?.region ? { region: options.region } : {}) };
        lines.push(cliLine(service, operation, input as object, where));
        const result = await context.aws.call(service, operation, input, { purpose: "action", signal, ...options });
        return result.output;
      },
      need: async (other) => {
        const fact = await this.get(other);
        if (fact.status === "known") return fact.value;
        throw new NoValue(fact);
      },
      fact: (other) => this.get(other),
      absent: (reason) => {
        throw new NoValue({ status: "absent", reason, lines });
      },
    };
  }
}
