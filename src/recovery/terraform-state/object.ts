import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FileBody } from "../../aws/file-body.ts";
import { Failure } from "../../base/failure.ts";
import { callOptions, type StateAccess, type StatePlace } from "./place.ts";
import { readState, type StateFile } from "./read-state.ts";

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** An upload may take as long as a line of 64 KB/s needs, and a minute on top, machine ms. */
const UPLOAD_BASE_MS = 60_000;
const UPLOAD_BYTES_PER_MS = 64;

/** The head of an object, with what is given on to what replaces it. */
export interface StateObject {
  versionId: string;
  etag: string;
  bytes: number;
  /** Members of PutObject: how it is encrypted, and what is said of it. */
  encryption: { ServerSideEncryption?: string; SSEKMSKeyId?: string; BucketKeyEnabled?: boolean };
  contentType: string;
  metadata: Record<string, string>;
}

/** The head of a version, or of the current object; undefined where there is no object. Rejects with the Failure of the call. */
export async function headState(
  place: StatePlace,
  versionId: string | undefined,
  access: StateAccess,
): Promise<StateObject | undefined> {
  try {
    const where = { Bucket: place.bucket, Key: place.key, ...(versionId ? { VersionId: versionId } : {}) };
    const { output } = await access.aws.call("s3", "HeadObject", where, callOptions(access));
    const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } = output;
    return {
      versionId: output.VersionId ?? "null",
      etag: output.ETag ?? "",
      bytes: output.ContentLength ?? 0,
      encryption: {
        ...(ServerSideEncryption ? { ServerSideEncryption } : {}),
        ...(SSEKMSKeyId ? { SSEKMSKeyId } : {}),
        ...(BucketKeyEnabled === undefined ? {} : { BucketKeyEnabled }),
      },
      contentType: output.ContentType ?? "application/json",
      metadata: output.Metadata ?? {},
    };
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found" && versionId === undefined) return undefined;
    throw error;
  }
}

/** Reads the state of a version, or the current one, without keeping it. Rejects with the Failure of the call, or when it breaks off. */
export async function readVersion(
  place: StatePlace,
  versionId: string | undefined,
  access: StateAccess,
): Promise<StateFile> {
  return readState(await bodyOf(place, versionId, access));
}

async function bodyOf(place: StatePlace, versionId: string | undefined, access: StateAccess): Promise<Readable> {
  const where = { Bucket: place.bucket, Key: place.key, ...(versionId ? { VersionId: versionId } : {}) };
  const { output } = await access.aws.call("s3", "GetObject", where, callOptions(access));
  return output.Body instanceof Readable ? output.Body : Readable.from([]);
}

/** A version in a file of this machine. */
export interface LocalCopy {
  path: string;
  state: StateFile;
}

/**
 * Downloads a version to a private file (0600, in a folder of 0700) and reads what is in it. One that is there already with this hash
 * is kept. @param sha256 of the content as it was read before. @throws Failure invalid when it is another one now.
 */
export async function fetchVersion(
  place: StatePlace,
  version: { versionId: string; sha256: string },
  path: string,
  access: StateAccess,
): Promise<LocalCopy> {
  const known = await readLocal(path);
  if (known?.sha256 === version.sha256) return { path, state: known };
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const unfinished = `${path}.unfinished`;
  await rm(unfinished, { force: true });
  const file = createWriteStream(unfinished, { mode: PRIVATE_FILE, flags: "wx", flush: true });
  await pipeline(await bodyOf(place, version.versionId, access), file, {
    ...(access.signal ? { signal: access.signal } : {}),
  });
  await rename(unfinished, path);
  const state = await readState(createReadStream(path));
  if (state.sha256 === version.sha256) return { path, state };
  throw new Failure({
    kind: "invalid",
    what: `download version ${version.versionId}`,
    why: "its content is another one than when the plan was made",
    next: "Nothing was written. Prepare the action again.",
  });
}

async function readLocal(path: string): Promise<StateFile | undefined> {
  try {
    return await readState(createReadStream(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What is uploaded: the bytes of a local copy, with another serial and nothing else changed. */
export interface Upload {
  body: FileBody;
  /** Hexadecimal. */
  md5: string;
}

/** @param serial written in the place of the copy's own; null, or a copy without one: its bytes as they are. */
export async function uploadOf({ path, state }: LocalCopy, serial: number | null): Promise<Upload> {
  const { serialAt, bytes } = state;
  const by = Buffer.from(String(serial));
  const body = new FileBody(path, bytes, serial !== null && serialAt ? { ...serialAt, by } : undefined);
  const md5: Hash = createHash("md5");
  await pipeline(body.open(), md5);
  return { body, md5: md5.digest("hex") };
}

/**
 * Puts the upload in the place of the state, on condition that the current object is the one that was read (null: that there is none),
 * encrypted and described like `like`. Rejects with the Failure of the call.
 */
export async function putState(
  place: StatePlace,
  { body, md5 }: Upload,
  current: { etag: string } | null,
  like: StateObject,
  access: StateAccess,
): Promise<{ versionId: string; etag: string; requestId: string }> {
  const input = {
    Bucket: place.bucket,
    Key: place.key,
    Body: body,
    ContentType: like.contentType,
    // S3 refuses what does not arrive as it was sent.
    ContentMD5: Buffer.from(md5, "hex").toString("base64"),
    Metadata: like.metadata,
    ...(current ? { IfMatch: current.etag } : { IfNoneMatch: "*" }),
    ...like.encryption,
  };
  const { output, requestId } = await access.aws.callByName("s3", "PutObject", input, {
    ...callOptions(access),
    answerWithinMs: UPLOAD_BASE_MS + body.bytes / UPLOAD_BYTES_PER_MS,
  });
  const { VersionId = "null", ETag = "" } = output as { VersionId?: string; ETag?: string };
  return { versionId: VersionId, etag: ETag, requestId };
}

/** Puts a delete marker on the state, on condition that the current object is the one that was read. */
export async function deleteState(place: StatePlace, current: { etag: string }, access: StateAccess): Promise<string> {
  const input = { Bucket: place.bucket, Key: place.key, IfMatch: current.etag };
  return (await access.aws.call("s3", "DeleteObject", input, callOptions(access))).requestId;
}
