import { type Instance, render } from "ink";
import type { ClosedIncident, Incident } from "../incident/contract.ts";
import { createTheme } from "../panes/theme.ts";
import { App } from "./app.tsx";
import type { Binding } from "./binding.ts";
import { DEFAULT_BINDINGS } from "./bindings.ts";
import { createController, type Terminal } from "./controller.ts";
import { followHumanSteps } from "./dialogs/human.ts";
import { followSecrets } from "./dialogs/secret.ts";
import { measureNeeds } from "./needs.ts";
import { notifyWhenDue } from "./notifications.ts";
import { answerPrompts, type PromptSource } from "./prompts.ts";
import { Suspending } from "./suspending.tsx";
import { createUiStore } from "./ui.ts";

export interface CockpitOptions {
  stdin: NodeJS.ReadStream;
  /** Where frames go: a terminal, or a stream that stands before one. Its `columns`, `rows` and `resize` event are used. */
  stdout: NodeJS.WriteStream;
  /** True when `stdout` finds out by itself what changed: it is given whole frames. */
  wholeFrames?: boolean;
  /** Machine ms from a frame to the terminal's answer, where it is measured: moving text is drawn less often over a slow link. */
  roundTripMs?: () => number | undefined;
  /** Awaited before the terminal is given to the shell or another program. Must not reject. */
  beforeSuspend?: () => Promise<void>;
  /** False follows NO_COLOR. */
  colour: boolean;
  /** ASCII only: borders, marks and sparklines, and `?` for other characters. */
  ascii: boolean;
  /** The binding table; the default one when left out (see `applyKeyOverrides`). */
  bindings?: readonly Binding[];
  /** Ends the cockpit and restores the terminal when it aborts (SIGHUP, SIGTERM): the promise then resolves without `closed`. */
  signal?: AbortSignal;
  /** Logs in again (aws sso login) with the terminal for itself. Rejects when it did not work. Left out: not offered. */
  login?: () => Promise<void>;
  /** Questions that come up while the screen is open (MFA codes). */
  prompts?: PromptSource;
  /** Bell and desktop notification when something becomes due; left out: none. */
  notifications?: boolean;
  /** For OSC 52 through tmux and screen: TMUX, STY and TERM are read. */
  env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Draws an open incident until the responder leaves it, or `signal` aborts. The terminal is restored when it resolves; what
 * is for the responder to keep (paths of the post-mortem) is printed by the caller after that.
 * @returns `closed` when the incident was closed through the exit flow.
 * @throws what a component threw, with the terminal restored.
 */
export async function runCockpit(incident: Incident, options: CockpitOptions): Promise<{ closed?: ClosedIncident }> {
  const { stdin, stdout, signal, beforeSuspend = async () => {} } = options;
  if (signal?.aborted) return {};
  let closed: ClosedIncident | undefined;
  let instance: Instance | undefined;
  const suspending = new Suspending();
  const terminal: Terminal = {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (sequence) => stdout.write(sequence),
    roundTripMs: options.roundTripMs ?? (() => undefined),
    suspend: (work) => void beforeSuspend().then(() => suspending.request(work)),
  };
  const controller = createController({
    incident,
    ui: createUiStore(),
    bindings: options.bindings ?? DEFAULT_BINDINGS,
    theme: createTheme({ colour: options.colour, ascii: options.ascii }),
    terminal,
    env: options.env ?? process.env,
    login: options.login,
    finish: (result) => {
      closed = result;
      instance?.unmount();
    },
  });
  if (options.notifications === false) controller.ui.setState({ silent: true });
  // Before the first frame, so that it already stands where the next ones will.
  measureNeeds(controller);
  instance = render(<App controller={controller} suspending={suspending} />, {
    stdin,
    stdout,
    alternateScreen: true,
    interactive: true,
    maxFps: 60,
    patchConsole: false,
    exitOnCtrlC: false,
    incrementalRendering: !options.wholeFrames,
  });
  const stopNotifying = options.notifications && notifyWhenDue(controller, options.env ?? process.env);
  const { prompts } = options;
  const stopPrompts = answerPrompts(controller, prompts ? [incident.questions, prompts] : [incident.questions]);
  const stopHuman = followHumanSteps(controller);
  const stopSecrets = followSecrets(controller);
  const abort = () => instance.unmount();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await instance.waitUntilExit();
  } finally {
    if (stopNotifying) stopNotifying();
    stopPrompts();
    stopHuman();
    stopSecrets();
    signal?.removeEventListener("abort", abort);
  }
  return closed ? { closed } : {};
}
