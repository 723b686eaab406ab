import { createHash } from "node:crypto";

/** The bytes of an object, which need not exist before somebody reads them. */
export interface ObjectContent {
  /** Bytes. */
  readonly size: number;
  /** The bytes of [from, to), with 0 <= from <= to <= size. */
  bytes(from: number, to: number): Uint8Array;
}

/** Bytes in memory; several objects may share them. */
export class StoredContent implements ObjectContent {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.byteLength;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#bytes.subarray(from, to);
  }
}

/** Bytes that are made when somebody first asks for them or for their number: a world starts without most of its files. */
export class DeferredContent implements ObjectContent {
  #make: (() => Uint8Array) | undefined;
  #bytes: Uint8Array | undefined;

  /** @param make a function of nothing that changes later: it is called once, at any time. */
  constructor(make: () => Uint8Array) {
    this.#make = make;
  }

  get size(): number {
    return this.#made().byteLength;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#made().subarray(from, to);
  }

  #made(): Uint8Array {
    if (!this.#bytes) {
      this.#bytes = this.#make!();
      this.#make = undefined;
    }
    return this.#bytes;
  }
}

/** Noise that is a function of a seed and the position: any number of objects of any size cost nothing. */
export class GeneratedContent implements ObjectContent {
  readonly size: number;
  readonly #seed: number;

  constructor(seed: number, size: number) {
    this.#seed = seed;
    this.size = size;
  }

  bytes(from: number, to: number): Uint8Array {
    const bytes = new Uint8Array(to - from);
    for (let position = from; position < to; position++) {
      bytes[position - from] = wordAt(this.#seed, position >>> 2) >>> ((position & 3) * 8);
    }
    return bytes;
  }
}

/** A 32-bit word of noise (the finalizer of MurmurHash3 over seed and index). */
function wordAt(seed: number, index: number): number {
  let mixed = (seed ^ Math.imul(index + 1, 0x9e3779b1)) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Several contents one after another: what a multipart upload leaves, without copying its parts. */
export class JoinedContent implements ObjectContent {
  readonly size: number;
  readonly #parts: readonly ObjectContent[];

  constructor(parts: readonly ObjectContent[]) {
    this.#parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.size, 0);
  }

  bytes(from: number, to: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let start = 0;
    for (const part of this.#parts) {
      const [low, high] = [Math.max(from - start, 0), Math.min(to - start, part.size)];
      if (low < high) pieces.push(part.bytes(low, high));
      start += part.size;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
}

/** Bytes [from, to) of another content: what UploadPartCopy takes. */
export class SlicedContent implements ObjectContent {
  readonly size: number;
  readonly #whole: ObjectContent;
  readonly #from: number;

  constructor(whole: ObjectContent, from: number, to: number) {
    this.#whole = whole;
    this.#from = from;
    this.size = to - from;
  }

  bytes(from: number, to: number): Uint8Array {
    return this.#whole.bytes(this.#from + from, this.#from + to);
  }
}

const BLOCK_BYTES = 1 << 20;

/** The content in blocks of at most 1 MiB, from byte `from` to before `to`. */
export function* blocks(content: ObjectContent, from = 0, to = content.size): Generator<Uint8Array, undefined> {
  for (let position = from; position < to; position += BLOCK_BYTES) {
    yield content.bytes(position, Math.min(to, position + BLOCK_BYTES));
  }
}

const digests = new WeakMap<ObjectContent, Buffer>();

/** MD5 of the content, 16 bytes; computed once. */
export function md5Of(content: ObjectContent): Buffer {
  let digest = digests.get(content);
  if (!digest) {
    const hash = createHash("md5");
    for (const block of blocks(content)) hash.update(block);
    digest = hash.digest();
    digests.set(content, digest);
  }
  return digest;
}

/** Text as the content of an object, UTF-8. */
export function textContent(text: string): ObjectContent {
  return new StoredContent(Buffer.from(text));
}
