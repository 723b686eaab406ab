import { createHash } from "node:crypto";

/** The images of a docker host and of the registry that it pulls from: what a name means on each. */
export class Images {
  /** In the registry, where somebody pushes: a name that is not here means what it always did. */
  readonly registry = new Map<string, string>();
  readonly #local = new Map<string, string>();
  /** Ids of all that was ever pulled: one without a name stays until somebody prunes. */
  readonly #present = new Set<string>();

  /** What the name means on this host; one that it does not have yet is pulled. */
  idOf(reference: string): string {
    return this.#local.get(reference) ?? this.pull(reference);
  }

  /** Takes over what the registry has under the name. @returns its id. */
  pull(reference: string): string {
    const id = this.registry.get(reference) ?? `sha256:${createHash("sha256").update(reference).digest("hex")}`;
    this.#local.set(reference, id);
    this.#present.add(id);
    return id;
  }

  /** Lets the name mean another image of this host. @param source id or name. @returns false when there is none. */
  tag(source: string, reference: string): boolean {
    const id = this.#local.get(source) ?? source;
    if (!this.#present.has(id)) return false;
    this.#local.set(reference, id);
    return true;
  }
}
