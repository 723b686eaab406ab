/** The terminal of this session, for the record. */
export function ttyName(): string {
  return process.env.SSH_TTY ?? (process.stdin.isTTY ? "terminal" : "none");
}
