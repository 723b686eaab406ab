import { AwsError } from "./aws-error.ts";

/** Signing names of the services that speak JSON; the others speak XML (query, EC2's query, S3's REST). */
const JSON_SERVICES = new Set([
  "acm",
  "application-autoscaling",
  "cloudtrail",
  "dynamodb",
  "ecs",
  "glue",
  "kms",
  "lakeformation",
  "logs",
  "monitoring",
  "tagging",
]);

/** Whether a service answers in JSON, which decides how it spells the common errors. */
export function speaksJson(service: string): boolean {
  return JSON_SERVICES.has(service);
}

/** The answer to an expired session token: ExpiredTokenException from the JSON services, ExpiredToken from the others (S3: status 400). */
export function expiredToken(service: string): AwsError {
  if (service === "ec2") return new AwsError("RequestExpired", "Request has expired.", { status: 400 });
  const code = speaksJson(service) ? "ExpiredTokenException" : "ExpiredToken";
  const text =
    service === "s3" ? "The provided token has expired." : "The security token included in the request is expired";
  return new AwsError(code, text, { status: service === "s3" || speaksJson(service) ? 400 : 403 });
}

/** The answer to an access key that does not exist, was deleted or deactivated. */
export function unknownAccessKey(service: string): AwsError {
  if (service === "s3") {
    const text = "The AWS Access Key Id you provided does not exist in our records.";
    return new AwsError("InvalidAccessKeyId", text, { status: 403 });
  }
  return invalidToken(service);
}

/** The answer to a session token that does not belong to the access key. */
export function unknownToken(service: string): AwsError {
  if (service !== "s3") return invalidToken(service);
  return new AwsError("InvalidToken", "The provided token is malformed or otherwise invalid.", { status: 400 });
}

function invalidToken(service: string): AwsError {
  if (service === "ec2") {
    const text = "AWS was not able to validate the provided access credentials";
    return new AwsError("AuthFailure", text, { status: 401 });
  }
  const text = "The security token included in the request is invalid.";
  return speaksJson(service) && service !== "monitoring"
    ? new AwsError("UnrecognizedClientException", text, { status: 400 })
    : new AwsError("InvalidClientTokenId", text, { status: 403 });
}
