import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import type { ActionDefinition, CallStep, JobStep, WaitStep } from "../contract.ts";
import { certificateParameter } from "./check.ts";
import { certificateArn, readCertificate } from "./facts.ts";

const domainName = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i;
const parameters = z.object({
  certificate: certificateParameter,
  domain: z
    .string()
    .regex(domainName)
    .or(z.literal(""))
    .default("")
    .describe("Domain of the new certificate; default: all domains of the present one"),
});

/** ACM shows the validation records some seconds after the request, machine ms. */
const RECORDS_BOX_MS = 120_000;
/** DNS changes and ACM's look at them take minutes; the responder is not kept longer than that, domain ms. */
const ISSUED_DEADLINE_MS = 45 * 60_000;

const NEW_ARN = { $ref: "request.output.arn" };

/** Requests a new certificate with DNS validation, waits until it is issued, and ends with the line for Terraform. */
export const requestCertificate: ActionDefinition<z.infer<typeof parameters>> = {
  id: "request-certificate",
  title: "Request a new ACM certificate",
  description:
    "When renewal failed: requests one for the same domains, shows the DNS records to create, waits until it is issued, and gives the certificate_arn line for tfvars.",
  runbook: "Credential Rotation > ACM Certificates (Nessie ALB)",
  tier: "yes",
  parameters,
  operations: [
    "acm:DescribeCertificate",
    "acm:RequestCertificate",
    "acm:DeleteCertificate",
    "elbv2:DescribeLoadBalancers",
    "elbv2:DescribeListeners",
  ],
  async prepare(context, given) {
    const present =
      given.domain === ""
        ? await readCertificate(context, await certificateArn(context, given.certificate))
        : undefined;
    const domains = present?.domains ?? [given.domain];
    const [first = "", ...others] = domains;
    return {
      facts: {
        domains: domains.join(", "),
        ...(present ? { present: `${present.arn}, ${present.status}, ${present.daysLeft ?? "no"} days left` } : {}),
      },
      checks: [
        {
          label: "present certificate",
          status: present?.type === "IMPORTED" ? "warn" : "pass",
          detail:
            present?.type === "IMPORTED"
              ? "imported from another authority: clients may trust that one only"
              : "stays in use until Terraform changes the listener",
        },
      ],
      plan: {
        actionId: requestCertificate.id,
        title: `Request a certificate for ${domains.join(", ")}`,
        parameters: { ...given },
        tier: "yes",
        resourceName: first,
        effects: [
          "Nothing changes for clients: the load balancer keeps its certificate until Terraform changes the listener.",
        ],
        caveats: [
          `ACM looks for the records for 72 hours. This waits ${ISSUED_DEADLINE_MS / 60_000} minutes; afterwards check-certificate tells, with its ARN, which the step of the records shows.`,
          "Undo deletes the new certificate; once the load balancer uses it, ACM refuses that.",
        ],
        undoing: {
          effects: [
            "The new certificate is deleted for good. Nothing changes for clients, unless the load balancer uses it: then ACM refuses.",
          ],
        },
        steps: [
          requestStep(first, others),
          recordsStep(),
          {
            kind: "human",
            id: "dns",
            title: "Create the DNS records",
            instruction: "Create these records in the domain's zone (records that exist already may stay):",
            details: { $ref: "records.output.text" },
          },
          issuedStep(),
          {
            kind: "human",
            id: "terraform",
            title: "Put the new certificate into tfvars and apply",
            instruction: "Change the line in your tfvars, then terraform plan and terraform apply:",
            details: { $ref: "records.output.tfvars" },
          },
        ],
        verify: null,
        guard: null,
      },
    };
  },
};

function requestStep(domain: string, others: readonly string[]): CallStep {
  const input: JsonObject = {
    DomainName: domain,
    ValidationMethod: "DNS",
    ...(others.length > 0 ? { SubjectAlternativeNames: [...others] } : {}),
  };
  return {
    kind: "call",
    id: "request",
    title: `Request a certificate for ${domain}`,
    transport: "aws",
    service: "acm",
    operation: "RequestCertificate",
    input,
    keep: { arn: "CertificateArn" },
    resource: `certificates of ${domain}`,
    undo: [
      {
        kind: "call",
        id: "delete-request",
        title: `Delete the new certificate of ${domain}`,
        transport: "aws",
        service: "acm",
        operation: "DeleteCertificate",
        input: { CertificateArn: NEW_ARN },
        resource: `the new certificate of ${domain}`,
      },
    ],
  };
}

const recordsStep = (): JobStep => ({
  kind: "job",
  id: "records",
  title: "Read the validation records",
  job: "certificate-records",
  input: { arn: NEW_ARN },
  operations: ["acm:DescribeCertificate"],
  boxMs: RECORDS_BOX_MS,
  essential: true,
});

const issuedStep = (): WaitStep => ({
  kind: "wait",
  id: "issued",
  title: "The certificate is issued",
  reading: {
    service: "acm",
    operation: "DescribeCertificate",
    input: { CertificateArn: NEW_ARN },
    pick: { status: "Certificate.Status" },
  },
  until: [{ label: "status", op: "equals", value: "ISSUED" }],
  deadlineMs: ISSUED_DEADLINE_MS,
});
