import type * as Wire from "@aws-sdk/client-acm";
import { AwsError } from "../wire/aws-error.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import { type Certificate, validationRecord } from "../world/acm/certificates.ts";
import type { Region } from "../world/region.ts";
import { date, pageOf } from "./paging.ts";

/** Names of a certificate beside the first, and results of a page (ACM quotas and API reference). */
const ALTERNATIVE_NAMES = 9;
const PAGE_SIZE = 1000;
/** The validation records of a new request are known some seconds later. */
const RECORDS_KNOWN_MS = 5_000;
const DOMAIN = /^(\*\.)?(([A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+([A-Za-z0-9-]{0,62}[A-Za-z0-9])$/;

const missing = (arn: string | undefined) =>
  new AwsError("ResourceNotFoundException", `Could not find certificate ${arn}.`);
const invalid = (message: string) => new AwsError("ValidationException", message);

/** @throws AwsError InvalidArnException, ResourceNotFoundException. */
function certificateOf(region: Region, arn: string | undefined): Certificate {
  if (!/^arn:[^:]*:acm:[^:]*:\d{12}:certificate\/.+$/.test(arn ?? ""))
    throw new AwsError("InvalidArnException", `Invalid ARN: ${arn}`);
  const certificate = region.acm.byArn.get(arn ?? "");
  if (!certificate) throw missing(arn);
  return certificate;
}

function domainValidations(
  region: Region,
  certificate: Certificate,
  status: (domain: string) => Wire.DomainStatus,
): Wire.DomainValidation[] {
  const known = region.account.kernel.nowMs - certificate.createdAtMs >= RECORDS_KNOWN_MS;
  return certificate.domains.map((domain) => {
    const { name, value } = validationRecord(region.names, domain);
    const zone = domain.replace(/^\*\./, "").split(".").slice(-2).join(".");
    return {
      DomainName: domain,
      ValidationDomain: domain,
      ValidationStatus: status(domain),
      ValidationMethod: certificate.validation,
      ...(certificate.validation === "DNS" && known
        ? { ResourceRecord: { Name: name, Type: "CNAME" as const, Value: value } }
        : {}),
      ...(certificate.validation === "EMAIL"
        ? {
            ValidationEmails: ["administrator", "hostmaster", "postmaster", "webmaster", "admin"].map(
              (user) => `${user}@${zone}`,
            ),
          }
        : {}),
    };
  });
}

function eligible(certificate: Certificate): boolean {
  return certificate.type === "AMAZON_ISSUED" && certificate.status === "ISSUED" && certificate.inUseBy.length > 0;
}

function detail(region: Region, certificate: Certificate): Wire.CertificateDetail {
  const { renewal } = certificate;
  const [domain] = certificate.domains;
  const imported = certificate.type === "IMPORTED";
  const validations = () => {
    const ended = {
      PENDING_VALIDATION: "PENDING_VALIDATION",
      VALIDATION_TIMED_OUT: "FAILED",
      ISSUED: "SUCCESS",
      EXPIRED: "SUCCESS",
    } as const;
    return domainValidations(region, certificate, () => ended[certificate.status]);
  };
  return {
    CertificateArn: certificate.arn,
    DomainName: domain,
    SubjectAlternativeNames: certificate.domains,
    ...(imported ? {} : { DomainValidationOptions: validations() }),
    Subject: `CN=${domain}`,
    Issuer: imported ? "Example Corporate CA" : "Amazon",
    Serial: certificate.status === "PENDING_VALIDATION" ? undefined : certificate.serial,
    CreatedAt: imported ? undefined : new Date(certificate.createdAtMs),
    ImportedAt: imported ? new Date(certificate.createdAtMs) : undefined,
    IssuedAt: imported ? undefined : date(certificate.issuedAtMs),
    Status: certificate.status,
    NotBefore: date(certificate.notBeforeMs),
    NotAfter: date(certificate.notAfterMs),
    KeyAlgorithm: "RSA_2048",
    SignatureAlgorithm: "SHA256WITHRSA",
    InUseBy: certificate.inUseBy,
    Type: certificate.type,
    RenewalEligibility: eligible(certificate) ? "ELIGIBLE" : "INELIGIBLE",
    ...(renewal
      ? {
          RenewalSummary: {
            RenewalStatus: renewal.status,
            RenewalStatusReason: renewal.reason as Wire.FailureReason | undefined,
            UpdatedAt: new Date(renewal.updatedAtMs),
            DomainValidationOptions: domainValidations(region, certificate, (name) =>
              region.acm.validated(name) ? "SUCCESS" : renewal.status === "FAILED" ? "FAILED" : "PENDING_VALIDATION",
            ),
          },
        }
      : {}),
    Options: { CertificateTransparencyLoggingPreference: "ENABLED" },
  };
}

function summary(certificate: Certificate): Wire.CertificateSummary {
  return {
    CertificateArn: certificate.arn,
    DomainName: certificate.domains[0],
    SubjectAlternativeNameSummaries: certificate.domains,
    HasAdditionalSubjectAlternativeNames: false,
    Status: certificate.status,
    Type: certificate.type,
    KeyAlgorithm: "RSA_2048",
    InUse: certificate.inUseBy.length > 0,
    RenewalEligibility: eligible(certificate) ? "ELIGIBLE" : "INELIGIBLE",
    NotBefore: date(certificate.notBeforeMs),
    NotAfter: date(certificate.notAfterMs),
    CreatedAt: new Date(certificate.createdAtMs),
    IssuedAt: date(certificate.issuedAtMs),
  };
}

/** A body in the form of a certificate. There is no key behind it: nothing is encrypted in the simulator. */
function pem(certificate: Certificate): string {
  const text = Buffer.from(`simulated certificate ${certificate.arn} ${certificate.serial}`).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** AWS Certificate Manager. */
export function acmService(region: Region): ServiceDefinition {
  const { acm } = region;
  return defineService<typeof Wire>({
    signingName: "acm",
    load: () => import("@aws-sdk/client-acm"),
    clientName: "ACMClient",
    operations: {
      ListCertificates: (input) => {
        const { CertificateStatuses: statuses } = input;
        const found = [...acm.byArn.values()].filter(
          (certificate) => !statuses?.length || statuses.includes(certificate.status),
        );
        const page = pageOf(
          found,
          Math.min(PAGE_SIZE, input.MaxItems ?? PAGE_SIZE),
          input.NextToken,
          () => new AwsError("InvalidArgsException", "Invalid NextToken"),
        );
        return { CertificateSummaryList: page.items.map(summary), NextToken: page.next };
      },
      DescribeCertificate: (input) => ({ Certificate: detail(region, certificateOf(region, input.CertificateArn)) }),
      GetCertificate: (input) => {
        const certificate = certificateOf(region, input.CertificateArn);
        if (certificate.status === "PENDING_VALIDATION")
          throw new AwsError("RequestInProgressException", "The certificate is in PENDING_VALIDATION state.");
        return { Certificate: pem(certificate), CertificateChain: pem(certificate) };
      },
      RequestCertificate: (input) => {
        const domains = [...new Set([input.DomainName ?? "", ...(input.SubjectAlternativeNames ?? [])])];
        const bad = domains.find((domain) => !DOMAIN.test(domain));
        if (bad !== undefined)
          throw invalid(
            `1 validation error detected: Value '${bad}' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern`,
          );
        if (domains.length > ALTERNATIVE_NAMES + 1)
          throw new AwsError("LimitExceededException", "Number of domain names exceeds the limit.");
        const tags = Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
        const validation = input.ValidationMethod === "EMAIL" ? "EMAIL" : "DNS";
        return { CertificateArn: acm.request(domains, validation, tags, input.IdempotencyToken).arn };
      },
      ResendValidationEmail: (input) => {
        const certificate = certificateOf(region, input.CertificateArn);
        if (certificate.validation !== "EMAIL" || certificate.status !== "PENDING_VALIDATION")
          throw new AwsError(
            "InvalidStateException",
            `Certificate ${certificate.arn} is not in a state in which a validation email can be sent.`,
          );
        if (!certificate.domains.includes(input.Domain ?? ""))
          throw new AwsError(
            "InvalidDomainValidationOptionsException",
            `${input.Domain} is not a domain of the certificate.`,
          );
        return {};
      },
      RenewCertificate: (input) => {
        const certificate = certificateOf(region, input.CertificateArn);
        // Only exported certificates of a private CA can be renewed by request (ACM API reference).
        throw invalid(`Certificate ${certificate.arn} is not eligible for renewal by request.`);
      },
      ListTagsForCertificate: (input) => ({
        Tags: Object.entries(certificateOf(region, input.CertificateArn).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
      DeleteCertificate: (input) => {
        acm.delete(certificateOf(region, input.CertificateArn));
        return {};
      },
    },
  });
}
