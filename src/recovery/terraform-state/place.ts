import type { AwsCaller, CallOptions } from "../../aws/contract.ts";

/** Where Terraform keeps a state and its locks, by the rules of its S3 backend. */
export interface StatePlace {
  bucket: string;
  key: string;
  /** DynamoDB table of the locks, where one is configured. */
  lockTable?: string;
}

/** What reading and writing a state takes. */
export interface StateAccess {
  aws: AwsCaller;
  signal?: AbortSignal;
}

/** Key of the lock item, and `Path` of what stands in it. */
export const lockPath = ({ bucket, key }: StatePlace): string => `${bucket}/${key}`;

/** Key of the item that holds the MD5 of the state. */
export const digestPath = (place: StatePlace): string => `${lockPath(place)}-md5`;

/** The lock object beside the state, where Terraform locks with S3 alone (`use_lockfile`). */
export const lockFileKey = ({ key }: StatePlace): string => `${key}.tflock`;

/** How every call of the recovery is made: before polling, and given up when the responder cancels. */
export const callOptions = ({ signal }: StateAccess): CallOptions => ({
  purpose: "action",
  ...(signal ? { signal } : {}),
});
