import type { Principal } from "./principals.ts";
import { type RandomStream, randomUuid } from "./random.ts";

export interface TrailResource {
  ResourceType: string;
  ResourceName: string;
}

/** One management event as CloudTrail keeps it. */
export interface TrailEvent {
  id: string;
  name: string;
  /** `ecs.amazonaws.com` */
  source: string;
  atMs: number;
  /** Whose event history has it. */
  region: string;
  /** When LookupEvents can find it. */
  deliveredAtMs: number;
  userName: string;
  accessKeyId: string;
  readOnly: boolean;
  resources: TrailResource[];
  /** The event itself, JSON. */
  record: string;
}

export interface TrailDraft {
  name: string;
  source: string;
  atMs: number;
  region: string;
  requestId: string;
  userAgent: string;
  input: unknown;
  output: unknown;
  error?: { code: string; message: string };
  resources: TrailResource[];
  by: Principal | { service: string; roleArn: string; accountId: string };
  /** Where the call came from. Default: the loopback address, from which all clients of the simulator call. */
  sourceAddress?: string;
  /** The call only read. Default: false. */
  readOnly?: boolean;
}

/** Events can be looked up this long after they happened (CloudTrail documents about 5 minutes on average; a demo waits less). */
const DELIVERY_DELAY_MS = { from: 60_000, to: 180_000 };

/** Keys of JSON that CloudTrail writes begin with a lower-case letter. Secrets are left out of what it keeps. */
function lowerKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (value instanceof Date || value instanceof Uint8Array || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "$metadata" && key !== "SecretAccessKey");
  return Object.fromEntries(
    entries.map(([key, member]) => [key.charAt(0).toLowerCase() + key.slice(1), lowerKeys(member)]),
  );
}

const IDENTITY_TYPES: Record<Principal["type"], string> = {
  user: "IAMUser",
  "role-session": "AssumedRole",
  root: "Root",
};

function wholeSeconds(atMs: number): string {
  return new Date(Math.floor(atMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** Who did it, as the events say it. */
export function userIdentity(by: TrailDraft["by"]): object {
  if ("service" in by) {
    const session = "ecs-service-scheduler";
    return { type: "AssumedRole", arn: `${by.roleArn}/${session}`, accountId: by.accountId, invokedBy: by.service };
  }
  const { type, session, roleArn } = by;
  const issuer = {
    type: "Role",
    principalId: by.userId.split(":")[0],
    arn: roleArn,
    accountId: by.accountId,
    userName: roleArn?.split("/").pop(),
  };
  const attributes = session && {
    creationDate: wholeSeconds(session.issuedAtMs),
    mfaAuthenticated: String(session.mfaAtMs !== undefined),
  };
  return {
    type: IDENTITY_TYPES[type],
    principalId: by.userId,
    arn: by.arn,
    accountId: by.accountId,
    accessKeyId: by.accessKeyId,
    ...(type === "user" ? { userName: by.userName } : {}),
    ...(session ? { sessionContext: { ...(roleArn ? { sessionIssuer: issuer } : {}), attributes } } : {}),
  };
}

/** CloudTrail's event history of the account. */
export class Trail {
  /** In the order in which they happened. */
  readonly events: TrailEvent[] = [];
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  record(draft: TrailDraft): void {
    const own = "accessKeyId" in draft.by;
    const readOnly = draft.readOnly ?? false;
    const id = randomUuid(this.#random);
    const record = {
      eventVersion: "1.11",
      userIdentity: userIdentity(draft.by),
      eventTime: wholeSeconds(draft.atMs),
      eventSource: draft.source,
      eventName: draft.name,
      awsRegion: draft.region,
      sourceIPAddress: "service" in draft.by ? draft.by.service : (draft.sourceAddress ?? "127.0.0.1"),
      userAgent: "service" in draft.by ? draft.by.service : draft.userAgent,
      ...(draft.error ? { errorCode: draft.error.code, errorMessage: draft.error.message } : {}),
      requestParameters: lowerKeys(draft.input),
      responseElements: draft.output === undefined ? null : lowerKeys(draft.output),
      requestID: draft.requestId,
      eventID: id,
      readOnly,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: draft.by.accountId,
      eventCategory: "Management",
    };
    this.events.push({
      id,
      name: draft.name,
      source: draft.source,
      atMs: draft.atMs,
      region: draft.region,
      deliveredAtMs: draft.atMs + this.#random.between(DELIVERY_DELAY_MS.from, DELIVERY_DELAY_MS.to),
      userName: "service" in draft.by ? "ecs-service-scheduler" : draft.by.userName,
      accessKeyId: own ? (draft.by as Principal).accessKeyId : "",
      readOnly,
      resources: draft.resources,
      record: JSON.stringify(record),
    });
  }
}
