import * as z from "zod";
import { Failure } from "../../base/failure.ts";
import type { ActionDefinition } from "../contract.ts";
import { certificateParameter } from "./check.ts";
import { certificateArn, readCertificate } from "./facts.ts";

const parameters = z.object({ certificate: certificateParameter });

/** Sends the validation mails of a certificate again, to those who may approve it. */
export const resendValidation: ActionDefinition<z.infer<typeof parameters>> = {
  id: "resend-validation-email",
  title: "Send an ACM certificate's validation mails again",
  description: "For a certificate that is validated by mail; one that is validated by DNS needs its records instead.",
  runbook: "Credential Rotation > ACM Certificates (Nessie ALB)",
  tier: "yes",
  parameters,
  operations: [
    "acm:DescribeCertificate",
    "acm:ResendValidationEmail",
    "elbv2:DescribeLoadBalancers",
    "elbv2:DescribeListeners",
  ],
  async prepare(context, given) {
    const found = await readCertificate(context, await certificateArn(context, given.certificate));
    const open = found.validation.filter(({ method, status }) => method === "EMAIL" && status !== "SUCCESS");
    if (open.length === 0) {
      throw new Failure({
        kind: "not-found",
        what: "validation mails",
        why: `no domain of ${found.arn} waits for a validation by mail`,
        next: "check-certificate shows what it waits for.",
      });
    }
    return {
      facts: Object.fromEntries(open.map(({ domain, emails }) => [domain, emails.join(", ")])),
      checks: [{ label: "status", status: "pass", detail: found.status }],
      plan: {
        actionId: resendValidation.id,
        title: `Send the validation mails of ${open.map(({ domain }) => domain).join(", ")} again`,
        parameters: { certificate: found.arn },
        tier: "yes",
        resourceName: "",
        effects: ["The addresses below get a mail; one of them has to follow its link."],
        caveats: ["It cannot be taken back. The link is valid for 72 hours (ACM user guide)."],
        steps: open.map(({ domain, validationDomain }, index) => ({
          kind: "call" as const,
          id: `resend-${index + 1}`,
          title: `Send the mails for ${domain}`,
          transport: "aws" as const,
          service: "acm",
          operation: "ResendValidationEmail",
          input: { CertificateArn: found.arn, Domain: domain, ValidationDomain: validationDomain },
          resource: `validation of ${domain}`,
        })),
        verify: null,
        guard: null,
      },
    };
  },
};
