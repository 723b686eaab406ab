import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { cliLine, cliName, shellQuote } from "../../src/aws/cli-line.ts";

const where = { region: "us-east-1" };

describe("cliLine", () => {
  it("spells the runbook's own example", () => {
    expect(cliLine("ecs", "UpdateService", { cluster: "c", service: "nessie", desiredCount: 0 }, where)).toBe(
      "aws ecs update-service --cluster c --service nessie --desired-count 0 --region us-east-1",
    );
  });

  it("uses s3api, JSON for structures, words for lists, flags for booleans, ISO for times, and names the endpoint", () => {
    expect(
      cliLine("s3", "GetBucketPolicy", { Bucket: "b" }, { region: "eu-west-1", endpoint: "http://127.0.0.1:1" }),
    ).toBe("aws s3api get-bucket-policy --bucket b --region eu-west-1 --endpoint-url http://127.0.0.1:1");
    expect(cliLine("ecs", "DescribeServices", { services: ["a", "b c"], include: ["TAGS"] }, where)).toContain(
      "--services a 'b c' --include TAGS",
    );
    expect(
      cliLine(
        "application-autoscaling",
        "RegisterScalableTarget",
        { SuspendedState: { DynamicScalingInSuspended: true } },
        where,
      ),
    ).toContain(`--suspended-state '{"DynamicScalingInSuspended":true}'`);
    expect(
      cliLine(
        "cloudtrail",
        "LookupEvents",
        { StartTime: new Date(0), Flag: true, Other: false, gone: undefined },
        where,
      ),
    ).toContain("--start-time 1970-01-01T00:00:00.000Z --flag --no-other --region");
  });

  it("writes out the first of many structures only", () => {
    const Objects = Array.from({ length: 1000 }, (_, index) => ({ Key: `k${index}` }));
    const line = cliLine("s3", "DeleteObjects", { Bucket: "b", Delete: { Objects } }, where);
    expect(line).toContain(`--delete '{"Objects":[{"Key":"k0"},{"Key":"k1"},"... and 998 more"]}' --region`);
    const few = cliLine("s3", "DeleteObjects", { Delete: { Objects: Objects.slice(0, 100) } }, where);
    expect(few).toContain('{"Key":"k99"}');
  });

  it("survives a real shell", () => {
    const nasty = `a'b "c" $HOME \`id\` \\ ; rm -rf * \n new`;
    const printed = execFileSync("bash", ["-c", `printf '%s' ${shellQuote(nasty)}`], { encoding: "utf8" });
    expect(printed).toBe(nasty);
    const line = cliLine("ecs", "UpdateService", { cluster: nasty, service: "s" }, where).replace(
      /^aws /,
      "printf '%s\\0' ",
    );
    const words = execFileSync("bash", ["-c", line], { encoding: "utf8" }).split("\0");
    expect(words.slice(0, 6)).toEqual(["ecs", "update-service", "--cluster", nasty, "--service", "s"]);
  });

  it.each([
    ["DescribeTargetHealth", "describe-target-health"],
    ["ListObjectsV2", "list-objects-v2"],
    ["GetBucketACL", "get-bucket-acl"],
    ["TargetGroupArn", "target-group-arn"],
    ["desiredCount", "desired-count"],
  ])("%s is %s", (name, expected) => expect(cliName(name)).toBe(expected));
});
