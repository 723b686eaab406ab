// Primary result codes of SQLite: https://www.sqlite.org/rescode.html. An extended code has its primary one in the low byte.
const BUSY = 5;
const LOCKED = 6;
const REASONS = new Map<number, string>([
  [3, "permission denied"],
  [8, "the record is read-only"],
  [10, "the disk cannot be read or written"],
  [11, "the record is damaged"],
  [13, "the disk is full"],
  [14, "the record cannot be opened"],
  [26, "the file is not a record: it is not a SQLite database"],
]);

function primaryCode(error: unknown): number | undefined {
  if (error instanceof Error && "errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  return undefined;
}

/** True when another process or connection holds the database: waiting helps. */
export function isLocked(error: unknown): boolean {
  const code = primaryCode(error);
  return code === BUSY || code === LOCKED;
}

/** Why the record cannot be used, in one sentence for the responder. */
export function storageReason(error: unknown): string {
  if (isLocked(error)) return "another process holds the record's database";
  const reason = REASONS.get(primaryCode(error) ?? -1);
  const message = error instanceof Error ? error.message : String(error);
  return reason ? `${reason} (${message})` : message;
}
