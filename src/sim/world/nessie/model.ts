/** Hash of the state before the first commit (Nessie, `noAncestorHash` of its configuration). */
export const NO_ANCESTOR = "2e1cfa82b035c26cbbbdae632cea070514eb8b773f616aaeaf668e2f0be8f10d";

/** What a key stands for, in the JSON form of Nessie's API. */
export interface Content {
  type: string;
  id: string;
  [member: string]: unknown;
}

export type NessieOperation =
  | { type: "PUT"; key: { elements: string[] }; content: Content }
  | { type: "DELETE"; key: { elements: string[] } };

export interface Commit {
  /** 64 hexadecimal digits. */
  hash: string;
  parent: string;
  /** Number of commits up to this one. */
  sequence: number;
  message: string;
  author: string;
  committer: string;
  /** Virtual ms since the Unix epoch. */
  atMs: number;
  operations: NessieOperation[];
}

export interface Reference {
  type: "BRANCH" | "TAG";
  name: string;
  hash: string;
}

/** A refusal of Nessie with its error code (Nessie's model, ErrorCode). */
export class NessieError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
  }
}
