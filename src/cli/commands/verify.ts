import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Failure } from "../../base/failure.ts";
import { sanitizeText } from "../../base/text.ts";
import { MANIFEST_FILE } from "../../evidence/custody/manifest.ts";
import { checkSignature, type SignatureVerdict, signBundle } from "../../evidence/custody/signature.ts";
import { type BundleVerdict, verifyBundle } from "../../evidence/custody/verify.ts";
import { EVIDENCE_FOLDER } from "../../evidence/store.ts";
import type { RecordEntry } from "../../record/entries.ts";
import { listIncidents, readRecord } from "../../record/read.ts";
import { EXIT } from "../exit.ts";
import { chooseIncident } from "./resume.ts";
import type { StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

export interface VerifyOptions extends StartOptions {
  digest?: string;
  /** ALLOWED SIGNERS file of ssh-keygen. */
  signers?: string;
  /** Private key, or public key of the agent: sign a bundle that is consistent. */
  sign?: string;
  json: boolean;
}

/** `mayday verify <id or bundle>`: checks a bundle offline. 0 when it is consistent, 1 when not; the first thing that differs is named first. */
export async function runVerify(idOrBundle: string, options: VerifyOptions): Promise<number> {
  if (options.digest !== undefined && !/^[0-9a-f]{64}$/i.test(options.digest))
    throw new Failure({
      kind: "invalid",
      what: "--digest",
      why: "it is not a sha256 in 64 hex digits",
      next: "Give the root digest as mayday printed it when the bundle was sealed.",
    });
  const { folder, record } = await bundleOf(idOrBundle, options);
  const verdict = await verifyBundle(folder, {
    ...(options.digest === undefined ? {} : { digest: options.digest }),
    ...(record ? { record } : {}),
  });
  const signedWith = options.sign !== undefined && verdict.problems.length === 0 ? resolve(options.sign) : undefined;
  if (signedWith !== undefined) await signBundle(folder, signedWith);
  const signature = await checkSignature(folder, options.signers);
  if (signature.status === "none" && options.signers !== undefined)
    verdict.problems.push("manifest.json.sig is missing: nobody has signed this bundle");
  if (verdict.digest === "" && record?.every(({ kind }) => kind !== "evidence.sealed"))
    verdict.problems.unshift(
      "the evidence was never sealed: mayday resume, or any preserve- action, writes the manifest",
    );
  if (signature.status === "bad") verdict.problems.push(`manifest.json.sig does not hold: ${signature.detail}`);
  const authenticated = verdict.problems.length === 0 && (options.digest !== undefined || signature.status === "good");
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ folder, ...verdict, signature, authenticated }, null, 2)}\n`
      : sanitizeText(
          verdictText(folder, verdict, signature, options.digest !== undefined) + signingText(options.sign, signedWith),
        ),
  );
  return verdict.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** The bundle's folder, with the record of its incident where that lies beside it. */
async function bundleOf(
  idOrBundle: string,
  options: VerifyOptions,
): Promise<{ folder: string; record?: RecordEntry[] }> {
  const isThere = async (path: string) => (await stat(path).catch(() => undefined)) !== undefined;
  for (const folder of [resolve(idOrBundle), join(resolve(idOrBundle), EVIDENCE_FOLDER)]) {
    if (!(await isThere(join(folder, MANIFEST_FILE)))) continue;
    const incident = dirname(folder);
    return (await isThere(join(incident, "record.sqlite")))
      ? { folder, record: await readRecord(incident) }
      : { folder };
  }
  if (await isThere(resolve(idOrBundle))) return { folder: resolve(idOrBundle) };
  if (/[\\/]/.test(idOrBundle))
    throw new Failure({
      kind: "not-found",
      what: `bundle ${idOrBundle}`,
      why: "there is no such folder",
      next: "Give the folder that holds manifest.json, or an incident's id: mayday list shows them.",
    });
  const summary = chooseIncident(await listIncidents(await stateDirectoryOf(options)), idOrBundle);
  return { folder: join(summary.folder, EVIDENCE_FOLDER), record: await readRecord(summary.folder) };
}

/** What came of `--sign`. */
function signingText(asked: string | undefined, signedWith: string | undefined): string {
  if (asked === undefined) return "";
  return signedWith === undefined
    ? "not signed: only a consistent bundle is\n"
    : `signed with ${signedWith}: manifest.json.sig\n`;
}

function verdictText(
  folder: string,
  { problems, digest, artifacts, partial, missing }: BundleVerdict,
  signature: SignatureVerdict,
  byDigest: boolean,
): string {
  const out = [`bundle  ${folder}`, `digest  ${digest || "none"}`];
  const [first, ...others] = problems;
  if (first !== undefined) {
    out.push(`BROKEN: ${first}`, ...others.map((problem) => `  also: ${problem}`));
    return `${out.join("\n")}\n`;
  }
  const signed = signature.status === "good" ? `signed by ${signature.by}` : "";
  const proof = [...(byDigest ? ["it has the digest that was given"] : []), ...(signed ? [signed] : [])];
  out.push(
    proof.length > 0
      ? `consistent and authenticated: ${proof.join(", ")}`
      : "consistent, not authenticated: give --digest as it was printed, or a signature with --signers",
    `${artifacts} artifacts, ${partial} partial`,
    ...missing.map(({ what, why }) => `  not collected: ${what}: ${why}`),
  );
  if (signature.status === "unknown-signer") out.push(`  a signature fits it, whose is not known: ${signature.detail}`);
  return `${out.join("\n")}\n`;
}
