/** A request to Nessie's REST API, version 2, before it is sent. */
export interface NessieRequest {
  method: "GET" | "POST" | "PUT";
  /** Below the API's base, beginning with a slash, each segment encoded. */
  path: string;
  query: Record<string, string>;
  /** JSON text; undefined without a body. */
  body?: string;
}

/** Where Nessie's REST API is: `http://nessie.internal/api/v2`. Part of every input, so that a plan says where it goes. */
interface Target {
  Endpoint: string;
}

/** A place in a branch's history: `Hash` left out means its head. */
interface At extends Target {
  /** A branch or tag. */
  Reference: string;
  /** 64 hexadecimal digits. */
  Hash?: string;
}

interface Paged {
  MaxRecords?: number;
  PageToken?: string;
}

/** What a key stands for, as Nessie's API has it. `snapshotId` is text: it has 63 bits, more than a JavaScript number holds. */
export interface NessieContent {
  type: string;
  id: string;
  metadataLocation?: string;
  snapshotId?: string | number;
  schemaId?: number;
  [member: string]: unknown;
}

export type NessieOperation =
  | { type: "PUT"; key: { elements: string[] }; content: NessieContent }
  | { type: "DELETE"; key: { elements: string[] } };

export interface NessieInputs {
  GetReference: At;
  /** With the operations of each commit, newest first; to `LimitHash`, which is the last one. */
  GetHistory: At & Paged & { LimitHash?: string };
  /** All keys with what they stand for. */
  GetEntries: At & Paged;
  /** What one key stands for. */
  GetContent: At & { Key: string[] };
  /** A tag at a commit that `Reference` has. */
  CreateReference: At & { Hash: string; Name: string; Type: "TAG" };
  /** Moves a branch whose head is `Hash`, else Nessie refuses, to the commit `To`, which no reference needs to have. */
  AssignReference: At & { Hash: string; To: string };
  /** On top of the branch; `Hash` is what is known of it: Nessie refuses when one of the keys was changed since. */
  Commit: At & { Hash: string; Message: string; Author: string; Operations: NessieOperation[] };
}

export type NessieOperationName = keyof NessieInputs;

const place = ({ Reference, Hash }: At) =>
  `/trees/${encodeURIComponent(Hash === undefined ? Reference : `${Reference}@${Hash}`)}`;

const pages = ({ MaxRecords, PageToken }: Paged) => ({
  ...(MaxRecords === undefined ? {} : { "max-records": String(MaxRecords) }),
  ...(PageToken === undefined ? {} : { "page-token": PageToken }),
});

const builders: { [Name in NessieOperationName]: (input: NessieInputs[Name]) => NessieRequest } = {
  GetReference: (input) => ({ method: "GET", path: place(input), query: {} }),
  GetHistory: (input) => ({
    method: "GET",
    path: `${place(input)}/history`,
    query: {
      fetch: "ALL",
      ...(input.LimitHash === undefined ? {} : { "limit-hash": input.LimitHash }),
      ...pages(input),
    },
  }),
  GetEntries: (input) => ({
    method: "GET",
    path: `${place(input)}/entries`,
    query: { content: "true", ...pages(input) },
  }),
  GetContent: ({ Key, ...at }) => ({
    method: "GET",
    // Elements are joined by dots; a dot of their own becomes a group separator (Nessie API, content key path parameter).
    path: `${place(at)}/contents/${encodeURIComponent(Key.map((element) => element.replaceAll(".", "\u001d")).join("."))}`,
    query: {},
  }),
  CreateReference: ({ Reference, Hash, Name, Type }) => ({
    method: "POST",
    path: "/trees",
    query: { name: Name, type: Type },
    body: JSON.stringify({ type: "BRANCH", name: Reference, hash: Hash }),
  }),
  AssignReference: ({ To, ...at }) => ({
    method: "PUT",
    path: place(at),
    query: { type: "BRANCH" },
    body: JSON.stringify({ type: "DETACHED", hash: To }),
  }),
  Commit: ({ Message, Author, Operations, ...at }) => ({
    method: "POST",
    path: `${place(at)}/history/commit`,
    query: {},
    body: exactJson({
      commitMeta: { message: Message, authors: [Author] },
      operations: Operations,
    }),
  }),
};

/** The HTTP request of an operation. */
export function nessieRequest<Name extends NessieOperationName>(
  name: Name,
  input: NessieInputs[Name],
): NessieRequest & { url: string } {
  const request = builders[name](input);
  const query = new URLSearchParams(request.query).toString();
  return { ...request, url: `${input.Endpoint.replace(/\/+$/, "")}${request.path}${query && `?${query}`}` };
}

/** The call as a `curl` line that can be pasted. */
export function nessieLine(name: string, input: object, quote: (text: string) => string): string {
  const { method, url, body } = nessieRequest(name as NessieOperationName, input as NessieInputs[NessieOperationName]);
  const sending =
    body === undefined ? [] : ["-X", method, "-H", quote("Content-Type: application/json"), "-d", quote(body)];
  return ["curl", "-fsS", ...sending, quote(url)].join(" ");
}

/** Members that are whole numbers of 64 bits. */
const EXACT = new Set(["snapshotId"]);

/** Parses JSON; of the members above, numbers that a JavaScript number does not hold become text. */
export function parseExactJson(text: string): unknown {
  type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown;
  const keep: Reviver = (key, value, context) =>
    EXACT.has(key) && typeof value === "number" && !Number.isSafeInteger(value) ? context?.source : value;
  return JSON.parse(text, keep);
}

function exactJson(value: unknown): string {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.stringify(value, (key, member: unknown) =>
    EXACT.has(key) && typeof member === "string" && /^-?\d+$/.test(member) ? rawJSON(member) : member,
  );
}
