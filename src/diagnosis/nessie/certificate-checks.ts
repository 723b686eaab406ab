import { sanitizeLine } from "../../base/text.ts";
import { defineCheck, type Finding } from "../check.ts";
import type { FactSource } from "../fact.ts";
import { utcDay } from "../words.ts";
import { listeners } from "./network-facts.ts";

const DAY_MS = 86_400_000;
/** From here on a certificate that does not renew is worth a word, domain ms. */
const SOON_MS = 14 * DAY_MS;

interface Certificate {
  arn: string;
  domain: string;
  status: string;
  type: string;
  /** Domain ms. */
  notAfterMs?: number;
  ports: number[];
}

/** The certificates of the load balancer's HTTPS listeners. */
export const certificates: FactSource<Certificate[]> = {
  id: "nessie-certificates",
  title: "certificates of the load balancer",
  operations: ["acm:DescribeCertificate"],
  async fetch(reader) {
    const found = await reader.need(listeners);
    const arns = [...new Set(found.flatMap((listener) => listener.certificates))];
    if (arns.length === 0) return reader.absent("no listener of the load balancer has a certificate");
    return Promise.all(
      arns.map(async (CertificateArn) => {
        const { Certificate: certificate } = await reader.call("acm", "DescribeCertificate", { CertificateArn });
        return {
          arn: CertificateArn,
          domain: sanitizeLine(certificate?.DomainName ?? ""),
          status: certificate?.Status ?? "",
          type: certificate?.Type ?? "",
          ...(certificate?.NotAfter ? { notAfterMs: certificate.NotAfter.getTime() } : {}),
          ports: found.filter((listener) => listener.certificates.includes(CertificateArn)).map(({ port }) => port),
        };
      }),
    );
  },
};

export const certificateCheck = defineCheck({
  id: "nessie-certificate",
  title: "Certificate of the load balancer",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["certificate-expired"],
  needs: { certificates },
  judge: ({ certificates: all }, { nowMs }) =>
    all.map((certificate): Finding => {
      const { domain, status, type, notAfterMs, ports, arn } = certificate;
      const name = `The certificate of ${domain} (port ${ports.join(", ")}, ${type})`;
      const details = { certificateArn: arn, domain };
      if (status !== "ISSUED" && status !== "EXPIRED" && status !== "") {
        return { verdict: "certificate-expired", strength: "proves", text: `${name} is ${status}.`, details };
      }
      if (status === "EXPIRED" || (notAfterMs !== undefined && notAfterMs <= nowMs)) {
        const when = notAfterMs === undefined ? "" : ` on ${utcDay(notAfterMs)}`;
        return { verdict: "certificate-expired", strength: "proves", text: `${name} expired${when}.`, details };
      }
      const days = notAfterMs === undefined ? undefined : Math.floor((notAfterMs - nowMs) / DAY_MS);
      const soon = notAfterMs !== undefined && notAfterMs - nowMs < SOON_MS;
      const text = `${name} is valid${days === undefined ? "" : ` for ${days} more days`}${soon ? ": renew it now" : ""}.`;
      return { strength: "information", text };
    }),
});
