import { describe, expect, it } from "vitest";
import { toFailure } from "../../src/aws/failure.ts";
import { Failure } from "../../src/base/failure.ts";

const where = { region: "eu-west-1", profile: "oncall" };

function sdkError(name: string, message: string, status?: number, extra: object = {}) {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, requestId: "r-1" }, ...extra });
}

describe("toFailure", () => {
  it.each([
    [
      "AccessDeniedException",
      "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ecs:UpdateService on resource: arn:aws:ecs:x because no identity-based policy allows the ecs:UpdateService action",
      400,
      "denied",
    ],
    ["AccessDenied", "Access Denied", 403, "denied"],
    ["UnauthorizedOperation", "You are not authorized to perform this operation.", 403, "denied"],
    ["ThrottlingException", "Rate exceeded", 400, "throttled"],
    ["SlowDown", "Please reduce your request rate.", 503, "throttled"],
    ["TooManyRequestsException", "Too many", 429, "throttled"],
    ["ExpiredTokenException", "The security token included in the request is expired", 400, "expired"],
    ["CredentialsProviderError", "The SSO session associated with this profile has expired.", undefined, "expired"],
    ["UnrecognizedClientException", "The security token included in the request is invalid.", 400, "expired"],
    ["ClusterNotFoundException", "Cluster not found.", 400, "not-found"],
    ["NoSuchBucketPolicy", "The bucket policy does not exist", 404, "not-found"],
    ["TimeoutError", "Connection timed out", undefined, "unreachable"],
    ["InternalFailure", "boom", 500, "unreachable"],
    ["ValidationException", "1 validation error detected", 400, "invalid"],
    ["TypeError", "undefined is not a function", undefined, "bug"],
  ])("%s (%s)", (name, message, status, kind) => {
    expect(toFailure(sdkError(name, message, status), "ecs", "UpdateService", where).kind).toBe(kind);
  });

  it("names the permission that AWS named", () => {
    const message =
      "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: iam:PassRole on resource: role/x";
    expect(
      toFailure(sdkError("AccessDeniedException", message, 400), "ecs", "UpdateService", where).detail
        .missingPermission,
    ).toBe("iam:PassRole");
  });

  it("falls back to the operation's own permission when AWS names none", () => {
    const { detail } = toFailure(
      sdkError("AccessDenied", "Access Denied", 403),
      "elbv2",
      "DescribeTargetHealth",
      where,
    );
    expect(detail.missingPermission).toBe("elasticloadbalancing:DescribeTargetHealth");
    expect(detail.next).toContain("elasticloadbalancing:DescribeTargetHealth");
  });

  it("looks into the connection errors that Node collects", () => {
    const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), { code: "ECONNREFUSED" });
    const failure = toFailure(new AggregateError([refused]), "sts", "GetCallerIdentity", {
      region: "eu-west-1",
      endpoint: "http://127.0.0.1:9",
    });
    expect(failure.kind).toBe("unreachable");
    expect(failure.detail.why).toContain("http://127.0.0.1:9");
  });

  it("says how to log in again with the profile at hand", () => {
    expect(toFailure(sdkError("ExpiredToken", "expired", 403), "s3", "HeadBucket", where).detail.next).toContain(
      "aws sso login --profile oncall --no-browser",
    );
  });

  it("takes escape sequences out of AWS's words and passes Failures through", () => {
    expect(
      toFailure(sdkError("ValidationException", "bad \u001b]0;title\u0007name", 400), "ecs", "UpdateService", where)
        .detail.why,
    ).toBe("bad name");
    const own = new Failure({ kind: "refused", what: "a", why: "b", next: "c" });
    expect(toFailure(own, "ecs", "UpdateService", where)).toBe(own);
  });
});
