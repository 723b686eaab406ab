import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { PrepareContext } from "../contract.ts";

const DAY_MS = 86_400_000;
/** ACM begins to renew 60 days before the end (ACM user guide, "Managed certificate renewal"). */
export const RENEWAL_DAYS = 60;

/** A certificate of ACM, as a responder has to know it. Text is sanitised. */
export interface CertificateFacts {
  arn: string;
  status: string;
  /** AMAZON_ISSUED, IMPORTED or PRIVATE. */
  type: string;
  domains: string[];
  /** Days until it ends; negative when it has ended. Undefined: it was never issued. */
  daysLeft?: number;
  notAfterMs?: number;
  inUseBy: string[];
  isRenewable: boolean;
  /** Of a renewal that is under way or has failed. */
  renewal?: { status: string; reason: string };
  validation: DomainValidation[];
}

/** How a domain's control is shown, and whether it is. */
export interface DomainValidation {
  domain: string;
  status: string;
  method: string;
  /** The CNAME that has to exist, of DNS validation. */
  record?: { name: string; value: string };
  emails: string[];
  /** Where the mails go: a domain above it, or itself. */
  validationDomain: string;
}

/** Reads a certificate. @throws Failure of the call, not-found when there is none. */
export async function readCertificate({ aws, clock, signal }: PrepareContext, arn: string): Promise<CertificateFacts> {
  const { output } = await aws.call(
    "acm",
    "DescribeCertificate",
    { CertificateArn: arn },
    { purpose: "action", ...(signal ? { signal } : {}) },
  );
  const found = output.Certificate ?? {};
  const { RenewalSummary: renewal } = found;
  const notAfterMs = found.NotAfter?.getTime();
  const options = renewal?.DomainValidationOptions ?? found.DomainValidationOptions ?? [];
  return {
    arn: sanitizeLine(found.CertificateArn ?? arn),
    status: found.Status ?? "UNKNOWN",
    type: found.Type ?? "UNKNOWN",
    domains: (found.SubjectAlternativeNames ?? []).map((name) => sanitizeLine(name)),
    ...(notAfterMs === undefined ? {} : { notAfterMs, daysLeft: Math.floor((notAfterMs - clock.now()) / DAY_MS) }),
    inUseBy: (found.InUseBy ?? []).map((name) => sanitizeLine(name)),
    isRenewable: found.RenewalEligibility === "ELIGIBLE",
    ...(renewal ? { renewal: { status: renewal.RenewalStatus ?? "", reason: renewal.RenewalStatusReason ?? "" } } : {}),
    validation: options.map((option) => ({
      domain: sanitizeLine(option.DomainName ?? ""),
      status: option.ValidationStatus ?? "UNKNOWN",
      method: option.ValidationMethod ?? "",
      ...(option.ResourceRecord
        ? {
            record: {
              name: sanitizeLine(option.ResourceRecord.Name ?? ""),
              value: sanitizeLine(option.ResourceRecord.Value ?? ""),
            },
          }
        : {}),
      validationDomain: sanitizeLine(option.ValidationDomain ?? option.DomainName ?? ""),
      emails: (option.ValidationEmails ?? []).map((address) => sanitizeLine(address)),
    })),
  };
}

/**
 * The certificate that is meant: the one that is given, or that of the load balancer's listener.
 * @throws Failure when there is no load balancer, or none of its listeners has a certificate.
 */
export async function certificateArn({ aws, deployment, signal }: PrepareContext, given: string): Promise<string> {
  if (given !== "") return given;
  const refused = (why: string) =>
    new Failure({ kind: "not-found", what: "the certificate", why, next: "Name one: --parameter certificate=ARN." });
  const name = deployment.nessie?.loadBalancer;
  if (!name) throw refused("this lakehouse has no load balancer (catalog type glue)");
  const options = { purpose: "action", ...(signal ? { signal } : {}) } as const;
  const balancers = await aws.call("elbv2", "DescribeLoadBalancers", { Names: [name] }, options);
  const LoadBalancerArn = balancers.output.LoadBalancers?.[0]?.LoadBalancerArn;
  const { output } = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn }, options);
  const arn = output.Listeners?.flatMap(({ Certificates = [] }) => Certificates)[0]?.CertificateArn;
  if (!arn) throw refused(`no listener of load balancer ${name} has a certificate: it speaks HTTP only`);
  return arn;
}

/** The records that have to exist and do not count yet, a line each: `CNAME name -> value`. */
export function missingRecords(validation: readonly DomainValidation[]): string[] {
  return validation
    .filter(({ status, record }) => status !== "SUCCESS" && record)
    .map(({ record }) => `CNAME ${record?.name} -> ${record?.value}`);
}
