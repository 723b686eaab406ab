import { spawn } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { MANIFEST_FILE, SIGNATURE_FILE } from "./manifest.ts";

/** Keeps a signature of a bundle from passing for one of anything else (ssh-keygen(1), -n). */
const NAMESPACE = "mayday";

/**
 * Signs the bundle's manifest with an SSH key (`ssh-keygen -Y sign`, namespace mayday). A key with a passphrase is asked for by
 * ssh-keygen itself, or comes from the agent when a public key file is given. Rejects with a Failure when it cannot.
 */
export async function signBundle(folder: string, keyFile: string): Promise<string> {
  // ssh-keygen asks before it overwrites a file: the manifest goes in by standard input, and the signature comes out.
  const manifest = await readFile(join(folder, MANIFEST_FILE));
  const { code, out, error } = await keygen(["-Y", "sign", "-q", "-f", keyFile, "-n", NAMESPACE], manifest);
  if (code !== 0) throw failed("sign the manifest", error || out);
  const path = join(folder, SIGNATURE_FILE);
  await writeFile(path, out, { mode: 0o600 });
  return path;
}

export type SignatureVerdict =
  | { status: "none" }
  /** Made by the named principal of the signers file. */
  | { status: "good"; by: string }
  /** It fits the manifest, but nobody said whose key counts. */
  | { status: "unknown-signer"; detail: string }
  | { status: "bad"; detail: string };

/** Checks the bundle's signature; `signersFile`: in the format of ssh-keygen's ALLOWED SIGNERS. Rejects when ssh-keygen is not there. */
export async function checkSignature(folder: string, signersFile?: string): Promise<SignatureVerdict> {
  const signature = join(folder, SIGNATURE_FILE);
  if (!(await stat(signature).catch(() => undefined))) return { status: "none" };
  const manifest = await readFile(join(folder, MANIFEST_FILE));
  const fits = await keygen(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", signature], manifest);
  if (fits.code !== 0) return { status: "bad", detail: sanitizeLine(fits.error || fits.out) };
  if (signersFile !== undefined && !(await stat(signersFile).catch(() => undefined)))
    throw failed("check the signature", `there is no file ${signersFile}`);
  if (signersFile === undefined) return { status: "unknown-signer", detail: sanitizeLine(fits.out) };
  const found = await keygen(["-Y", "find-principals", "-s", signature, "-f", signersFile]);
  const principal = found.out.split("\n")[0]?.trim() ?? "";
  if (found.code !== 0 || principal === "")
    return { status: "bad", detail: `its key is not in ${signersFile}: ${sanitizeLine(fits.out)}` };
  const checked = await keygen(
    ["-Y", "verify", "-f", signersFile, "-I", principal, "-n", NAMESPACE, "-s", signature],
    manifest,
  );
  return checked.code === 0
    ? { status: "good", by: sanitizeLine(principal) }
    : { status: "bad", detail: sanitizeLine(checked.error || checked.out) };
}

function keygen(args: string[], input?: Uint8Array): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh-keygen", args, { stdio: ["pipe", "pipe", "pipe"] });
    let out = "";
    let error = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      error += chunk.toString("utf8");
    });
    child.on("error", () => reject(failed("run ssh-keygen", "it is not installed")));
    child.on("close", (code) => resolve({ code: code ?? 1, out, error }));
    // A child that ends without reading closes the pipe; its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

const failed = (what: string, why: string) =>
  new Failure({
    kind: "invalid",
    what,
    why: sanitizeLine(why),
    next: "Signatures need OpenSSH 8.2 or newer and a readable key.",
  });
