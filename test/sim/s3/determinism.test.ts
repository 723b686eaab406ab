import * as s3 from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { textContent } from "../../../src/sim/world/s3/content.ts";
import { scratch } from "./support.ts";

const HALF_MS = 6 * 3_600_000;
const Bucket = "lakehouse-prod-lakehouse";

/** Versions that the world itself wrote in half a day, by key, id and ETag. */
async function run(seed: number, use?: (client: s3.S3Client) => Promise<unknown>) {
  const { world, client } = await scratch({}, { seed });
  const { lakehouse } = world.storage;
  world.advanceBy(HALF_MS);
  await use?.(client);
  lakehouse.write("world/after", textContent("x"), { atMs: world.kernel.nowMs, origin: "world" });
  world.advanceBy(HALF_MS);
  const lines = [...lakehouse.objects.from()].flatMap(([key, versions]) =>
    key.startsWith("client/") ? [] : versions.map(({ id, etag, atMs }) => `${key} ${id} ${etag} ${atMs}`),
  );
  return { lines, journal: world.journal.hash() };
}

test("the same seed gives the same objects, whoever reads and writes beside", async () => {
  const alone = await run(7);
  const disturbed = await run(7, async (client) => {
    await client.send(
      new s3.PutObjectCommand({ Bucket, Key: "client/new", Body: "x", ServerSideEncryption: "aws:kms" }),
    );
    await client.send(new s3.DeleteObjectCommand({ Bucket, Key: "client/new" }));
    await client.send(
      new s3.CreateMultipartUploadCommand({ Bucket, Key: "client/upload", ServerSideEncryption: "aws:kms" }),
    );
    await client.send(new s3.ListObjectVersionsCommand({ Bucket }));
  });
  expect(alone.lines.length).toBeGreaterThan(300);
  expect(disturbed).toEqual(alone);
  expect((await run(8)).lines).not.toEqual(alone.lines);
});
