import type { Controller } from "./controller.ts";

const SECOND_MS = 1000;
/** A timer may fire a little early: it aims this much behind the beginning of the second, machine ms. */
const MARGIN_MS = 5;

/**
 * Sets the moment that is drawn at the beginning of every second, and takes away what was said long enough. Where simulated time runs
 * faster, every machine second. Returns how to stop.
 */
export function keepTime(controller: Controller): () => void {
  const { ui } = controller;
  const { clock } = controller.incident;
  let timer: NodeJS.Timeout;
  const turn = () => {
    const atMs = clock.now();
    const monotonicMs = clock.monotonic();
    const { message } = ui.getState();
    const isOver = message !== null && message.untilMonotonicMs <= monotonicMs;
    ui.setState({ moment: { atMs, monotonicMs }, ...(isOver ? { message: null } : {}) });
    timer = setTimeout(turn, clock.speed > 1 ? SECOND_MS : SECOND_MS - (atMs % SECOND_MS) + MARGIN_MS);
  };
  turn();
  return () => clearTimeout(timer);
}
