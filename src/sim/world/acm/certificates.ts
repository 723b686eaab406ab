import { createHash } from "node:crypto";
import { AwsError } from "../../wire/aws-error.ts";
import type { Journal } from "../journal.ts";
import type { Kernel } from "../kernel.ts";
import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Validity of an issued certificate, and how long before its end its renewal begins (ACM user guide): 13 months, 60 days. */
const VALID_MS = 395 * DAY_MS;
const RENEWAL_MS = 60 * DAY_MS;
/** A request that is not validated fails after 72 hours (ACM user guide). */
const VALIDATION_MS = 72 * HOUR_MS;
/** How often ACM looks for the validation record. */
const CHECK_MS = 60_000;
/** When somebody who keeps the DNS zone has added the records of a request. */
const RECORD_DELAY_MS = { from: 10 * 60_000, to: 20 * 60_000 };

export type CertificateStatus = "PENDING_VALIDATION" | "ISSUED" | "EXPIRED" | "VALIDATION_TIMED_OUT";
export type RenewalStatus = "PENDING_AUTO_RENEWAL" | "PENDING_VALIDATION" | "SUCCESS" | "FAILED";

export interface Certificate {
  arn: string;
  /** The domain name, then the alternative ones. */
  domains: string[];
  type: "AMAZON_ISSUED" | "IMPORTED";
  validation: "DNS" | "EMAIL";
  status: CertificateStatus;
  createdAtMs: number;
  issuedAtMs: number | undefined;
  notBeforeMs: number | undefined;
  notAfterMs: number | undefined;
  serial: string;
  /** ARNs of what uses it. */
  inUseBy: string[];
  renewal: { status: RenewalStatus; reason: string | undefined; updatedAtMs: number } | undefined;
  tags: Record<string, string>;
}

const digest = (text: string) => createHash("md5").update(text).digest("hex");

/** The CNAME that proves the control of a domain: the same for every certificate of the account. */
export function validationRecord(place: Place, domain: string): { name: string; value: string } {
  const bare = domain.replace(/^\*\./, "");
  const name = `_${digest(`${place.accountId}/${bare}`)}.${bare}.`;
  return { name, value: `_${digest(`${name}/value`)}.simulated.acm-validations.aws.` };
}

/** ACM's certificates of one account and region. */
export class Certificates {
  readonly byArn = new Map<string, Certificate>();
  /** Validation records that exist in the DNS, by name. */
  readonly records = new Set<string>();
  /** Whether somebody adds the records of a new request after 10 to 20 minutes; scenarios turn it off. */
  recordsAppear = true;
  readonly #kernel: Kernel;
  readonly #journal: Journal;
  readonly #place: Place;
  readonly #random: RandomStream;
  readonly #requested = new Map<string, Certificate>();

  constructor(kernel: Kernel, journal: Journal, place: Place, random: RandomStream) {
    this.#kernel = kernel;
    this.#journal = journal;
    this.#place = place;
    this.#random = random;
  }

  /** A certificate that was issued, or imported, at a time; its renewal and its end come by themselves. */
  addIssued(draft: Pick<Certificate, "domains" | "type" | "inUseBy" | "tags">, issuedAtMs: number): Certificate {
    const certificate = this.#keep({ ...this.#draft(draft.domains, "DNS", issuedAtMs), ...draft });
    this.#issue(certificate, issuedAtMs);
    if (draft.type === "AMAZON_ISSUED")
      for (const domain of draft.domains) this.records.add(validationRecord(this.#place, domain).name);
    return certificate;
  }

  /** RequestCertificate. The same token within an hour gives the same certificate. */
  request(
    domains: string[],
    validation: "DNS" | "EMAIL",
    tags: Record<string, string>,
    token: string | undefined,
  ): Certificate {
    const repeated = token === undefined ? undefined : this.#requested.get(token);
    if (repeated && this.#kernel.nowMs - repeated.createdAtMs < HOUR_MS) return repeated;
    const certificate = this.#keep({ ...this.#draft(domains, validation, this.#kernel.nowMs), tags });
    if (token !== undefined) this.#requested.set(token, certificate);
    if (validation === "DNS") {
      this.#awaitRecords(certificate);
      this.#kernel.after(this.#random.between(RECORD_DELAY_MS.from, RECORD_DELAY_MS.to), () => {
        if (this.recordsAppear)
          for (const domain of domains) this.records.add(validationRecord(this.#place, domain).name);
      });
    }
    return certificate;
  }

  /** The owner of the domain followed the link of the validation e-mail. */
  approve(certificate: Certificate): void {
    if (certificate.status === "PENDING_VALIDATION") this.#issue(certificate, this.#kernel.nowMs);
  }

  /** @throws AwsError ResourceInUseException. */
  delete(certificate: Certificate): void {
    if (certificate.inUseBy.length > 0)
      throw new AwsError("ResourceInUseException", `Certificate ${certificate.arn} is in use.`);
    this.byArn.delete(certificate.arn);
  }

  /** Puts the end of a certificate's validity at a time: for scenarios. Renewal is tried again if its time has come. */
  endAt(certificate: Certificate, notAfterMs: number): void {
    certificate.notAfterMs = notAfterMs;
    this.#plan(certificate);
  }

  /** Whether the record of a domain is in the DNS. */
  validated(domain: string): boolean {
    return this.records.has(validationRecord(this.#place, domain).name);
  }

  #draft(domains: string[], validation: "DNS" | "EMAIL", createdAtMs: number): Certificate {
    return {
      arn: arn(this.#place, "acm", `certificate/${randomUuid(this.#random)}`),
      domains,
      type: "AMAZON_ISSUED",
      validation,
      status: "PENDING_VALIDATION",
      createdAtMs,
      issuedAtMs: undefined,
      notBeforeMs: undefined,
      notAfterMs: undefined,
      serial: this.#random.hex(32).match(/../g)!.join(":"),
      inUseBy: [],
      renewal: undefined,
      tags: {},
    };
  }

  #keep(certificate: Certificate): Certificate {
    this.byArn.set(certificate.arn, certificate);
    return certificate;
  }

  #issue(certificate: Certificate, atMs: number): void {
    certificate.status = "ISSUED";
    certificate.issuedAtMs = atMs;
    certificate.notBeforeMs = Math.floor(atMs / DAY_MS) * DAY_MS;
    certificate.notAfterMs = certificate.notBeforeMs + VALID_MS;
    this.#plan(certificate);
  }

  #awaitRecords(certificate: Certificate): void {
    this.#kernel.after(CHECK_MS, () => {
      if (certificate.status !== "PENDING_VALIDATION" || !this.byArn.has(certificate.arn)) return;
      if (certificate.domains.every((domain) => this.validated(domain))) {
        this.#journal.note(this.#kernel.nowMs, `certificate ${certificate.arn} ISSUED`);
        this.#issue(certificate, this.#kernel.nowMs);
      } else if (this.#kernel.nowMs - certificate.createdAtMs >= VALIDATION_MS)
        certificate.status = "VALIDATION_TIMED_OUT";
      else this.#awaitRecords(certificate);
    });
  }

  /** Plans the renewal and the end of what is valid until `notAfterMs`. */
  #plan(certificate: Certificate): void {
    const endMs = certificate.notAfterMs!;
    if (certificate.type === "AMAZON_ISSUED")
      this.#kernel.at(endMs - RENEWAL_MS, () => this.#renew(certificate, endMs));
    this.#kernel.at(endMs, () => {
      if (certificate.notAfterMs !== endMs) return;
      certificate.status = "EXPIRED";
      if (certificate.renewal) this.#setRenewal(certificate, "FAILED", certificate.renewal.reason);
      this.#journal.note(this.#kernel.nowMs, `certificate ${certificate.arn} EXPIRED`);
    });
  }

  #renew(certificate: Certificate, endMs: number): void {
    // Only what is in use is renewed (ACM user guide, managed renewal).
    if (certificate.notAfterMs !== endMs || certificate.status !== "ISSUED" || certificate.inUseBy.length === 0) return;
    if (certificate.domains.every((domain) => this.validated(domain))) {
      this.#setRenewal(certificate, "SUCCESS", undefined);
      this.endAt(certificate, Math.floor(this.#kernel.nowMs / DAY_MS) * DAY_MS + VALID_MS);
      return;
    }
    this.#setRenewal(certificate, "PENDING_VALIDATION", "ADDITIONAL_VERIFICATION_REQUIRED");
    this.#kernel.after(HOUR_MS, () => this.#renew(certificate, endMs));
  }

  #setRenewal(certificate: Certificate, status: RenewalStatus, reason: string | undefined): void {
    if (certificate.renewal?.status === status) return;
    certificate.renewal = { status, reason, updatedAtMs: this.#kernel.nowMs };
  }
}
