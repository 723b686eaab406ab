import { sanitizeLine } from "../../base/text.ts";

/** What Terraform writes into a lock, in its own members and spelling: `terraform force-unlock ID` reads it. */
export interface LockInfo {
  ID: string;
  Operation: string;
  Info: string;
  Who: string;
  Version: string;
  /** ISO 8601. */
  Created: string;
  Path: string;
}

/** A lock that somebody holds. */
export interface HeldLock {
  /** Exactly as it stands there. */
  text: string;
  /** As far as it could be read; text from outside is made safe to draw. */
  info: LockInfo;
  /** Of the lock object, for S3's own locks. */
  etag?: string;
}

/** The lock in this text. What is no LockInfo is held all the same, by somebody unknown. */
export function heldLock(text: string, etag?: string): HeldLock {
  let found: Partial<Record<keyof LockInfo, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) found = parsed;
  } catch {
    // Somebody wrote something else there: then its members are unknown.
  }
  const member = (name: keyof LockInfo) => {
    const value = found[name];
    return typeof value === "string" ? sanitizeLine(value).slice(0, 200) : "";
  };
  const info = {
    ID: member("ID"),
    Operation: member("Operation"),
    Info: member("Info"),
    Who: member("Who"),
    Version: member("Version"),
    Created: member("Created"),
    Path: member("Path"),
  };
  return { text, info, ...(etag ? { etag } : {}) };
}

/** Who holds it, since when and for what, in a line. */
export function describeLock({ info }: HeldLock): string {
  const { Who, Created, Operation, ID, Info } = info;
  const since = Created ? Created.replace(/(\d\d:\d\d:\d\d)\.\d+/, "$1") : "an unknown time";
  const why = Info ? ` (${Info})` : "";
  return `${Who || "somebody unknown"} since ${since}, operation ${Operation || "unknown"}${why}, lock ID ${ID || "unknown"}`;
}
