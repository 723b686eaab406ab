type Environment = Readonly<Record<string, string | undefined>>;

/** An escape sequence for the responder's own terminal, wrapped so that it passes through tmux and GNU screen. */
export function passThrough(sequence: string, env: Environment): string {
  if (env.TMUX) return `\x1bPtmux;${sequence.replaceAll("\x1b", "\x1b\x1b")}\x1b\\`;
  if (env.STY || env.TERM?.startsWith("screen")) return screenChunks(sequence);
  return sequence;
}

/** GNU screen takes at most 768 bytes per device control string: longer sequences go in pieces that it puts together. */
function screenChunks(sequence: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < sequence.length; at += 700) pieces.push(`\x1bP${sequence.slice(at, at + 700)}\x1b\\`);
  return pieces.join("");
}
