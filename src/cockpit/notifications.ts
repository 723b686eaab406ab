import { sanitizeLine, truncate } from "../base/text.ts";
import { isOpen } from "../state/escalation.ts";
import type { CockpitState } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { passThrough } from "./passthrough.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Notification centres show about so much, in columns. */
const LONGEST_TEXT = 120;

/**
 * Rings, and asks the responder's terminal for a desktop notification: OSC 9 (iTerm2, Windows Terminal, kitty and others) and OSC 777
 * (rxvt, VTE, foot and others). Both travel inside SSH and, wrapped, through tmux (with its `allow-passthrough`) and GNU screen; a
 * terminal that knows neither ignores them. The bell is no part of the wrapping: tmux and screen hand it on, and mark the window.
 */
export function notificationSequence(text: string, env: Environment): string {
  // The console of a Linux machine, and what is no terminal at all, would print them.
  if (env.TERM === "linux" || env.TERM === "dumb") return "\x07";
  // Semicolons separate the parts, and OSC 9 followed by a number means something else: the name comes first.
  const words = truncate(sanitizeLine(text).replaceAll(";", ","), LONGEST_TEXT);
  const osc9 = `\x1b]9;mayday: ${words}\x07`;
  const osc777 = `\x1b]777;notify;mayday;${words}\x07`;
  return `\x07${passThrough(osc9, env)}${passThrough(osc777, env)}`;
}

/** What has to be done now, by a key that is its own as long as it is due. */
export function dueNow({ communication, incident }: CockpitState, nowMs: number): Map<string, string> {
  const due = new Map<string, string>();
  const where = `${incident.severity} ${incident.title}`;
  for (const threshold of communication.thresholds) {
    if (isOpen(threshold, nowMs)) due.set(threshold.id, `${threshold.level} is due: ${threshold.why} (${where})`);
  }
  const { dueAtMs } = communication.updates;
  if (dueAtMs !== undefined && nowMs >= dueAtMs) due.set(`update ${dueAtMs}`, `status update is due (${where})`);
  return due;
}

/**
 * Notifies once of each thing that becomes due while the screen is open; what was due before is in the header. Looks at every second
 * that is drawn. Returns how to stop.
 */
export function notifyWhenDue(controller: Controller, env: Environment): () => void {
  const { store } = controller.incident;
  const due = () => dueNow(store.getState(), controller.moment().atMs);
  let known = due();
  return controller.ui.subscribe((ui, previous) => {
    if (ui.moment === previous.moment) return;
    const now = due();
    const fresh = [...now].filter(([key]) => !known.has(key)).map(([, text]) => text);
    known = now;
    if (fresh.length > 0) controller.terminal.write(notificationSequence(fresh.join("; "), env));
  });
}
