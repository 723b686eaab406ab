import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure, failureDetail } from "../../base/failure.ts";
import {
  DIGEST_FILE,
  MANIFEST_FILE,
  type Manifest,
  SIGNATURE_FILE,
  sha256Of,
  TIMELINE_FILE,
} from "../custody/manifest.ts";
import type { ExportContext } from "../export/contract.ts";
import { progressText } from "../export/progress.ts";
import { sha256OfFile } from "../file-hash.ts";
import type { Destination, FileToUpload } from "./contract.ts";
import { type UploadedFile, uploadFile } from "./upload-file.ts";

/** Files at the same time: each holds one part in memory. */
const AT_ONCE = 3;

export interface BundleUpload {
  /** Of the manifest that was uploaded. */
  digest: string;
  /** `prefix` and the incident's id: below it lie `files/` and `sealed/DIGEST/`. */
  place: string;
  uploaded: UploadedFile[];
  missing: string[];
}

/**
 * Uploads a sealed bundle: every artifact under `files/`, and when all of them are there timeline, manifest, digest and signature
 * under `sealed/DIGEST/`, so that a manifest in the bucket means that the bundle is whole. A later seal gets a folder of its own; the
 * artifacts are shared. What could not be uploaded is in `missing`, with the reason; what concerns the bucket stops the rest.
 */
export async function uploadBundle(
  folder: string,
  prefix: string,
  to: Destination,
  context: ExportContext,
): Promise<BundleUpload> {
  const text = await readFile(join(folder, MANIFEST_FILE));
  const manifest = JSON.parse(text.toString("utf8")) as Manifest;
  const digest = sha256Of(text);
  const place = `${prefix}${manifest.incident}/`;
  const artifacts = manifest.artifacts.map(({ path, sha256, bytes }): FileToUpload => {
    return { file: join(folder, path), key: `${place}files/${path}`, sha256, bytes };
  });
  const sealed = await sealedFiles(folder, `${place}sealed/${digest}/`);
  const queue = new Queue([...artifacts, ...sealed], to, context);
  await queue.run(artifacts);
  if (queue.missing.length === 0) {
    // The manifest last of all.
    for (const file of sealed) await queue.run([file]);
  } else {
    queue.missing.push(`${place}sealed/${digest}/: the manifest is uploaded when every file is there; run it again`);
  }
  return { digest, place, uploaded: queue.uploaded, missing: queue.missing };
}

async function sealedFiles(folder: string, place: string): Promise<FileToUpload[]> {
  const files: FileToUpload[] = [];
  for (const name of [TIMELINE_FILE, SIGNATURE_FILE, DIGEST_FILE, MANIFEST_FILE]) {
    const file = join(folder, name);
    const found = await stat(file).catch(() => undefined);
    // Only a signature need not be there.
    if (!found && name === SIGNATURE_FILE) continue;
    files.push({ file, key: `${place}${name}`, sha256: await sha256OfFile(file), bytes: found?.size ?? 0 });
  }
  return files;
}

class Queue {
  readonly uploaded: UploadedFile[] = [];
  readonly missing: string[] = [];
  readonly #all: readonly FileToUpload[];
  readonly #to: Destination;
  readonly #context: ExportContext;
  readonly #totalBytes: number;
  readonly #beganMs: number;
  #bytes = 0;
  #isStopped = false;

  constructor(all: readonly FileToUpload[], to: Destination, context: ExportContext) {
    this.#all = all;
    this.#to = to;
    this.#context = context;
    this.#totalBytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#beganMs = this.#workedMs();
  }

  async run(files: readonly FileToUpload[]): Promise<void> {
    const waiting = [...files];
    const next = async () => {
      for (let file = waiting.shift(); file && !this.#isStopped; file = waiting.shift())
        await this.#upload(file, waiting.length);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }

  async #upload(file: FileToUpload, left: number): Promise<void> {
    const { signal } = this.#context;
    const sent = (bytes: number) => {
      this.#bytes += bytes;
      this.#report();
    };
    try {
      this.uploaded.push(await uploadFile(file, this.#to, { ...this.#context, sent }));
      this.#report();
    } catch (error) {
      const { why, next, kind, code } = failureDetail(signal.aborted ? signal.reason : error, file.key);
      this.missing.push(`s3://${this.#to.bucket}/${file.key}: ${why}${kind === "invalid" ? `. ${next}` : ""}`);
      if (!signal.aborted && !concernsTheBucket(error, code)) return;
      // Every other file would fail for the same reason.
      if (!this.#isStopped && left > 0) this.missing.push(`${left} files more were not sent for the same reason`);
      this.#isStopped = true;
    }
  }

  #workedMs(): number {
    return this.#context.clock.monotonic() - this.#context.pause.stoodStillMs;
  }

  #report(): void {
    const detail = progressText({
      items: this.uploaded.length,
      noun: `of ${this.#all.length} files`,
      bytes: this.#bytes,
      fraction: this.#totalBytes === 0 ? 1 : Math.min(1, this.#bytes / this.#totalBytes),
      fractionAtStart: 0,
      elapsedMs: this.#workedMs() - this.#beganMs,
      paused: this.#context.pause.paused,
    });
    this.#context.progress(detail);
  }
}

function concernsTheBucket(error: unknown, code: string | undefined): boolean {
  if (!(error instanceof Failure)) return false;
  return code === "NoSuchBucket" || ["denied", "expired", "unreachable", "throttled", "refused"].includes(error.kind);
}
