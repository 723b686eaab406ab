import { expect } from "vitest";
import { casesOf, isRecent, refusal } from "../server.ts";
import { newBucket } from "./s3-objects.ts";

/** The smallest part of a multipart upload but the last (S3 user guide), bytes. */
const SMALLEST_PART = 5 * 1024 * 1024;

/** Versions, delete markers and multipart uploads. */
export const s3Versions = casesOf("s3 versions", {
  "every write is a version; the newest is the current one": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "table/metadata.json" };
    const first = await s3.putObject({ ...place, Body: "one" });
    const second = await s3.putObject({ ...place, Body: "two" });
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await (await s3.getObject(place)).Body?.transformToString()).toBe("two");
    const old = await s3.getObject({ ...place, VersionId: first.VersionId! });
    expect([await old.Body?.transformToString(), old.VersionId]).toEqual(["one", first.VersionId]);
    const { Versions: versions } = await s3.listObjectVersions({ Bucket: place.Bucket, Prefix: "table/" });
    expect(versions?.map(({ VersionId, IsLatest, Size }) => [VersionId, IsLatest, Size])).toEqual([
      [second.VersionId, true, 3],
      [first.VersionId, false, 3],
    ]);
    expect(isRecent(versions?.[0]?.LastModified)).toBe(true);
  },

  "a delete leaves a marker; without the marker the object is back": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "data/kůň" };
    const { VersionId: kept } = await s3.putObject({ ...place, Body: "kept" });
    const deleted = await s3.deleteObject(place);
    expect([deleted.DeleteMarker, typeof deleted.VersionId]).toEqual([true, "string"]);
    expect(await refusal(s3.getObject(place))).toEqual({ name: "NoSuchKey", status: 404 });
    expect((await s3.listObjectsV2({ Bucket: place.Bucket })).KeyCount).toBe(0);
    const listed = await s3.listObjectVersions({ Bucket: place.Bucket });
    expect(listed.DeleteMarkers?.map(({ Key, VersionId, IsLatest }) => [Key, VersionId, IsLatest])).toEqual([
      ["data/kůň", deleted.VersionId, true],
    ]);
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([[kept, false]]);
    const undone = await s3.deleteObject({ ...place, VersionId: deleted.VersionId! });
    expect(undone.VersionId).toBe(deleted.VersionId);
    expect(await (await s3.getObject(place)).Body?.transformToString()).toBe("kept");
  },

  "who deletes a marker is told that it was one": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "marker" };
    const { VersionId } = await s3.deleteObject(place);
    expect((await s3.deleteObject({ ...place, VersionId: VersionId! })).DeleteMarker).toBe(true);
  },

  "a version is deleted for good": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "gone" };
    const { VersionId: old } = await s3.putObject({ ...place, Body: "old" });
    await s3.putObject({ ...place, Body: "new" });
    const { Deleted: deleted } = await s3.deleteObjects({
      Bucket: place.Bucket,
      Delete: { Objects: [{ Key: "gone", VersionId: old! }] },
    });
    expect(deleted).toMatchObject([{ Key: "gone", VersionId: old }]);
    const { Versions: versions } = await s3.listObjectVersions({ Bucket: place.Bucket });
    expect(versions).toHaveLength(1);
    expect(await refusal(s3.getObject({ ...place, VersionId: old! }))).toEqual({ name: "NoSuchVersion", status: 404 });
  },

  "versions are listed page by page": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server, true);
    for (const Key of ["a", "b"]) for (const Body of ["1", "2"]) await s3.putObject({ Bucket, Key, Body });
    const first = await s3.listObjectVersions({ Bucket, MaxKeys: 3 });
    expect([first.Versions?.map(({ Key }) => Key), first.IsTruncated]).toEqual([["a", "a", "b"], true]);
    const rest = await s3.listObjectVersions({
      Bucket,
      KeyMarker: first.NextKeyMarker!,
      VersionIdMarker: first.NextVersionIdMarker!,
    });
    expect([rest.Versions?.map(({ Key }) => Key), rest.IsTruncated]).toEqual([["b"], false]);
  },

  "an old version is copied over the current one": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "restored" };
    const { VersionId: old } = await s3.putObject({ ...place, Body: "old" });
    await s3.putObject({ ...place, Body: "new" });
    const copied = await s3.copyObject({ ...place, CopySource: `${place.Bucket}/restored?versionId=${old}` });
    expect([copied.CopySourceVersionId, typeof copied.VersionId]).toEqual([old, "string"]);
    expect(await (await s3.getObject(place)).Body?.transformToString()).toBe("old");
  },

  "a listing goes on behind a key that is not there": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server, true);
    for (const Key of ["a", "c", "c", "d"]) await s3.putObject({ Bucket, Key, Body: "x" });
    const { Versions: versions } = await s3.listObjectVersions({ Bucket, KeyMarker: "b" });
    expect(versions?.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
      ["c", true],
      ["c", false],
      ["d", true],
    ]);
  },

  "a copy is conditional: only over what was read": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "config" };
    const { VersionId: first, ETag: old } = await s3.putObject({ ...place, Body: "one" });
    await s3.putObject({ ...place, Body: "two" });
    const CopySource = `${place.Bucket}/config?versionId=${first}`;
    const failed = { name: "PreconditionFailed", status: 412 };
    expect(await refusal(s3.copyObject({ ...place, CopySource, IfMatch: old! }))).toEqual(failed);
    expect(await (await s3.getObject(place)).Body?.transformToString()).toBe("two");
  },

  "of many deletions each is conditional: only of what was read": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server, true), Key: "table" };
    const { ETag: old } = await s3.putObject({ ...place, Body: "one" });
    await s3.putObject({ ...place, Body: "two" });
    const Delete = { Objects: [{ Key: "table", ETag: old! }] };
    const { Errors: errors } = await s3.deleteObjects({ Bucket: place.Bucket, Delete });
    expect(errors?.map(({ Key, Code }) => [Key, Code])).toEqual([["table", "PreconditionFailed"]]);
    expect(await (await s3.getObject(place)).Body?.transformToString()).toBe("two");
  },

  "parts become one object": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "multipart/kůň" };
    const { UploadId } = await s3.createMultipartUpload({ ...place, ContentType: "application/x-parts" });
    const upload = { ...place, UploadId: UploadId! };
    const [large, small] = [new Uint8Array(SMALLEST_PART).fill(1), new Uint8Array(10).fill(2)];
    const first = await s3.uploadPart({ ...upload, PartNumber: 1, Body: large });
    const second = await s3.uploadPart({ ...upload, PartNumber: 2, Body: small });
    const { Parts: parts } = await s3.listParts(upload);
    expect(parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag])).toEqual([
      [1, SMALLEST_PART, first.ETag],
      [2, 10, second.ETag],
    ]);
    const { Uploads: uploads } = await s3.listMultipartUploads({ Bucket: place.Bucket });
    expect(uploads?.map(({ Key, UploadId: id }) => [Key, id])).toEqual([[place.Key, UploadId]]);
    const Parts = [first, second].map(({ ETag }, index) => ({ PartNumber: index + 1, ETag: ETag! }));
    const whole = await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    expect(whole.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    const head = await s3.headObject(place);
    expect(head).toMatchObject({
      ContentLength: SMALLEST_PART + 10,
      ETag: whole.ETag,
      ContentType: "application/x-parts",
    });
    const end = await s3.getObject({ ...place, Range: `bytes=${SMALLEST_PART - 2}-${SMALLEST_PART + 1}` });
    expect(await end.Body?.transformToByteArray()).toEqual(Uint8Array.of(1, 1, 2, 2));
    expect((await s3.listMultipartUploads({ Bucket: place.Bucket })).Uploads ?? []).toEqual([]);
  },

  "a part is copied from an object": async (server) => {
    const { s3 } = server.clients;
    const Bucket = await newBucket(server);
    await s3.putObject({ Bucket, Key: "source", Body: "0123456789" });
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: "assembled" });
    const upload = { Bucket, Key: "assembled", UploadId: UploadId! };
    const { CopyPartResult: part } = await s3.uploadPartCopy({
      ...upload,
      PartNumber: 1,
      CopySource: `${Bucket}/source`,
      CopySourceRange: "bytes=2-5",
    });
    const Parts = [{ PartNumber: 1, ETag: part!.ETag! }];
    await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    expect(await (await s3.getObject({ Bucket, Key: "assembled" })).Body?.transformToString()).toBe("2345");
  },

  "an upload is given up; too small and unknown parts are refused": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "given-up" };
    const { UploadId } = await s3.createMultipartUpload(place);
    const upload = { ...place, UploadId: UploadId! };
    const parts: { PartNumber: number; ETag: string }[] = [];
    for (const PartNumber of [1, 2]) {
      parts.push({ PartNumber, ETag: (await s3.uploadPart({ ...upload, PartNumber, Body: "small" })).ETag! });
    }
    const complete = (Parts: typeof parts) => s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    expect(await refusal(complete(parts))).toEqual({ name: "EntityTooSmall", status: 400 });
    expect(await refusal(complete([{ PartNumber: 3, ETag: parts[0]!.ETag }]))).toEqual({
      name: "InvalidPart",
      status: 400,
    });
    await s3.abortMultipartUpload(upload);
    expect(await refusal(s3.listParts(upload))).toEqual({ name: "NoSuchUpload", status: 404 });
  },

  "a part comes too late": async (server) => {
    const { s3 } = server.clients;
    const place = { Bucket: await newBucket(server), Key: "too-late" };
    const { UploadId } = await s3.createMultipartUpload(place);
    const upload = { ...place, UploadId: UploadId! };
    await s3.abortMultipartUpload(upload);
    const late = s3.uploadPart({ ...upload, PartNumber: 1, Body: "late" });
    expect(await refusal(late)).toEqual({ name: "NoSuchUpload", status: 404 });
  },
});
