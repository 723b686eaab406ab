import { sanitizeLine } from "../base/text.ts";
import type { Controller } from "./controller.ts";
import type { Message } from "./ui.ts";

/** Long enough to be read once, in ms of machine time. */
const SHOWN_FOR_MS = 6000;

/** Says one line in the footer. */
export function say(controller: Controller, text: string, tone: Message["tone"] = "info"): void {
  const untilMonotonicMs = controller.incident.clock.monotonic() + SHOWN_FOR_MS;
  controller.ui.setState({ message: { text: sanitizeLine(text), tone, untilMonotonicMs } });
}
