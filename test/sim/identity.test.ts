import { IAMClient, ListAccountAliasesCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { startSimulator } from "../../src/sim/index.ts";
import { testSimulator } from "../support/simulator.ts";

test("the responder's identity and account alias, with request ids that the call log repeats", async () => {
  const simulator = await testSimulator();
  const identity = await new STSClient(simulator.clients).send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe("111122223333");
  expect(identity.Arn).toBe("arn:aws:sts::111122223333:assumed-role/responder/on-call");
  expect(simulator.calls.at(-1)).toMatchObject({
    service: "sts",
    operation: "GetCallerIdentity",
    status: 200,
    requestId: identity.$metadata.requestId,
  });
  const aliases = await new IAMClient(simulator.clients).send(new ListAccountAliasesCommand({}));
  expect(aliases.AccountAliases).toEqual(["lakehouse-prod-account"]);
});

test("another account, expired credentials and a principal without permissions", async () => {
  const simulator = await testSimulator();
  const other = await new STSClient(simulator.clientsOf("otherAccount")).send(new GetCallerIdentityCommand({}));
  expect(other.Account).toBe("999988887777");
  const expired = new STSClient(simulator.clientsOf("expired")).send(new GetCallerIdentityCommand({}));
  await expect(expired).rejects.toMatchObject({ name: "ExpiredToken" });
  const powerless = new IAMClient(simulator.clientsOf("powerless")).send(new ListAccountAliasesCommand({}));
  await expect(powerless).rejects.toMatchObject({
    name: "AccessDenied",
    message: expect.stringContaining("is not authorized to perform: iam:ListAccountAliases on resource: *"),
  });
});

test("an unknown scenario is refused with the known ones named", async () => {
  const start = startSimulator({ scenario: "nope" });
  await expect(start).rejects.toMatchObject({
    detail: { kind: "not-found", next: expect.stringContaining("nessie-oom") },
  });
});
