import type { Context } from "../../policy/pattern.ts";
import { accessDenied, trailErrorCode } from "./authorization/access-denied.ts";
import { Colleague, type Habit } from "./colleague.ts";
import { recordUse } from "./iam/last-use.ts";
import type { Bucket } from "./s3/bucket.ts";
import type { ObjectContent } from "./s3/content.ts";
import { ObjectHands } from "./s3/hands.ts";
import type { World } from "./world.ts";

/** A management call: what it needs, and what CloudTrail calls it. */
export interface Attempt {
  /** Signing name; the event source is `<service>.amazonaws.com`. */
  service: string;
  name: string;
  /** `iam:ListUsers` */
  action: string;
  resource: string;
  input?: object;
  readOnly: boolean;
}

const GLOBAL_SERVICES = new Set(["iam", "sts"]);

/** Somebody who works with an access key of an IAM user, from a place of their own; every use counts as the key's. */
export class KeyHolder {
  readonly #world: World;
  readonly #habit: Habit;

  constructor(world: World, habit: Habit) {
    this.#world = world;
    this.#habit = habit;
  }

  /** Whether a key is there and active: with another one AWS answers InvalidClientTokenId, and no trail has the call. */
  works(keyId: string): boolean {
    return this.#world.iam.accessKey(keyId)?.status === "Active";
  }

  /** Tries a management call; policies decide. @returns whether it was allowed. */
  attempt(keyId: string, attempt: Attempt, answer: () => object | undefined = () => undefined): boolean {
    if (!this.works(keyId)) return false;
    const { service, name, action, resource, input = {}, readOnly } = attempt;
    const { names } = this.#world;
    const region = GLOBAL_SERVICES.has(service) ? "us-east-1" : names.region;
    this.#used(keyId, service, region);
    const by = this.#world.principals.of(keyId);
    const { sourceAddress: sourceIp } = this.#habit;
    const decision = this.#world.authorization.decide({ principal: by, action, resource, context: {}, sourceIp });
    const colleague = new Colleague(this.#world, by, this.#habit);
    const deed = { source: service, name, input, readOnly, region };
    if (decision.effect === "allow") {
      colleague.did({ ...deed, output: answer() });
      return true;
    }
    const refused = accessDenied({ principal: by, service, requirement: { action, resource }, decision });
    colleague.did({ ...deed, error: { code: trailErrorCode(service, refused.code), message: refused.message } });
    return false;
  }

  /** Reads an object, if the policies let it. @returns whether they did. */
  get(keyId: string, bucket: Bucket, key: string): boolean {
    if (!this.#mayUse(keyId, "s3:GetObject", bucket, key, {})) return false;
    this.#hands(keyId).get(bucket, key);
    return true;
  }

  /** Writes an object, if the policies let it. @returns whether they did. */
  put(keyId: string, bucket: Bucket, key: string, content: ObjectContent): boolean {
    const context = { "s3:x-amz-server-side-encryption": "aws:kms" };
    if (!this.#mayUse(keyId, "s3:PutObject", bucket, key, context)) return false;
    this.#hands(keyId).put(bucket, key, content);
    return true;
  }

  #mayUse(keyId: string, action: string, bucket: Bucket, key: string, context: Context): boolean {
    if (!this.works(keyId)) return false;
    this.#used(keyId, "s3", bucket.region);
    const principal = this.#world.principals.of(keyId);
    const resource = `arn:aws:s3:::${bucket.name}/${key}`;
    const { sourceAddress: sourceIp } = this.#habit;
    return this.#world.authorization.decide({ principal, action, resource, context, sourceIp }).effect === "allow";
  }

  #hands(keyId: string): ObjectHands {
    return new ObjectHands(this.#world, { by: this.#world.principals.of(keyId), ...this.#habit });
  }

  #used(keyId: string, service: string, region: string): void {
    const key = this.#world.iam.accessKey(keyId);
    if (key) recordUse(key, { atMs: this.#world.kernel.nowMs, service, region });
  }
}
