import { accessDenied } from "../authorization/access-denied.ts";
import type { CallEndpoint } from "../authorization/context.ts";
import type { Requirement } from "../authorization/requirement.ts";
import { s3Requirements } from "../authorization/s3-requirements.ts";
import { dataEventOf } from "../data-events/s3-operations.ts";
import { keyRefusal } from "../kms/use.ts";
import type { Principal } from "../principals.ts";
import type { Bucket } from "../s3/bucket.ts";
import type { ObjectContent } from "../s3/content.ts";
import type { Encryption } from "../s3/object-version.ts";
import type { World } from "../world.ts";

/** A call that AWS refused, as botocore tells it. */
export class CallRefused extends Error {
  readonly operation: string;
  readonly code: string;
  /** AWS's own words. */
  readonly reason: string;

  constructor(operation: string, code: string, reason: string) {
    super(`An error occurred (${code}) when calling the ${operation} operation: ${reason}`);
    this.name = "CallRefused";
    this.operation = operation;
    this.code = code;
    this.reason = reason;
  }
}

/** What an upload asks of its encryption; without a member it has no such header. */
export interface UploadHeaders {
  ServerSideEncryption?: string;
  SSEKMSKeyId?: string;
}

/** Where a workload runs and as whom. */
export interface WorkloadIdentity {
  principal: Principal;
  /** Private address of its network interface. */
  ip: string;
  /** Undefined for somebody outside of the VPC. */
  subnetId?: string;
  userAgent: string;
}

/**
 * A program inside the account that calls AWS as its role: each call needs the same permissions as one over the wire, also those
 * of the VPC endpoint on its route, and calls on objects are in the data events.
 */
export class Workload {
  readonly world: World;
  readonly identity: WorkloadIdentity;

  constructor(world: World, identity: WorkloadIdentity) {
    this.world = world;
    this.identity = identity;
  }

  /** @throws CallRefused unless every permission is granted. */
  require(service: string, operation: string, requirements: readonly Requirement[]): void {
    const { authorization, names } = this.world;
    const { principal, ip } = this.identity;
    const vpcEndpoint = this.#endpointOf(service);
    for (const requirement of requirements) {
      const { action, resource, context = {} } = requirement;
      const decision = authorization.decide({
        principal,
        action,
        resource,
        context,
        region: names.region,
        sourceIp: ip,
        ...(vpcEndpoint && { vpcEndpoint }),
      });
      if (decision.effect === "allow") continue;
      const { code, message } = accessDenied({ principal, service, requirement, decision });
      throw new CallRefused(operation, code, message);
    }
  }

  /** The text of an object. @throws CallRefused, also when it is not there. */
  getObject(bucket: Bucket, key: string): string {
    const read = () => {
      const version = bucket.latest(key);
      if (version?.content) {
        this.#checkKey("GetObject", "kms:Decrypt", { bucket, key, encryption: version.details.encryption });
        return version.content;
      }
      throw new CallRefused("GetObject", "NoSuchKey", "The specified key does not exist.");
    };
    const content = this.#onObject(bucket, "GetObject", { Key: key }, read, ({ size }) => ({ ContentLength: size }));
    return Buffer.from(content.bytes(0, content.size)).toString("utf8");
  }

  /** Writes an object. @throws CallRefused. */
  putObject(bucket: Bucket, key: string, content: ObjectContent, headers: UploadHeaders): void {
    const input = { Key: key, ContentLength: content.size, ...headers };
    const write = () => {
      const encryption = encryptionOf(bucket, headers);
      this.#checkKey("PutObject", "kms:GenerateDataKey", { bucket, key, encryption });
      const details = { encryption, contentType: "application/octet-stream" };
      return bucket.write(key, content, { atMs: this.world.kernel.nowMs, origin: "world", details });
    };
    this.#onObject(bucket, "PutObject", input, write, ({ versionId }) => ({ VersionId: versionId }));
  }

  /** A mutation that the event history shows. */
  recordMutation(source: string, name: string, input: object, error?: CallRefused): void {
    const { trail, kernel, names, account } = this.world;
    trail.record({
      name,
      source: `${source}.amazonaws.com`,
      atMs: kernel.nowMs,
      region: names.region,
      requestId: account.nextRequestId(),
      userAgent: this.identity.userAgent,
      input,
      output: undefined,
      ...(error && { error: { code: error.code, message: error.reason } }),
      resources: [],
      by: this.identity.principal,
    });
  }

  /** @throws CallRefused as S3 says it when the object's key may not be used. */
  #checkKey(
    operation: string,
    action: "kms:Decrypt" | "kms:GenerateDataKey",
    object: { bucket: Bucket; key: string; encryption: Encryption },
  ): void {
    const { principal, ip } = this.identity;
    const refusal = keyRefusal(this.world, { principal, sourceIp: ip }, action, object);
    if (refusal) throw new CallRefused(operation, refusal.code, refusal.message);
  }

  /** @param outputOf what the data event tells of the answer. */
  #onObject<T>(
    bucket: Bucket,
    operation: string,
    input: Record<string, unknown>,
    act: () => T,
    outputOf: (result: T) => Record<string, unknown>,
  ): T {
    try {
      this.require(
        "s3",
        operation,
        s3Requirements(operation, { Bucket: bucket.name, ...input }, () => ({})),
      );
      const result = act();
      this.#recordDataEvent(bucket, operation, input, outputOf(result), undefined);
      return result;
    } catch (error) {
      if (error instanceof CallRefused) this.#recordDataEvent(bucket, operation, input, undefined, error);
      throw error;
    }
  }

  #recordDataEvent(
    bucket: Bucket,
    operation: string,
    input: Record<string, unknown>,
    output: Record<string, unknown> | undefined,
    refused: CallRefused | undefined,
  ): void {
    const { dataTrail, kernel } = this.world;
    const event = dataEventOf(operation);
    if (!event || !dataTrail.covers(bucket.name)) return;
    const { principal, userAgent, ip } = this.identity;
    const call = {
      ...event,
      by: principal,
      userAgent,
      sourceAddress: ip,
      bucket: bucket.name,
      bucketAccountId: bucket.accountId,
      region: bucket.region,
      atMs: kernel.nowMs,
      requestId: bucket.random("world").hex(16).toUpperCase(),
      input,
      output,
      error: refused && { code: refused.code, message: refused.reason },
    };
    dataTrail.record(call, "world");
  }

  /** The gateway endpoint to a service that the subnet's route table leads through. */
  #endpointOf(service: string): CallEndpoint | undefined {
    const { network, names } = this.world;
    const own = network.routeTables.find((table) => table.subnetIds.includes(this.identity.subnetId ?? ""));
    const serviceName = `com.amazonaws.${names.region}.${service}`;
    for (const endpoint of network.endpoints.values()) {
      if (endpoint.serviceName === serviceName && own && endpoint.routeTableIds.includes(own.id))
        return { id: endpoint.id, vpcId: endpoint.vpcId, policy: endpoint.policy };
    }
    return undefined;
  }
}

/** What an upload is encrypted with: as it asks, otherwise by the bucket's default. */
function encryptionOf(bucket: Bucket, { ServerSideEncryption: asked, SSEKMSKeyId: keyId }: UploadHeaders): Encryption {
  if (asked !== "aws:kms") return bucket.defaultDetails.encryption;
  return {
    algorithm: asked,
    keyId: bucket.kmsKey(keyId),
    bucketKey: bucket.settings.encryption.BucketKeyEnabled ?? false,
  };
}
