import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types";

export interface CredentialOptions {
  /** Fixed ones: environment and profile are ignored. */
  fixed?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  profile?: string;
  region: string;
  mfaCodeProvider?: (serial: string) => Promise<string>;
}

/** Credentials that run out within this many machine ms are fetched anew before they are used. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

/**
 * The SDK's own provider chain, fetched when first needed and kept until shortly before it expires. `forget()` makes the next call ask the
 * chain again, reading the shared files anew: a fresh login is picked up without a restart.
 */
export class Credentials {
  readonly #options: CredentialOptions;
  #current: Promise<AwsCredentialIdentity> | undefined;
  #reread = false;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /** For SDK clients. Always asks here, so that what was forgotten is gone for every client at once. */
  readonly provider: AwsCredentialIdentityProvider = async () => {
    const { fixed } = this.#options;
    if (fixed) return fixed;
    const known = await this.#current?.catch(() => undefined);
    if (known && (known.expiration === undefined || known.expiration.getTime() - Date.now() > EXPIRY_MARGIN_MS))
      return known;
    if (known) this.forget();
    this.#current ??= this.#fetch();
    try {
      return await this.#current;
    } catch (error) {
      this.forget();
      throw error;
    }
  };

  /** Makes the next call fetch credentials anew. */
  forget(): void {
    this.#current = undefined;
    this.#reread = true;
  }

  async #fetch(): Promise<AwsCredentialIdentity> {
    const { profile, region, mfaCodeProvider } = this.#options;
    const { fromNodeProviderChain } = await import("./provider-chain.ts");
    const chain = fromNodeProviderChain({
      ...(profile ? { profile } : {}),
      ...(mfaCodeProvider ? { mfaCodeProvider } : {}),
      clientConfig: { region },
      ignoreCache: this.#reread,
    });
    return chain();
  }
}
