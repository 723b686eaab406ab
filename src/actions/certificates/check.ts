import * as z from "zod";
import type { ActionDefinition, Check } from "../contract.ts";
import { reportPlan } from "../record-plan.ts";
import { type CertificateFacts, certificateArn, missingRecords, RENEWAL_DAYS, readCertificate } from "./facts.ts";

export const certificateParameter = z
  .string()
  .default("")
  .describe("ARN of the certificate; default: that of the Nessie load balancer's listener");

const parameters = z.object({ certificate: certificateParameter });

/** Status, days left, renewal with its reason, and the validation records that are missing. */
export const checkCertificate: ActionDefinition<z.infer<typeof parameters>> = {
  id: "check-certificate",
  title: "Look at the ACM certificate of Nessie's load balancer",
  description:
    "Status, days left, whether it renews by itself, and what keeps it from that. Confirming writes it to the timeline.",
  runbook: "Credential Rotation > ACM Certificates (Nessie ALB)",
  tier: "yes",
  parameters,
  operations: ["acm:DescribeCertificate", "elbv2:DescribeLoadBalancers", "elbv2:DescribeListeners"],
  async prepare(context, given) {
    const found = await readCertificate(context, await certificateArn(context, given.certificate));
    const checks = [endCheck(found), renewalCheck(found), ...validationChecks(found)];
    const facts = {
      certificate: found.arn,
      domains: found.domains.join(", "),
      status: found.status,
      type: found.type,
      ...(found.notAfterMs === undefined ? {} : { "not after": new Date(found.notAfterMs).toISOString() }),
      "in use by": found.inUseBy.join(", ") || "nothing",
      ...(found.renewal ? { renewal: `${found.renewal.status} ${found.renewal.reason}`.trim() } : {}),
    };
    const left = found.daysLeft === undefined ? "never issued" : `${found.daysLeft} days left`;
    const troubles = checks.filter(({ status }) => status === "warn").map(({ label }) => label);
    const summary = `Certificate of ${found.domains[0] ?? found.arn}: ${found.status}, ${left}${
      troubles.length > 0 ? `; to look at: ${troubles.join(", ")}` : ""
    }`;
    return reportPlan(checkCertificate, summary, { certificate: found.arn }, { facts, checks });
  },
};

function endCheck({ status, daysLeft }: CertificateFacts): Check {
  const label = "days left";
  if (status !== "ISSUED") return { label, status: "warn", detail: `it is ${status}` };
  if (daysLeft === undefined) return { label, status: "unknown", detail: "ACM does not say when it ends" };
  if (daysLeft < 0) return { label, status: "warn", detail: `it ended ${-daysLeft} days ago: clients refuse it` };
  return { label, status: daysLeft < RENEWAL_DAYS / 2 ? "warn" : "pass", detail: `${daysLeft}` };
}

function renewalCheck({ type, isRenewable, inUseBy, renewal, daysLeft }: CertificateFacts): Check {
  const label = "renewal";
  if (type === "IMPORTED")
    return { label, status: "warn", detail: "imported: it never renews by itself; import the next one before it ends" };
  if (renewal?.status === "FAILED")
    return { label, status: "warn", detail: `FAILED${renewal.reason ? `: ${renewal.reason}` : ""}; request a new one` };
  if (renewal?.status === "PENDING_VALIDATION")
    return { label, status: "warn", detail: "waits for the validation below" };
  if (isRenewable) {
    const soon = daysLeft !== undefined && daysLeft <= RENEWAL_DAYS;
    return {
      label,
      status: "pass",
      detail: soon ? "ACM is at it" : `by itself, from ${RENEWAL_DAYS} days before its end`,
    };
  }
  const why =
    inUseBy.length === 0 ? "nothing uses it, and ACM renews only what is used" : "ACM says it is not eligible";
  return { label, status: "warn", detail: why };
}

function validationChecks({ validation }: CertificateFacts): Check[] {
  return validation
    .filter(({ status }) => status !== "SUCCESS")
    .map((domain) => {
      const [record] = missingRecords([domain]);
      const how = record ?? (domain.emails.length > 0 ? `mail to ${domain.emails.join(", ")}` : `by ${domain.method}`);
      return { label: `validation of ${domain.domain}`, status: "warn" as const, detail: `${domain.status}: ${how}` };
    });
}
