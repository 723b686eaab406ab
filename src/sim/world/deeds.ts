import type { Principal } from "./principals.ts";
import type { TrailResource } from "./trail.ts";
import type { World } from "./world.ts";

/** A mutation by somebody who is not a client of the simulator. */
export interface Deed {
  by: Principal;
  /** The service as CloudTrail names it, without `.amazonaws.com`: `s3`, `iam`, `ec2`. */
  source: string;
  /** `PutBucketPolicy` */
  name: string;
  input: object;
  resources?: TrailResource[];
  userAgent?: string;
}

/** What a person's or a pipeline's Terraform calls itself. */
export const TERRAFORM_AGENT = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8";

/** Puts a deed of the present virtual time into the event history; the change itself is the caller's. */
export function recordDeed({ account, trail, kernel, names, journal }: World, deed: Deed): void {
  const { by, source, name, input, resources = [], userAgent = TERRAFORM_AGENT } = deed;
  journal.note(kernel.nowMs, `${by.userName} ${name}`);
  trail.record({
    name,
    source: `${source}.amazonaws.com`,
    atMs: kernel.nowMs,
    // Events of IAM are kept in us-east-1, wherever they are done (CloudTrail user guide, global service events).
    region: source === "iam" ? "us-east-1" : names.region,
    requestId: account.nextRequestId(),
    userAgent,
    input,
    output: undefined,
    resources,
    by,
  });
}
