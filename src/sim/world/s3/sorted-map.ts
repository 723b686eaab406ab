import { compareKeys, ordersAsText } from "./key-order.ts";

/** Keys of a chunk at most. A full chunk is halved; appending in order leaves full ones behind. */
const CHUNK_SIZE = 512;

interface Chunk<Value> {
  keys: string[];
  values: Value[];
}

export type Entry<Value> = [key: string, value: Value];

/**
 * A map in the order of S3's keys: sorted chunks, found by binary search. Finding and seeking cost O(log n); an insertion moves
 * at most one chunk's keys and, rarely, the list of chunks. Iterating while the map changes is not supported.
 */
export class SortedMap<Value> {
  #chunks: Chunk<Value>[] = [];
  #size = 0;
  /** Whether every key so far can be compared as text. */
  #textual = true;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    const [chunk, index] = this.#find(this.#before(key));
    const found = this.#chunks[chunk];
    return found?.keys[index] === key ? found.values[index] : undefined;
  }

  set(key: string, value: Value): void {
    const [at, index] = this.#find(this.#before(key));
    const found = this.#chunks[at];
    if (found?.keys[index] === key) {
      found.values[index] = value;
      return;
    }
    this.#size += 1;
    this.#textual &&= ordersAsText(key);
    // Between two chunks: behind the last key of the one before, so that an ascending load fills it.
    const before = index === 0 ? this.#chunks[at - 1] : undefined;
    if (before && before.keys.length < CHUNK_SIZE) {
      before.keys.push(key);
      before.values.push(value);
    } else if (!found) {
      this.#chunks.push({ keys: [key], values: [value] });
    } else {
      found.keys.splice(index, 0, key);
      found.values.splice(index, 0, value);
      if (found.keys.length > CHUNK_SIZE) this.#halve(at);
    }
  }

  /** @returns whether the key was there. */
  delete(key: string): boolean {
    const [at, index] = this.#find(this.#before(key));
    const found = this.#chunks[at];
    if (found?.keys[index] !== key) return false;
    found.keys.splice(index, 1);
    found.values.splice(index, 1);
    if (found.keys.length === 0) this.#chunks.splice(at, 1);
    this.#size -= 1;
    return true;
  }

  /** Entries from `key` on, that one included; all of them without a key. */
  from(key = ""): Generator<Entry<Value>, undefined> {
    return this.#entries(this.#find(this.#before(key)));
  }

  /** Entries behind `key`, whether or not it is there. */
  after(key: string): Generator<Entry<Value>, undefined> {
    const before = this.#before(key);
    return this.#entries(this.#find((other) => other === key || before(other)));
  }

  /** Entries behind every key that begins with `prefix`. */
  afterPrefix(prefix: string): Generator<Entry<Value>, undefined> {
    const before = this.#before(prefix);
    return this.#entries(this.#find((other) => before(other) || other.startsWith(prefix)));
  }

  /** Whether a key of the map comes before `key`. */
  #before(key: string): (other: string) => boolean {
    // One of the two is enough: where they differ first, one unit is a low one.
    return this.#textual || ordersAsText(key) ? (other) => other < key : (other) => compareKeys(other, key) < 0;
  }

  *#entries([at, index]: [number, number]): Generator<Entry<Value>, undefined> {
    for (let chunk = at, position = index; chunk < this.#chunks.length; chunk++, position = 0) {
      const { keys, values } = this.#chunks[chunk]!;
      for (; position < keys.length; position++) yield [keys[position]!, values[position]!];
    }
  }

  /** The first place whose key is not `before` what is sought; `before` holds for a first stretch of the order and for no other key. */
  #find(before: (key: string) => boolean): [chunk: number, index: number] {
    const chunk = partition(this.#chunks.length, (index) => before(this.#chunks[index]!.keys.at(-1)!));
    const keys = this.#chunks[chunk]?.keys ?? [];
    return [chunk, partition(keys.length, (index) => before(keys[index]!))];
  }

  #halve(at: number): void {
    const { keys, values } = this.#chunks[at]!;
    const middle = keys.length >> 1;
    const rest: Chunk<Value> = { keys: keys.splice(middle), values: values.splice(middle) };
    this.#chunks.splice(at + 1, 0, rest);
  }
}

/** How many of the numbers from 0 on `holds` is true for, when it is true for the first ones only. */
function partition(length: number, holds: (index: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}
