import { Failure, failureDetail } from "../base/failure.ts";
import type { PromptSource } from "../cockpit/prompts.ts";
import type { ClosedIncident } from "../incident/contract.ts";
import type { OpenIncident } from "../incident/opened-incident.ts";
import { cellDifferenceTerminal } from "../terminal/cell-difference.ts";
import { EXIT } from "./exit.ts";
import { type OpeningScreen, wantsCellDifference } from "./opening-screen.ts";
import { terminalStyle } from "./terminal.ts";

/** Signals that end the program from outside; the number is 128 + the signal's own, as a shell reports it. */
const ENDING_SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;

/** A lost link or a shutdown leaves little time: the draft is given up after this many machine ms, the record is safe anyway. */
const ABANDON_TIMEOUT_MS = 5000;

export interface SessionOptions {
  /** Key bindings of the configuration, command to keys. */
  keys?: Readonly<Record<string, string | readonly string[]>>;
  /** False: no bell and no desktop notification when something becomes due. */
  notifications?: boolean;
  /** Logs in again with the terminal for itself; left out where there is nothing to log in to (the demo). */
  login?: () => Promise<void>;
  /** Where questions for an MFA code come from. */
  prompts?: PromptSource;
  /** What has been on the screen so far. */
  screen?: OpeningScreen | undefined;
}

/** The code of the screen. Called early without waiting, it loads while the record is opened. */
export function loadCockpit() {
  return Promise.all([
    import("../cockpit/run.tsx"),
    import("../cockpit/key-overrides.ts"),
    import("../cockpit/bindings.ts"),
  ]);
}

/**
 * Shows an open incident full screen until it is left, the process is told to end, or something breaks; restores the terminal, then
 * prints what is left behind. Returns the exit code.
 */
export async function runSession(incident: OpenIncident, options: SessionOptions): Promise<number> {
  const [{ runCockpit }, { applyKeyOverrides }, { DEFAULT_BINDINGS }] = await loadCockpit();
  const { bindings, problems } = applyKeyOverrides(DEFAULT_BINDINGS, options.keys ?? {});
  if (problems.length > 0) {
    await incident.release();
    throw new Failure({
      kind: "invalid",
      what: "key bindings",
      why: problems.join("; "),
      next: "Correct keys in mayday.yaml; docs/keys.md lists commands and keys.",
    });
  }
  const unmount = new AbortController();
  let ending: { reason: "signal" | "crash"; detail: string; code: number } | undefined;
  const end = (reason: "signal" | "crash", detail: string, code: number) => {
    ending ??= { reason, detail, code };
    unmount.abort();
  };
  const signalListeners = Object.entries(ENDING_SIGNALS).map(([signal, code]) => {
    const listener = () => end("signal", signal, code);
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  const onCrash = (error: unknown) => end("crash", failureDetail(error, "mayday").why, EXIT.failed);
  process.on("uncaughtException", onCrash);
  process.on("unhandledRejection", onCrash);

  const layer = options.screen?.handOver() ?? (wantsCellDifference() ? cellDifferenceTerminal(process) : undefined);
  let closed: ClosedIncident | undefined;
  try {
    ({ closed } = await runCockpit(incident, {
      ...(layer
        ? {
            stdin: layer.stdin,
            stdout: layer.stdout,
            wholeFrames: true,
            beforeSuspend: layer.drain,
            roundTripMs: () => layer.roundTripMs,
          }
        : { stdin: process.stdin, stdout: process.stdout }),
      ...terminalStyle(process.env),
      bindings,
      notifications: options.notifications ?? true,
      ...(options.login ? { login: options.login } : {}),
      ...(options.prompts ? { prompts: options.prompts } : {}),
      signal: unmount.signal,
    }));
  } catch (error) {
    onCrash(error);
  }
  await layer?.drain();
  if (!closed) {
    const { reason, detail } = ending ?? { reason: "crash" as const, detail: "the screen ended" };
    closed = await withTimeout(incident.abandon(reason, detail), ABANDON_TIMEOUT_MS);
  }
  for (const remove of signalListeners) remove();
  process.off("uncaughtException", onCrash);
  process.off("unhandledRejection", onCrash);

  process.stdout.write(farewell(incident, closed, ending?.detail));
  return ending?.code ?? EXIT.ok;
}

/** What is printed for the user to keep, after the terminal is its own again. */
function farewell(incident: OpenIncident, closed: ClosedIncident | undefined, ending: string | undefined): string {
  const lines = [`mayday: incident ${incident.id}${ending ? ` ended by ${ending}` : ""}`];
  for (const file of closed?.files ?? []) lines.push(`  ${file.label.padEnd(20)} ${file.path}`);
  if (closed && closed.heldOpen.length > 0) {
    lines.push("  STILL HELD OPEN, and nobody guards it any more:");
    for (const held of closed.heldOpen) lines.push(`    - ${held}`);
  }
  if (!closed) lines.push(`  the record is in ${incident.folder}`);
  lines.push(`  back into it:        mayday resume ${incident.id}`);
  return `${lines.join("\n")}\n`;
}

async function withTimeout<T>(promise: Promise<T>, durationMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), durationMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } catch (error) {
    process.stderr.write(`mayday: the end could not be recorded: ${failureDetail(error, "record").why}\n`);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
