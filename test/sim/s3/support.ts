import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { SimulatorOptions } from "../../../src/sim/index.ts";
import type { Bucket, BucketOptions } from "../../../src/sim/world/s3/bucket.ts";
import { testSimulator } from "../../support/simulator.ts";

/** The bucket that these tests write to, beside those of the template. */
export const SCRATCH = "scratch-bucket";

/** A simulator with one more bucket, empty, versioned unless told otherwise, and an unmodified S3 client. */
export async function scratch(
  options: Partial<Omit<BucketOptions, "name">> = {},
  simulator: Partial<SimulatorOptions> = {},
  configuration: S3ClientConfig = {},
) {
  const running = await testSimulator(simulator);
  const { world, clients } = running;
  const bucket: Bucket = world.buckets.add({
    name: SCRATCH,
    region: world.names.region,
    createdAtMs: world.epochMs - 1000,
    versioning: "Enabled",
    ...options,
  });
  const client = new S3Client({ ...clients, ...configuration });
  return { ...running, bucket, client };
}

/** What a promise was rejected with, as far as tests look at it. */
export async function failureOf(call: Promise<unknown>): Promise<{ name: string; status: number; message: string }> {
  const error = await call.then(
    () => {
      throw new Error("the call was answered");
    },
    (thrown: { name: string; message: string; $metadata?: { httpStatusCode: number } }) => thrown,
  );
  return { name: error.name, status: error.$metadata?.httpStatusCode ?? 0, message: error.message };
}
