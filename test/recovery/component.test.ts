import { expect, test } from "vitest";
import { componentIn } from "../../src/actions/recovery-request.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";

test("a bucket's recovery counts for what lives in it, and one that the deployment does not name for nothing", () => {
  const deployment = {
    ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
    terraform: { stateBucket: "state", stateKey: "terraform.tfstate" },
  };
  const of = (bucket: string) => componentIn(bucket, deployment);
  expect(of("lakehouse-prod-lakehouse")).toBe("s3");
  expect(of("lakehouse-prod-audit-trail")).toBe("audit-logs");
  expect(of("state")).toBe("terraform-state");
  expect(of("scratch")).toBeNull();
});
