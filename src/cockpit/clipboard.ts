import { passThrough } from "./passthrough.ts";

/** Terminals refuse or cut longer OSC 52 strings; xterm's own limit is near 100 000 base64 bytes. */
const LONGEST_TEXT_BYTES = 74_000;

/**
 * The escape sequence that puts `text` on the clipboard of the responder's own machine (OSC 52), wrapped so that it passes
 * through tmux and GNU screen. It draws nothing and does not move the cursor.
 * @throws RangeError when the text is longer than terminals accept.
 */
export function clipboardSequence(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength > LONGEST_TEXT_BYTES) throw new RangeError(`longer than ${LONGEST_TEXT_BYTES} bytes`);
  const osc = `\x1b]52;c;${bytes.toString("base64")}\x07`;
  return passThrough(osc, env);
}
