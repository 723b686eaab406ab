import { sanitizeLine } from "../../base/text.ts";
import type { Job } from "../jobs.ts";

/** Between two looks, machine ms. */
const AGAIN_MS = 2000;

/** Waits until ACM has made the validation records of a new certificate, and gives them with the line for tfvars. */
export const certificateRecords: Job = async (input, { aws, clock, signal }) => {
  const { arn } = input as { arn: string };
  for (;;) {
    const { output, requestId } = await aws.call(
      "acm",
      "DescribeCertificate",
      { CertificateArn: arn },
      { purpose: "action", signal },
    );
    const options = output.Certificate?.DomainValidationOptions ?? [];
    const lines = options.flatMap(({ ResourceRecord: record }) =>
      record ? [`CNAME ${sanitizeLine(record.Name ?? "")} -> ${sanitizeLine(record.Value ?? "")}`] : [],
    );
    if (options.length > 0 && lines.length === options.length) {
      const text = [...new Set(lines)].join("\n");
      const tfvars = `certificate_arn = "${sanitizeLine(arn)}"`;
      return {
        complete: true,
        missing: [],
        requestIds: [requestId],
        output: { text, tfvars },
        note: `${text.replaceAll("\n", "; ")}; ${tfvars}`,
      };
    }
    await clock.sleep(AGAIN_MS, signal);
  }
};
