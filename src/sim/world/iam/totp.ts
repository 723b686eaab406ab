import { createHmac } from "node:crypto";

/** RFC 6238 with the parameters of virtual MFA devices: HMAC-SHA-1, steps of 30 s, six digits. */
const STEP_MS = 30_000;

/** The number of the time step at this moment, ms since the Unix epoch. */
export function timeStep(atMs: number): number {
  return Math.floor(atMs / STEP_MS);
}

/** The six digits that a device shows at a virtual time (ms since the Unix epoch). */
export function oneTimeCode(secret: Uint8Array, atMs: number): string {
  return codeOfStep(secret, timeStep(atMs));
}

function codeOfStep(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", secret).update(counter).digest();
  const offset = digest[digest.length - 1]! & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The step to which a code belongs: the present one or its neighbours, since clocks drift; undefined for a wrong code. */
export function stepOfCode(secret: Uint8Array, code: string, atMs: number): number | undefined {
  const now = timeStep(atMs);
  return [now, now - 1, now + 1].find((step) => codeOfStep(secret, step) === code);
}
