import type { NodeHttpHandler } from "@smithy/node-http-handler";
import type { Failure } from "../base/failure.ts";
import { cliLine } from "./cli-line.ts";
import { clientConfiguration } from "./client-configuration.ts";
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
} from "./contract.ts";
import { Credentials } from "./credentials.ts";
import { toFailure, unknownOperation } from "./failure.ts";
import { admitCall, type GateState, gatePlugin, otherAccount } from "./gates.ts";
import { fromJsonInput } from "./json-input.ts";
import type { AwsLayerOptions } from "./layer-options.ts";
import { operationOf } from "./operations.ts";
import { identityOf, sessionOf } from "./other-credentials.ts";
import { RateBuckets } from "./rate.ts";
import type { SdkClient, SdkCommand } from "./sdk-client.ts";
import { type Sent, send } from "./send.ts";
import { serviceLoaders } from "./services/index.ts";
import { type ResolvedSettings, resolveSettings } from "./settings.ts";
import { createTransport } from "./transport.ts";
import { VersionGuard } from "./version-guard.ts";

/** Attempts of one call, the first included. Throttling and lost connections are tried again; mutations only on throttling. */
const ATTEMPTS = 5;
/** A poller comes back by itself: a poll without an answer is given up early, so that its pane says so. */
const POLL_ATTEMPTS_UNREACHABLE = 2;
/** Full jitter: up to BASE * 2^n machine ms, at most MAX. */
const BACKOFF_BASE_MS = 100;
const BACKOFF_MAX_MS = 5000;
const MAX_SOCKETS = 30;

/**
 * The client layer. Region, profile and endpoint are resolved at once, credentials and clients when they are first needed.
 * @throws Failure when there is no region or no such profile.
 */
export async function createAwsLayer(options: AwsLayerOptions): Promise<AwsLayer> {
  const { region, endpoint, credentials } = options;
  if (credentials && region && endpoint) return new Layer(options, { region, endpoint });
  return new Layer(options, await resolveSettings(options, options.environment ?? process.env));
}

class Layer implements AwsLayer {
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly #options: AwsLayerOptions;
  readonly #profile: string | undefined;
  readonly #credentials: Credentials;
  readonly #transport: NodeHttpHandler;
  readonly #gates: GateState;
  readonly #versions: VersionGuard;
  readonly #clients = new Map<string, Promise<SdkClient>>();
  readonly #buckets: RateBuckets;
  readonly #listeners = new Set<(report: CallReport) => void>();

  constructor(options: AwsLayerOptions, settings: ResolvedSettings) {
    this.#options = options;
    this.#buckets = new RateBuckets(options.clock);
    this.region = settings.region;
    this.endpoint = settings.endpoint;
    this.#profile = settings.profile;
    this.#credentials = new Credentials({
      region: settings.region,
      profileAsksForMfa: settings.asksForMfa ?? false,
      ...(options.credentials ? { fixed: options.credentials } : {}),
      ...(settings.profile ? { profile: settings.profile } : {}),
      ...(options.mfaCodeProvider ? { mfaCodeProvider: options.mfaCodeProvider } : {}),
    });
    this.#transport = createTransport({
      loopbackOnly: options.loopbackOnly ?? false,
      maxSockets: MAX_SOCKETS,
      ...(options.environment ? { environment: options.environment } : {}),
    });
    this.#gates = {
      readOnly: options.readOnly ?? false,
      pinnedAccountId: undefined,
      confirmed: undefined,
      currentAccessKeyId: async () => (await this.#credentials.provider()).accessKeyId,
    };
    this.#versions = new VersionGuard(options.clock, async (bucket, region) => {
      const { output } = await this.call(
        "s3",
        "GetBucketVersioning",
        { Bucket: bucket },
        { purpose: "action", region },
      );
      return output.Status ?? "";
    });
  }

  get readOnly(): boolean {
    return this.#gates.readOnly;
  }

  set readOnly(value: boolean) {
    this.#gates.readOnly = value;
  }

  pinAccount(accountId: string): void {
    this.#gates.pinnedAccountId = accountId;
  }

  onCall(listener: (report: CallReport) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async login(): Promise<void> {
    await this.#provide();
  }

  async credentials(): Promise<CredentialFacts> {
    return this.#credentials.describe(await this.#provide());
  }

  #provide() {
    return this.#credentials.provider().catch((error: unknown) => {
      throw this.#failure(error, "sts", "GetCallerIdentity");
    });
  }

  async identity(options: CallOptions): Promise<CallerIdentity> {
    const { accessKeyId } = await this.#provide();
    const { output } = await this.call("sts", "GetCallerIdentity", {}, options);
    const identity = { accountId: output.Account ?? "", arn: output.Arn ?? "", userId: output.UserId ?? "" };
    this.#gates.confirmed = { accountId: identity.accountId, accessKeyId };
    const { pinnedAccountId } = this.#gates;
    if (pinnedAccountId !== undefined && identity.accountId !== pinnedAccountId) {
      throw otherAccount("sts:GetCallerIdentity", identity.accountId, pinnedAccountId);
    }
    return identity;
  }

  async call<S extends ServiceName, O extends OperationName<S>>(
    service: S,
    operation: O,
    input: InputOf<S, O>,
    options: CallOptions,
  ): Promise<CallResult<OutputOf<S, O>>> {
    return (await this.callByName(service, operation, input as object, options)) as CallResult<OutputOf<S, O>>;
  }

  async callByName(
    service: string,
    operation: string,
    input: object,
    options: CallOptions,
  ): Promise<CallResult<unknown>> {
    const definition = operationOf(service, operation);
    if (!definition || !(service in serviceLoaders)) {
      throw unknownOperation(service, operation);
    }
    const name = service as ServiceName;
    const mutation = definition.access === "write";
    const region = options.region ?? this.region;
    const bucket = this.#buckets.of(region, service, operation, definition.ratePerSecond);
    const { clock } = this.#options;
    let startedMs = clock.monotonic();
    const startedAtMs = clock.now();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      await bucket.take(options.purpose, options.signal);
      const { generation } = this.#credentials;
      if (attempt === 1) startedMs = clock.monotonic();
      const report = (rest: Partial<CallReport>) => {
        const durationMs = clock.monotonic() - startedMs;
        this.#report({
          service: name,
          operation,
          region,
          purpose: options.purpose,
          mutation,
          startedAtMs,
          durationMs,
          attempts: attempt,
          line: this.lineOf(service, operation, input, region),
          ...rest,
        });
        return durationMs;
      };
      try {
        const { output, requestId, serverDateMs } = await this.#send(name, operation, input, region, options);
        const dated = serverDateMs === undefined ? {} : { serverDateMs };
        return { output, requestId, durationMs: report({ requestId, ...dated }), attempts: attempt, ...dated };
      } catch (error) {
        if (options.signal?.aborted) {
          report({
            error: { kind: "cancelled", message: "cancelled before the answer came; it may have been carried out" },
          });
          throw options.signal.reason;
        }
        const failure = this.#failure(error, service, operation);
        if (failure.kind === "expired" && !renewed) {
          renewed = true;
          this.#renewCredentials(generation);
          continue;
        }
        const again = failure.kind === "throttled" || (failure.kind === "unreachable" && !mutation);
        const polled = failure.kind === "unreachable" && options.purpose === "poll";
        if (!again || attempt >= (polled ? POLL_ATTEMPTS_UNREACHABLE : (definition.attempts ?? ATTEMPTS))) {
          const { kind, code, why, requestId } = failure.detail;
          report({ ...(requestId ? { requestId } : {}), error: { kind, ...(code ? { code } : {}), message: why } });
          throw failure;
        }
        await clock.sleep(Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** attempt), options.signal);
      }
    }
  }

  identityOf(credentials: KeyPair, options: CallOptions): Promise<CallerIdentity> {
    return this.#asking("GetCallerIdentity", options, (configuration) =>
      identityOf({ ...configuration, credentials }, options.signal),
    );
  }

  sessionOf(credentials: KeyPair, mfa: MfaCode, options: CallOptions): Promise<SessionCredentials> {
    return this.#asking("GetSessionToken", options, (configuration) =>
      sessionOf({ ...configuration, credentials }, mfa, options.signal),
    );
  }

  actAs(session: SessionCredentials | null): void {
    this.#credentials.actAs(session ?? undefined);
    this.#gates.confirmed = undefined;
    this.#clients.clear();
  }

  /** Asks STS with other credentials, within its rate. */
  async #asking<T>(operation: string, options: CallOptions, ask: (configuration: object) => Promise<T>): Promise<T> {
    const { ratePerSecond = 1 } = operationOf("sts", operation) ?? {};
    try {
      await this.#buckets.of(this.region, "sts", operation, ratePerSecond).take(options.purpose, options.signal);
      return await ask(this.#configuration(this.region));
    } catch (error) {
      options.signal?.throwIfAborted();
      throw this.#failure(error, "sts", operation);
    }
  }

  setRate(service: string, operation: string, ratePerSecond: number): void {
    this.#buckets.of(this.region, service, operation, ratePerSecond).setRate(ratePerSecond);
  }

  close(): void {
    for (const client of this.#clients.values()) {
      client.then(
        (ready) => ready.destroy(),
        () => undefined,
      );
    }
    this.#clients.clear();
    this.#transport.destroy();
  }

  admit(service: string, operation: string): Promise<void> {
    return admitCall(service, operation, this.#gates);
  }

  lineOf(service: string, operation: string, input: object, region = this.region): string {
    return cliLine(service, operation, input, { region, ...(this.endpoint ? { endpoint: this.endpoint } : {}) });
  }

  async #send(
    service: ServiceName,
    operation: string,
    input: object,
    region: string,
    options: CallOptions,
  ): Promise<Sent> {
    const { commands } = await serviceLoaders[service]();
    const Command = (commands as unknown as Record<string, new (input: object) => SdkCommand>)[operation];
    if (!Command) throw unknownOperation(service, operation);
    const given = fromJsonInput(service, operation, input);
    if (options.undoesRestore) this.#versions.declareUndo(given);
    return send(await this.#client(service, region), new Command(given), options);
  }

  #client(service: ServiceName, region: string): Promise<SdkClient> {
    const key = `${service} ${region}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const made = this.#makeClient(service, region);
    this.#clients.set(key, made);
    made.catch(() => this.#clients.delete(key));
    return made;
  }

  async #makeClient(service: ServiceName, region: string): Promise<SdkClient> {
    const { client: Client } = await serviceLoaders[service]();
    const client = new (Client as unknown as new (config: object) => SdkClient)({
      ...this.#configuration(region),
      credentials: this.#credentials.provider,
    });
    // It walks through every answer to hide what is sensitive from a logger that does not exist: a sixth of decoding a page of logs.
    client.middlewareStack.remove("loggerMiddleware");
    client.middlewareStack.use(gatePlugin(service, this.#gates));
    if (service === "s3") client.middlewareStack.use(this.#versions.plugin(region));
    return client;
  }

  #configuration(region: string): object {
    const { endpoint, credentials } = this.#options;
    return clientConfiguration({
      region,
      transport: this.#transport,
      isFixed: credentials !== undefined,
      ...(this.#profile ? { profile: this.#profile } : {}),
      ...(endpoint ? { endpoint } : {}),
    });
  }

  /** SDK clients remember credentials without an expiry for good: new clients ask again. */
  #renewCredentials(generation: number): void {
    // Calls that failed together renew together: whoever comes second finds it done.
    if (generation !== this.#credentials.generation) return;
    this.#credentials.forget();
    this.#clients.clear();
  }

  #failure(error: unknown, service: string, operation: string): Failure {
    return toFailure(error, service, operation, {
      region: this.region,
      ...(this.#profile ? { profile: this.#profile } : {}),
      ...(this.endpoint ? { endpoint: this.endpoint } : {}),
    });
  }

  #report(report: CallReport): void {
    for (const listener of this.#listeners) listener(report);
  }
}
