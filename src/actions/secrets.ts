import { Failure } from "../base/failure.ts";
import type { Json } from "../base/json.ts";

/** What stands for a secret in outcomes, plans and the record. It means nothing outside the run that made it. */
export type SecretHandle = { $secret: string };

/** The secrets of one run, in memory only. Steps hand handles on; what a secret is for asks for it here, by its handle. */
export class SecretVault {
  readonly #secrets = new Map<string, string>();

  keep(secret: string): SecretHandle {
    const id = String(this.#secrets.size + 1);
    this.#secrets.set(id, secret);
    return { $secret: id };
  }

  /** @throws Failure when it was not kept in this run, or the run has ended. */
  reveal(handle: Json | undefined): string {
    const isHandle = typeof handle === "object" && handle !== null && !Array.isArray(handle);
    const secret = isHandle && typeof handle.$secret === "string" ? this.#secrets.get(handle.$secret) : undefined;
    if (secret !== undefined) return secret;
    throw new Failure({
      kind: "invalid",
      what: "secret",
      why: "it was only in the memory of the run that got it, and is gone",
      next: "It cannot be had again: make a new one.",
    });
  }

  /** Forgets all of them: at the end of the run. */
  clear(): void {
    this.#secrets.clear();
  }
}
