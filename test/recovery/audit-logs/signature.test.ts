import { generateKeyPairSync, sign } from "node:crypto";
import { expect, it } from "vitest";
import { isSignedBy, type SignedDigest, stringToSign } from "../../../src/recovery/audit-logs/signature.ts";

const digest: SignedDigest = {
  endTime: "2026-11-23T03:01:30Z",
  bucket: "lakehouse-prod-audit-trail",
  key: "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/23/x.json.gz",
  contentHash: "ab".repeat(32),
  previousSignature: null,
};

it("a digest is signed by CloudTrail's key over its end, its place, its hash and the signature before it", () => {
  expect(stringToSign(digest)).toBe(
    `2026-11-23T03:01:30Z\nlakehouse-prod-audit-trail/${digest.key}\n${"ab".repeat(32)}\nnull`,
  );
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = publicKey.export({ format: "der", type: "pkcs1" });
  const signature = sign("RSA-SHA256", Buffer.from(stringToSign(digest)), privateKey).toString("hex");
  expect(isSignedBy(digest, signature, der)).toBe(true);
  for (const change of [
    { endTime: "2026-11-23T04:01:30Z" },
    { key: `${digest.key}x` },
    { contentHash: "cd".repeat(32) },
    { previousSignature: "00" },
  ])
    expect(isSignedBy({ ...digest, ...change }, signature, der)).toBe(false);
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "der", type: "pkcs1" });
  expect(isSignedBy(digest, signature, other)).toBe(false);
  expect(isSignedBy(digest, "not hexadecimal", der)).toBe(false);
  expect(isSignedBy(digest, signature, Buffer.from("no key"))).toBe(false);
});
