const SECOND_MS = 1000;

/**
 * Ids of events, by the second of the event. An id is kept as a number of 53 bits: two of the up to ten thousand events of one second
 * share one with a probability of one in ten million seconds, and a set of numbers takes a fifth of the memory.
 */
export class EventIds {
  readonly #bySecond = new Map<number, Set<number>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Notes an event. @returns false when it was known. */
  add(atMs: number, eventId: string): boolean {
    const second = Math.floor(atMs / SECOND_MS);
    let ids = this.#bySecond.get(second);
    if (!ids) {
      ids = new Set();
      this.#bySecond.set(second, ids);
    }
    const before = ids.size;
    ids.add(hash53(eventId));
    if (ids.size === before) return false;
    this.#count += 1;
    return true;
  }

  /**
   * Lets go of the seconds that end at or before `keepFromMs`, and of the oldest ones while there are more than `limit` ids; never of
   * the newest second. @returns the time from which on ids are complete, ms.
   */
  prune(keepFromMs: number, limit: number): number {
    let completeFromMs = keepFromMs;
    const seconds = [...this.#bySecond.keys()].sort((a, b) => a - b);
    for (const second of seconds) {
      const endMs = (second + 1) * SECOND_MS;
      const unwanted = endMs <= keepFromMs;
      if (!unwanted && (this.#count <= limit || second === seconds.at(-1))) break;
      this.#count -= this.#bySecond.get(second)?.size ?? 0;
      this.#bySecond.delete(second);
      completeFromMs = Math.max(completeFromMs, endMs);
    }
    return completeFromMs;
  }
}

/** 53 bits of a text: two multiplicative hashes side by side. */
function hash53(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x9e3779b9;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
    low ^= low >>> 13;
  }
  return (high >>> 11) * 4294967296 + (low >>> 0);
}
