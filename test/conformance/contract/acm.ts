import { expect } from "vitest";
import { casesOf, isRecent, refusal } from "../server.ts";

const missingArn = (accountId: string) =>
  `arn:aws:acm:us-east-1:${accountId}:certificate/00000000-0000-4000-8000-000000000000`;

/** Certificates. */
export const acm = casesOf("acm", {
  "a certificate is requested, described, listed and deleted": async ({ clients: { acm } }) => {
    const { CertificateArn } = await acm.requestCertificate({
      DomainName: "contract.example.com",
      SubjectAlternativeNames: ["www.contract.example.com"],
      ValidationMethod: "DNS",
      Tags: [{ Key: "owner", Value: "kůň & on-call" }],
    });
    const named = { CertificateArn: CertificateArn! };
    const { Certificate: certificate } = await acm.describeCertificate(named);
    expect(certificate).toMatchObject({
      CertificateArn,
      DomainName: "contract.example.com",
      Type: "AMAZON_ISSUED",
      KeyAlgorithm: expect.stringMatching(/^RSA[_-]2048$/),
    });
    expect(certificate?.SubjectAlternativeNames?.toSorted()).toEqual([
      "contract.example.com",
      "www.contract.example.com",
    ]);
    expect(isRecent(certificate?.CreatedAt)).toBe(true);
    expect((await acm.listTagsForCertificate(named)).Tags).toEqual([{ Key: "owner", Value: "kůň & on-call" }]);
    const { CertificateSummaryList: listed } = await acm.listCertificates({});
    expect(listed?.find((one) => one.CertificateArn === CertificateArn)?.DomainName).toBe("contract.example.com");
    await acm.deleteCertificate(named);
    expect(await refusal(acm.describeCertificate(named))).toEqual({ name: "ResourceNotFoundException", status: 400 });
  },

  "a certificate waits for its validation, by a record of the zone": async ({ clients: { acm }, settle }) => {
    const { CertificateArn } = await acm.requestCertificate({
      DomainName: "pending.example.com",
      ValidationMethod: "DNS",
    });
    const named = { CertificateArn: CertificateArn! };
    const { Certificate: first } = await acm.describeCertificate(named);
    expect([first?.Status, first?.DomainValidationOptions?.[0]?.ValidationMethod]).toEqual([
      "PENDING_VALIDATION",
      "DNS",
    ]);
    await settle(60_000);
    const { Certificate: later } = await acm.describeCertificate(named);
    expect(later?.DomainValidationOptions?.[0]?.ResourceRecord).toMatchObject({
      Type: "CNAME",
      Name: expect.stringMatching(/^_.+\.pending\.example\.com\.$/),
      Value: expect.stringMatching(/^_.+\.acm-validations\.aws\.$/),
    });
    await acm.deleteCertificate(named);
  },

  "a certificate that is not issued has no body yet": async ({ clients: { acm } }) => {
    const { CertificateArn } = await acm.requestCertificate({ DomainName: "early.example.com" });
    const named = { CertificateArn: CertificateArn! };
    expect(await refusal(acm.getCertificate(named))).toEqual({ name: "RequestInProgressException", status: 400 });
    await acm.deleteCertificate(named);
  },

  "an issued certificate is told as PEM": async ({ clients: { acm }, settle }) => {
    const { CertificateArn } = await acm.requestCertificate({ DomainName: "issued.example.com" });
    const named = { CertificateArn: CertificateArn! };
    await settle(3_600_000);
    const { Certificate: body } = await acm.getCertificate(named);
    expect(body).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n?$/);
    await acm.deleteCertificate(named);
  },

  "a validation e-mail is sent again": async ({ clients: { acm } }) => {
    const { CertificateArn } = await acm.requestCertificate({
      DomainName: "mail.example.com",
      ValidationMethod: "EMAIL",
    });
    const named = { CertificateArn: CertificateArn!, Domain: "mail.example.com", ValidationDomain: "example.com" };
    await acm.resendValidationEmail(named);
    await acm.deleteCertificate({ CertificateArn: CertificateArn! });
  },

  "a public certificate is not renewed by request": async ({ clients: { acm } }) => {
    const { CertificateArn } = await acm.requestCertificate({ DomainName: "renew.example.com" });
    const named = { CertificateArn: CertificateArn! };
    expect(await refusal(acm.renewCertificate(named))).toEqual({ name: "ValidationException", status: 400 });
    await acm.deleteCertificate(named);
  },

  "a certificate that is not there is ResourceNotFoundException": async ({ clients: { acm }, names }) => {
    const missing = { CertificateArn: missingArn(names.accountId) };
    expect(await refusal(acm.describeCertificate(missing))).toEqual({ name: "ResourceNotFoundException", status: 400 });
    expect(await refusal(acm.deleteCertificate(missing))).toEqual({ name: "ResourceNotFoundException", status: 400 });
  },
});
