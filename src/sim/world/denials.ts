import { AwsError } from "../wire/aws-error.ts";
import type { Principal } from "./principals.ts";

/** AccessDenied goes by another name, and another status, in each family of services. */
const ACCESS_DENIED: Record<string, { code: string; status: number }> = {
  ecs: { code: "AccessDeniedException", status: 400 },
  "application-autoscaling": { code: "AccessDeniedException", status: 400 },
  logs: { code: "AccessDeniedException", status: 400 },
  cloudtrail: { code: "AccessDeniedException", status: 400 },
};

/** IAM's prefix of a service where it differs from the signing name. */
const IAM_PREFIX: Record<string, string> = { monitoring: "cloudwatch" };

/** Operations whose IAM action is called something else (Service Authorization Reference, Amazon S3). */
const IAM_ACTION: Record<string, string> = {
  HeadBucket: "ListBucket",
  ListObjectsV2: "ListBucket",
  ListObjectVersions: "ListBucketVersions",
  ListBuckets: "ListAllMyBuckets",
  HeadObject: "GetObject",
};

/** The IAM action that an operation needs: `ecs:UpdateService`, `cloudwatch:DescribeAlarms`, `s3:ListBucket`. */
export function iamAction(service: string, operation: string): string {
  return `${IAM_PREFIX[service] ?? service}:${(service === "s3" ? IAM_ACTION[operation] : undefined) ?? operation}`;
}

/** The error that AWS gives to a principal without an allowing identity policy, in its words. */
export function accessDenied(principal: Principal, service: string, operation: string, resource: string): AwsError {
  const action = iamAction(service, operation);
  const { code, status } = ACCESS_DENIED[service] ?? { code: "AccessDenied", status: 403 };
  const message = `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
  return new AwsError(code, message, { status });
}

/** What principals may not do, beside what the principals themselves say. */
export class Denials {
  readonly #rules: { principalArn: string; action: string }[] = [];

  /**
   * Takes a permission away.
   * @param principalArn the principal's ARN, or `*` for everybody.
   * @param action `ecs:UpdateService`, `ecs:*`, `*`.
   * @returns gives it back.
   */
  deny(principalArn: string, action: string): () => void {
    const rule = { principalArn, action };
    this.#rules.push(rule);
    return () => {
      this.#rules.splice(this.#rules.indexOf(rule), 1);
    };
  }

  /** Whether the principal may not do this. GetCallerIdentity needs no permission, as the STS reference says. */
  covers(principal: Principal, service: string, operation: string): boolean {
    if (operation === "GetCallerIdentity") return false;
    if (principal.powerless) return true;
    const action = iamAction(service, operation);
    const [prefix] = action.split(":");
    return this.#rules.some(
      (rule) =>
        (rule.principalArn === "*" || rule.principalArn === principal.arn) &&
        (rule.action === "*" || rule.action === action || rule.action === `${prefix}:*`),
    );
  }
}
