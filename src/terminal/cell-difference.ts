import { type Clock, systemClock } from "../base/clock.ts";
import { TerminalInput } from "./input.ts";
import { TerminalOutput } from "./output.ts";
import { Pacing } from "./pacing.ts";

/** A terminal that is drawn on cell by cell, at its own pace. */
export interface CellDifferenceTerminal {
  /** What is typed, without the terminal's answers. */
  stdin: NodeJS.ReadStream;
  /** Where Ink writes its frames (not incremental ones). */
  stdout: NodeJS.WriteStream;
  /**
   * Resolves when the terminal has answered all that it was asked (a second at most) and raw mode is what was asked for.
   * Nothing is asked from then on, until the alternate screen is entered again.
   */
  drain(): Promise<void>;
  /** Machine ms from a frame to its answer, the quickest of the last few; undefined before the first. */
  readonly roundTripMs: number | undefined;
}

/**
 * Stands before a terminal: writes only the cells of a frame that changed, at most two frames ahead of what the terminal has
 * answered; of those that wait only the newest. A terminal that never answers is written to without waiting, after 1.5 s.
 * Await `drain` before the terminal is given away, or an answer is typed into the shell.
 */
export function cellDifferenceTerminal(options: {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  clock?: Clock;
  /** Somebody entered the alternate screen already. */
  alternate?: boolean;
}): CellDifferenceTerminal {
  const clock = options.clock ?? systemClock();
  const output: TerminalOutput = new TerminalOutput(options.stdout, () => pacing, options.alternate ?? false);
  const pacing = new Pacing(clock, () => output.flush());
  const input = new TerminalInput(options.stdin, pacing, clock);
  return {
    // Both have every member of a terminal's streams that Ink uses: its type asks for those of a file descriptor too.
    stdin: input as unknown as NodeJS.ReadStream,
    stdout: output as unknown as NodeJS.WriteStream,
    drain: () => {
      pacing.pause();
      return input.settled();
    },
    get roundTripMs() {
      return pacing.roundTripMs;
    },
  };
}
