import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { blocks, type ObjectContent } from "./content.ts";
import type { ChecksumAlgorithm } from "./object-version.ts";

/** Reflected polynomial of CRC-32C, and the two halves of that of CRC-64/NVME. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
const NVME_POLYNOMIAL = { high: 0x9a6c9329, low: 0xac4bc9b5 };

let crc32cTable: Uint32Array | undefined;
let nvmeTables: { high: Uint32Array; low: Uint32Array } | undefined;

function tableOf32(): Uint32Array {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
    table[byte] = value;
  }
  return table;
}

function tablesOf64(): { high: Uint32Array; low: Uint32Array } {
  const tables = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let [high, low] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd) [high, low] = [high ^ NVME_POLYNOMIAL.high, low ^ NVME_POLYNOMIAL.low];
    }
    tables.high[byte] = high;
    tables.low[byte] = low;
  }
  return tables;
}

function wholeNumber(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function crc32Of(content: Iterable<Uint8Array>): Buffer {
  let value = 0;
  for (const block of content) value = crc32(block, value);
  return wholeNumber(value);
}

function crc32cOf(content: Iterable<Uint8Array>): Buffer {
  crc32cTable ??= tableOf32();
  let value = 0xffffffff;
  for (const block of content) {
    for (const byte of block) value = crc32cTable[(value ^ byte) & 0xff]! ^ (value >>> 8);
  }
  return wholeNumber(~value);
}

function crc64Of(content: Iterable<Uint8Array>): Buffer {
  nvmeTables ??= tablesOf64();
  let [high, low] = [0xffffffff, 0xffffffff];
  for (const block of content) {
    for (const byte of block) {
      const index = (low ^ byte) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ nvmeTables.low[index]!;
      high = (high >>> 8) ^ nvmeTables.high[index]!;
    }
  }
  return Buffer.concat([wholeNumber(~high), wholeNumber(~low)]);
}

function hashOf(name: string, content: Iterable<Uint8Array>): Buffer {
  const hash = createHash(name);
  for (const block of content) hash.update(block);
  return hash.digest();
}

/** The checksum of some bytes, big-endian as S3 gives it (base64 of this). */
export function checksumBytes(algorithm: ChecksumAlgorithm, content: Iterable<Uint8Array>): Buffer {
  switch (algorithm) {
    case "CRC32":
      return crc32Of(content);
    case "CRC32C":
      return crc32cOf(content);
    case "CRC64NVME":
      return crc64Of(content);
    case "SHA1":
      return hashOf("sha1", content);
    case "SHA256":
      return hashOf("sha256", content);
  }
}

/** The checksum of a content in base64. */
export function checksumOf(algorithm: ChecksumAlgorithm, content: ObjectContent): string {
  return checksumBytes(algorithm, blocks(content)).toString("base64");
}
