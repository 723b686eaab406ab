import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types";
import type { CredentialFacts } from "./contract.ts";
import { SILENT_LOGGER } from "./silent-logger.ts";

export interface CredentialOptions {
  /** Fixed ones: environment and profile are ignored. */
  fixed?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  profile?: string;
  region: string;
  /** The profile has an `mfa_serial`. */
  profileAsksForMfa?: boolean;
  mfaCodeProvider?: (serial: string) => Promise<string>;
}

/** Credentials that run out within this many machine ms are fetched anew before they are used. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

/**
 * The SDK's own provider chain, fetched when first needed and kept until shortly before it expires. `forget()` makes the next call ask the
 * chain again, reading the shared files anew: a fresh login is picked up without a restart. Callers that need credentials at the same time
 * share one fetch, so that one expiry asks for one MFA code.
 */
export class Credentials {
  readonly #options: CredentialOptions;
  #known: AwsCredentialIdentity | undefined;
  #fetching: Promise<AwsCredentialIdentity> | undefined;
  #reread = false;
  #acting: AwsCredentialIdentity | undefined;
  #generation = 0;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /** Grows with every `forget()`: what failed under an older generation has been forgotten already. */
  get generation(): number {
    return this.#generation;
  }

  /** For SDK clients. Always asks here, so that what was forgotten is gone for every client at once. */
  readonly provider: AwsCredentialIdentityProvider = async () => {
    if (this.#acting) return this.#acting;
    const { fixed } = this.#options;
    if (fixed) return fixed;
    if (this.#known && isUsable(this.#known)) return this.#known;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  };

  /** Overrides the chain with a session that is in memory only; undefined goes back to the chain. */
  actAs(session: AwsCredentialIdentity | undefined): void {
    this.#acting = session;
    this.#generation++;
  }

  /** Makes the next call fetch credentials anew. */
  forget(): void {
    // A session that has run out cannot be fetched again: the calls fail and say so until it is ended.
    if (this.#acting) return;
    this.#known = undefined;
    this.#reread = true;
    this.#generation++;
  }

  /** What is known of these credentials, without a secret. Key ids of users begin with AKIA (IAM User Guide, "Unique identifiers"). */
  describe({ accessKeyId, expiration }: AwsCredentialIdentity): CredentialFacts {
    return {
      kind: accessKeyId.startsWith("AKIA") ? "long-term" : "temporary",
      ...(expiration ? { expiresAtMs: expiration.getTime() } : {}),
      profileAsksForMfa: this.#options.profileAsksForMfa ?? false,
    };
  }

  async #fetch(): Promise<AwsCredentialIdentity> {
    const { profile, region, mfaCodeProvider } = this.#options;
    const { fromNodeProviderChain } = await import("./provider-chain.ts");
    const chain = fromNodeProviderChain({
      ...(profile ? { profile } : {}),
      ...(mfaCodeProvider ? { mfaCodeProvider } : {}),
      clientConfig: { region },
      ignoreCache: this.#reread,
      logger: SILENT_LOGGER,
    });
    // Whatever comes of it, the next fetch must see what a login has changed in the files meanwhile.
    this.#reread = true;
    this.#known = await chain();
    return this.#known;
  }
}

function isUsable(credentials: AwsCredentialIdentity): boolean {
  const { expiration } = credentials;
  // Date.now() and not the clock: expiry is a promise of the machine's wall time, also in tests and in the demo.
  return expiration === undefined || expiration.getTime() - Date.now() > EXPIRY_MARGIN_MS;
}
