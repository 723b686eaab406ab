import type { Context } from "../../../policy/pattern.ts";
import { contextFrom, type Input, text } from "./requirement.ts";

/**
 * With which encryption multipart uploads were begun. Their parts have no such headers, yet bucket policies that demand
 * them let the parts of an encrypted upload through.
 */
export class UploadContexts {
  readonly #byId = new Map<string, Context>();

  /** The condition keys of an upload; none for one that is not known. */
  of(uploadId: string): Context {
    return this.#byId.get(uploadId) ?? {};
  }

  /** An S3 operation was carried out. */
  executed(operation: string, input: Input, output: Input): void {
    if (operation === "CreateMultipartUpload") {
      const context = contextFrom({
        "s3:x-amz-server-side-encryption": input.ServerSideEncryption,
        "s3:x-amz-server-side-encryption-aws-kms-key-id": input.SSEKMSKeyId,
      });
      this.#byId.set(text(output.UploadId) ?? "", context);
    }
    if (/^(Complete|Abort)MultipartUpload$/.test(operation)) this.#byId.delete(text(input.UploadId) ?? "");
  }
}
