import { AwsError } from "../../wire/aws-error.ts";
import { checksumOf } from "../../world/s3/checksum.ts";
import { md5Of, type ObjectContent } from "../../world/s3/content.ts";
import type { Checksum, ChecksumAlgorithm } from "../../world/s3/object-version.ts";
import { invalidRequest, notImplemented } from "./common.ts";

/** Bytes of each checksum. */
const LENGTHS: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };
const ALGORITHMS = Object.keys(LENGTHS) as ChecksumAlgorithm[];
/** Algorithms of the model that are not simulated. */
const UNKNOWN = ["ChecksumSHA512", "ChecksumMD5", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"] as const;

type ChecksumMember = `Checksum${ChecksumAlgorithm}`;

/** The checksum members of requests and answers. */
export type ChecksumMembers = { [K in ChecksumMember | (typeof UNKNOWN)[number]]?: string | undefined };

/** @throws AwsError NotImplemented for one that is not simulated. */
export function algorithmOf(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) return undefined;
  const known = ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
  if (!known) throw notImplemented("x-amz-checksum-algorithm");
  return known;
}

/** The checksum that a request carries. @throws AwsError InvalidRequest for two, or one of the wrong length. */
export function givenChecksum(input: ChecksumMembers): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  if (UNKNOWN.some((member) => input[member] !== undefined)) throw notImplemented("x-amz-checksum");
  const given = ALGORITHMS.filter((algorithm) => input[`Checksum${algorithm}`] !== undefined);
  const [algorithm] = given;
  if (algorithm === undefined) return undefined;
  if (given.length > 1)
    throw invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  const value = input[`Checksum${algorithm}`] ?? "";
  const bytes = Buffer.from(value, "base64");
  if (bytes.length !== LENGTHS[algorithm] || bytes.toString("base64") !== value)
    throw invalidRequest(`Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`);
  return { algorithm, value };
}

/**
 * Checks a body against the request's checksum and Content-MD5.
 * @returns the checksum to be kept with it: the request's, otherwise CRC64NVME (S3 user guide, checking object integrity).
 * @throws AwsError BadDigest, InvalidDigest, InvalidRequest.
 */
export function verifiedChecksum(
  content: ObjectContent,
  input: ChecksumMembers & { ContentMD5?: string | undefined },
): Checksum {
  if (input.ContentMD5 !== undefined) {
    const wanted = Buffer.from(input.ContentMD5, "base64");
    if (wanted.length !== 16)
      throw new AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", { status: 400 });
    if (!wanted.equals(md5Of(content))) throw badDigest("Content-MD5");
  }
  const given = givenChecksum(input);
  const algorithm = given?.algorithm ?? "CRC64NVME";
  const value = checksumOf(algorithm, content);
  if (given && given.value !== value) throw badDigest(algorithm);
  return { algorithm, value, type: "FULL_OBJECT" };
}

export function badDigest(name: string): AwsError {
  return new AwsError("BadDigest", `The ${name} you specified did not match the calculated checksum.`, { status: 400 });
}

/** The checksum as members of an answer. */
export function checksumMembers(checksum: Checksum | undefined) {
  if (!checksum) return {};
  return { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type } as ChecksumMembers & {
    ChecksumType: Checksum["type"];
  };
}
