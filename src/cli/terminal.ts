import { Failure } from "../base/failure.ts";

/** The smallest terminal that the cockpit draws in. */
export const MINIMUM_COLUMNS = 40;
export const MINIMUM_ROWS = 10;

/**
 * Makes sure that a full-screen program can run here. Throws a Failure that says what to do when standard input or output is no
 * terminal, or the terminal cannot place the cursor.
 */
export function requireTerminal(what: string): void {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    const stream = process.stdin.isTTY ? "standard output" : "standard input";
    throw new Failure({
      kind: "invalid",
      what,
      why: `${stream} is not a terminal`,
      next: "Run it in a terminal (with ssh: ssh -t HOST mayday ...), or use mayday run, list and postmortem, which need none.",
    });
  }
  if (process.env.TERM === "dumb") {
    throw new Failure({
      kind: "invalid",
      what,
      why: "TERM is dumb: this terminal cannot place the cursor",
      next: "Set TERM to what your terminal is (often xterm-256color), or use mayday run.",
    });
  }
}

/** What the terminal can show, from the environment alone: chalk must know before it loads. */
export function terminalStyle(environment: NodeJS.ProcessEnv): { colour: boolean; ascii: boolean } {
  const colour = (environment.NO_COLOR ?? "") === "";
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  const ascii = environment.TERM === "linux" || (locale !== "" && !/utf-?8/i.test(locale));
  return { colour, ascii };
}

/** chalk 6 ignores NO_COLOR and looks at CI: tell it before the first import of Ink. */
export function prepareColour(environment: NodeJS.ProcessEnv): void {
  environment.FORCE_COLOR = terminalStyle(environment).colour ? "3" : "0";
}
