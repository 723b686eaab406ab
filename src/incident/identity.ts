import type { AwsLayer, CallerIdentity } from "../aws/contract.ts";
import { failureDetail } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";
import type { CockpitStore } from "../state/store.ts";

/** `role/session` of an assumed role, else the last part of the ARN: what fits a header. */
export function shortCaller(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  const parts = resource.split("/");
  return parts[0] === "assumed-role" ? parts.slice(1).join("/") : (parts.at(-1) ?? arn);
}

export interface CallerDependencies {
  aws: AwsLayer;
  store: CockpitStore;
  /** The record as it stands: the account it names is the only one that this incident works in. */
  entries(): readonly RecordEntry[];
  record(draft: RecordDraft): void;
  isBreakGlass(arn: string): boolean;
  /** Told whenever another principal is accepted. */
  onAccepted(arn: string): void;
  signal: AbortSignal;
}

/**
 * Who the responder is to AWS. The first caller that STS confirms in the incident's account is accepted and recorded; another
 * principal of the same account has to be accepted explicitly, another account never is.
 */
export class Caller {
  readonly #dependencies: CallerDependencies;
  #accepted: CallerIdentity | undefined;
  #adopting: Promise<void> | undefined;
  #isConfirmed = false;

  constructor(dependencies: CallerDependencies) {
    this.#dependencies = dependencies;
  }

  /** The principal that the responder works as; undefined until STS has confirmed one. */
  get accepted(): CallerIdentity | undefined {
    return this.#accepted;
  }

  /** Whether STS named the incident's own account when it was asked last. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Asks STS who the caller is, and accepts the first one. Rejects with a Failure, which the header shows until it has passed. */
  async confirm(): Promise<CallerIdentity> {
    const { aws, store, signal } = this.#dependencies;
    const known = this.#recorded();
    if (known) aws.pinAccount(known.accountId);
    let identity: CallerIdentity;
    try {
      identity = await aws.identity({ purpose: "action", signal });
    } catch (error) {
      const failure = failureDetail(error, "sts:GetCallerIdentity");
      this.#isConfirmed = false;
      if (!signal.aborted) store.setState((state) => ({ identity: { ...state.identity, failure } }));
      throw error;
    }
    if (!this.#accepted) {
      this.#adopting ??= this.accept(identity).finally(() => {
        this.#adopting = undefined;
      });
      await this.#adopting;
    }
    this.#isConfirmed = true;
    store.setState((state) => {
      const { failure: _passed, ...rest } = state.identity;
      return { identity: rest };
    });
    return identity;
  }

  /** Accepts whoever the caller is now: after a plan that was confirmed to change just that. Never rejects. */
  async follow(): Promise<void> {
    const before = this.#accepted?.arn;
    // Not known: the header says why, and the next plan asks again.
    const identity = await this.confirm().catch(() => undefined);
    if (identity && identity.arn !== before) await this.accept(identity);
  }

  /** From now on the responder works as this principal: shown, recorded, and its account pinned. */
  async accept(identity: CallerIdentity): Promise<void> {
    const { aws, store, record, onAccepted } = this.#dependencies;
    aws.pinAccount(identity.accountId);
    this.#accepted = identity;
    onAccepted(identity.arn);
    const accountAlias = await this.#readAlias();
    store.setState((state) => ({
      identity: {
        ...state.identity,
        accountId: identity.accountId,
        callerArn: identity.arn,
        caller: sanitizeLine(shortCaller(identity.arn)),
        isBreakGlass: this.#dependencies.isBreakGlass(identity.arn),
        ...(accountAlias ? { accountAlias } : {}),
      },
    }));
    if (this.#recorded()?.callerArn === identity.arn) return;
    record({
      kind: "incident.identity",
      payload: { accountId: identity.accountId, callerArn: identity.arn, ...(accountAlias ? { accountAlias } : {}) },
    });
  }

  #recorded(): { accountId: string; callerArn: string } | undefined {
    const entry = this.#dependencies.entries().findLast((candidate) => candidate.kind === "incident.identity");
    return entry?.kind === "incident.identity" ? entry.payload : undefined;
  }

  async #readAlias(): Promise<string | undefined> {
    const { aws, signal } = this.#dependencies;
    try {
      const { output } = await aws.call("iam", "ListAccountAliases", {}, { purpose: "poll", signal });
      const alias = output.AccountAliases?.[0];
      return alias ? sanitizeLine(alias) : undefined;
    } catch {
      // The alias only decorates the account id, which is known: many responders may not list it.
      return undefined;
    }
  }
}
