import { createPublicKey, verify } from "node:crypto";

/** What a digest's signature is over, as CloudTrail builds it (CloudTrail user guide, custom validation of log files). */
export interface SignedDigest {
  /** `digestEndTime` of the digest, as it stands there. */
  endTime: string;
  bucket: string;
  key: string;
  /** SHA-256 of the digest's uncompressed content, hexadecimal. */
  contentHash: string;
  /** Signature of the digest before it, hexadecimal; null for the first one. */
  previousSignature: string | null;
}

/** The text that is signed. */
export function stringToSign({ endTime, bucket, key, contentHash, previousSignature }: SignedDigest): string {
  return `${endTime}\n${bucket}/${key}\n${contentHash}\n${previousSignature ?? "null"}`;
}

/**
 * Whether the signature (hexadecimal, SHA256withRSA) is one of this key. @param publicKey PKCS#1 in DER, as ListPublicKeys gives it.
 * False also for what is no key or no signature.
 */
export function isSignedBy(digest: SignedDigest, signature: string, publicKey: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "pkcs1" });
    return verify("RSA-SHA256", Buffer.from(stringToSign(digest)), key, Buffer.from(signature, "hex"));
  } catch {
    // Not a key: then nothing is signed by it.
    return false;
  }
}
