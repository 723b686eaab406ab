import * as sdk from "@aws-sdk/client-acm";
import { DescribeListenersCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "vitest";
import { testSimulator } from "../../support/simulator.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

async function client() {
  const { clients, world } = await testSimulator();
  const acm = new sdk.ACMClient(clients);
  const describe = async (CertificateArn: string) =>
    (await acm.send(new sdk.DescribeCertificateCommand({ CertificateArn }))).Certificate!;
  return { acm, describe, world, clients };
}

test("the load balancer's certificate is in use, eligible for renewal, and cannot be deleted", async () => {
  const { acm, describe, world, clients } = await client();
  const { CertificateSummaryList } = await acm.send(new sdk.ListCertificatesCommand({}));
  expect(CertificateSummaryList).toMatchObject([
    { DomainName: "nessie.lakehouse-prod.example.com", Status: "ISSUED", InUse: true },
  ]);
  const CertificateArn = CertificateSummaryList![0]!.CertificateArn!;
  expect(await describe(CertificateArn)).toMatchObject({
    Type: "AMAZON_ISSUED",
    RenewalEligibility: "ELIGIBLE",
    InUseBy: [world.lakehouse.loadBalancer.arn],
    CreatedAt: new Date(world.epochMs - 43 * DAY_MS),
  });
  const { Listeners } = await new ElasticLoadBalancingV2Client(clients).send(
    new DescribeListenersCommand({ LoadBalancerArn: world.lakehouse.loadBalancer.arn }),
  );
  expect(Listeners?.map((listener) => [listener.Port, listener.Certificates])).toEqual([
    [80, undefined],
    [443, [{ CertificateArn }]],
  ]);
  await expect(acm.send(new sdk.DeleteCertificateCommand({ CertificateArn }))).rejects.toBeInstanceOf(
    sdk.ResourceInUseException,
  );
  expect((await acm.send(new sdk.GetCertificateCommand({ CertificateArn }))).Certificate).toContain(
    "BEGIN CERTIFICATE",
  );
  expect((await acm.send(new sdk.ListTagsForCertificateCommand({ CertificateArn }))).Tags).toContainEqual({
    Key: "Project",
    Value: "lakehouse",
  });
  await expect(acm.send(new sdk.RenewCertificateCommand({ CertificateArn }))).rejects.toThrow(
    "not eligible for renewal",
  );
  await expect(describe("arn:aws:acm:us-east-1:111122223333:certificate/none")).rejects.toBeInstanceOf(
    sdk.ResourceNotFoundException,
  );
  await expect(describe("nonsense")).rejects.toBeInstanceOf(sdk.InvalidArnException);
});

test("a request shows its validation records and is issued when they exist; the same token asks once", async () => {
  const { acm, describe, world } = await client();
  world.acm.recordsAppear = false;
  const request = () =>
    acm.send(
      new sdk.RequestCertificateCommand({
        DomainName: "new.example.com",
        SubjectAlternativeNames: ["*.new.example.com"],
        ValidationMethod: "DNS",
        IdempotencyToken: "once",
      }),
    );
  const { CertificateArn } = await request();
  expect((await request()).CertificateArn).toBe(CertificateArn);
  expect((await describe(CertificateArn!)).DomainValidationOptions?.[0]?.ResourceRecord).toBeUndefined();
  world.advanceBy(10_000);
  const { Status, DomainValidationOptions: options } = await describe(CertificateArn!);
  expect([Status, options?.length]).toEqual(["PENDING_VALIDATION", 2]);
  expect(options?.[0]?.ResourceRecord).toEqual(options?.[1]?.ResourceRecord);
  await expect(acm.send(new sdk.GetCertificateCommand({ CertificateArn }))).rejects.toBeInstanceOf(
    sdk.RequestInProgressException,
  );
  world.advanceBy(60 * MINUTE_MS);
  expect((await describe(CertificateArn!)).Status).toBe("PENDING_VALIDATION");
  world.acm.records.add(options![0]!.ResourceRecord!.Name!);
  world.advanceBy(2 * MINUTE_MS);
  expect(await describe(CertificateArn!)).toMatchObject({
    Status: "ISSUED",
    RenewalEligibility: "INELIGIBLE",
    DomainValidationOptions: [{ ValidationStatus: "SUCCESS" }, { ValidationStatus: "SUCCESS" }],
  });
  await acm.send(new sdk.DeleteCertificateCommand({ CertificateArn }));
  await expect(acm.send(new sdk.RequestCertificateCommand({ DomainName: "no domain" }))).rejects.toMatchObject({
    name: "ValidationException",
  });
});

test("unless a scenario says otherwise, somebody adds the records; without them a request times out", async () => {
  const { acm, describe, world } = await client();
  const first = await acm.send(new sdk.RequestCertificateCommand({ DomainName: "a.example.com" }));
  world.advanceBy(25 * MINUTE_MS);
  expect((await describe(first.CertificateArn!)).Status).toBe("ISSUED");
  world.acm.recordsAppear = false;
  const second = await acm.send(new sdk.RequestCertificateCommand({ DomainName: "b.example.com" }));
  world.advanceBy(3 * DAY_MS + 2 * MINUTE_MS);
  expect((await describe(second.CertificateArn!)).Status).toBe("VALIDATION_TIMED_OUT");
  const byMail = await acm.send(
    new sdk.RequestCertificateCommand({ DomainName: "c.example.com", ValidationMethod: "EMAIL" }),
  );
  const resend = (arn: string) =>
    acm.send(
      new sdk.ResendValidationEmailCommand({
        CertificateArn: arn,
        Domain: "c.example.com",
        ValidationDomain: "example.com",
      }),
    );
  await resend(byMail.CertificateArn!);
  await expect(resend(first.CertificateArn!)).rejects.toBeInstanceOf(sdk.InvalidStateException);
});

test("renewal succeeds with its record; without it it waits, fails and the certificate expires", async () => {
  const { describe, world } = await client();
  const certificate = [...world.acm.byArn.values()][0]!;
  world.acm.endAt(certificate, world.now() + 60 * DAY_MS);
  world.advanceBy(MINUTE_MS);
  const renewed = await describe(certificate.arn);
  expect(renewed).toMatchObject({ Status: "ISSUED", RenewalSummary: { RenewalStatus: "SUCCESS" } });
  expect(renewed.NotAfter!.getTime()).toBeGreaterThan(world.now() + 390 * DAY_MS);
  world.acm.records.clear();
  world.acm.endAt(certificate, world.now() + 3 * 60 * MINUTE_MS);
  world.advanceBy(MINUTE_MS);
  expect(await describe(certificate.arn)).toMatchObject({
    Status: "ISSUED",
    RenewalSummary: {
      RenewalStatus: "PENDING_VALIDATION",
      DomainValidationOptions: [{ ValidationStatus: "PENDING_VALIDATION" }],
    },
  });
  world.advanceBy(4 * 60 * MINUTE_MS);
  expect(await describe(certificate.arn)).toMatchObject({
    Status: "EXPIRED",
    RenewalEligibility: "INELIGIBLE",
    RenewalSummary: { RenewalStatus: "FAILED" },
  });
});
