import type {
  AwsLayer,
  CallerIdentity,
  CallOptions,
  CallReport,
  CallResult,
  CredentialFacts,
  InputOf,
  KeyPair,
  MfaCode,
  OperationName,
  OutputOf,
  ServiceName,
  SessionCredentials,
} from "../aws/contract.ts";
import { unknownOperation } from "../aws/failure.ts";
import { operationOf } from "../aws/operations.ts";
import { RateBuckets } from "../aws/rate.ts";
import type { Clock } from "../base/clock.ts";
import { failureDetail } from "../base/failure.ts";
import type { Transport } from "./contract.ts";

/**
 * The client layer with more transports beside AWS: steps, readings, guards, reconciliation and undo name an operation and need not
 * know who carries it out. Calls of a transport pass the same gates and rate buckets and are reported in the same way.
 */
export function withTransports(aws: AwsLayer, transports: readonly Transport[], clock: Clock): AwsLayer {
  return transports.length === 0 ? aws : new RoutedLayer(aws, transports, clock);
}

class RoutedLayer implements AwsLayer {
  readonly #aws: AwsLayer;
  readonly #transports = new Map<string, Transport>();
  readonly #clock: Clock;
  readonly #buckets: RateBuckets;
  readonly #listeners = new Set<(report: CallReport) => void>();

  constructor(aws: AwsLayer, transports: readonly Transport[], clock: Clock) {
    this.#aws = aws;
    this.#clock = clock;
    this.#buckets = new RateBuckets(clock);
    for (const transport of transports)
      for (const service of transport.services) this.#transports.set(service, transport);
  }

  get region(): string {
    return this.#aws.region;
  }

  get endpoint(): string | undefined {
    return this.#aws.endpoint;
  }

  get readOnly(): boolean {
    return this.#aws.readOnly;
  }

  set readOnly(value: boolean) {
    this.#aws.readOnly = value;
  }

  identity(options: CallOptions): Promise<CallerIdentity> {
    return this.#aws.identity(options);
  }

  identityOf(credentials: KeyPair, options: CallOptions): Promise<CallerIdentity> {
    return this.#aws.identityOf(credentials, options);
  }

  sessionOf(credentials: KeyPair, mfa: MfaCode, options: CallOptions): Promise<SessionCredentials> {
    return this.#aws.sessionOf(credentials, mfa, options);
  }

  actAs(session: SessionCredentials | null): void {
    this.#aws.actAs(session);
  }

  pinAccount(accountId: string): void {
    this.#aws.pinAccount(accountId);
  }

  admit(service: string, operation: string): Promise<void> {
    return this.#aws.admit(service, operation);
  }

  credentials(): Promise<CredentialFacts> {
    return this.#aws.credentials();
  }

  login(): Promise<void> {
    return this.#aws.login();
  }

  lineOf(service: string, operation: string, input: object): string {
    const transport = this.#transports.get(service);
    return (transport ?? this.#aws).lineOf(service, operation, input);
  }

  onCall(listener: (report: CallReport) => void): () => void {
    this.#listeners.add(listener);
    const stop = this.#aws.onCall(listener);
    return () => {
      this.#listeners.delete(listener);
      stop();
    };
  }

  call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    options: CallOptions,
  ): Promise<CallResult<OutputOf<S, O>>> {
    return this.#aws.call(service, operation, input, options);
  }

  callByName(service: string, operation: string, input: object, options: CallOptions): Promise<CallResult<unknown>> {
    const transport = this.#transports.get(service);
    return transport
      ? this.#send(transport, service, operation, input, options)
      : this.#aws.callByName(service, operation, input, options);
  }

  setRate(service: string, operation: string, ratePerSecond: number): void {
    if (this.#transports.has(service)) this.#buckets.of("", service, operation, ratePerSecond).setRate(ratePerSecond);
    else this.#aws.setRate(service, operation, ratePerSecond);
  }

  close(): void {
    for (const transport of new Set(this.#transports.values())) transport.close();
    this.#aws.close();
  }

  async #send(
    transport: Transport,
    service: string,
    operation: string,
    input: object,
    options: CallOptions,
  ): Promise<CallResult<unknown>> {
    const definition = operationOf(service, operation);
    if (!definition) throw unknownOperation(service, operation);
    await this.#buckets.of("", service, operation, definition.ratePerSecond).take(options.purpose, options.signal);
    const clock = this.#clock;
    const startedMs = clock.monotonic();
    const startedAtMs = clock.now();
    const report = (rest: Pick<CallReport, "requestId" | "error">): number => {
      const durationMs = clock.monotonic() - startedMs;
      const { purpose } = options;
      const mutation = definition.access === "write";
      const line = transport.lineOf(service, operation, input);
      const call = { service, operation, purpose, mutation, startedAtMs, durationMs, attempts: 1, line, ...rest };
      for (const listener of this.#listeners) listener(call);
      return durationMs;
    };
    try {
      await this.#aws.admit(service, operation);
      const { output, requestId = "" } = await transport.send(service, operation, input, options);
      return { output, requestId, durationMs: report(requestId === "" ? {} : { requestId }), attempts: 1 };
    } catch (error) {
      if (options.signal?.aborted) {
        report({ error: { kind: "cancelled", message: "cancelled before it ended; it may have been carried out" } });
        throw options.signal.reason;
      }
      const { kind, code, why, requestId } = failureDetail(error, `${service}:${operation}`);
      report({ ...(requestId ? { requestId } : {}), error: { kind, ...(code ? { code } : {}), message: why } });
      throw error;
    }
  }
}
