export interface PagerDutyEvent {
  routingKey: string;
  action: "trigger" | "acknowledge" | "resolve";
  dedupKey: string;
  payload?: Record<string, unknown>;
  atMs: number;
}

/** The integration key of the lakehouse's service: 32 characters. */
export const PAGERDUTY_ROUTING_KEY = "0123456789abcdef0123456789abcdef";

/** PagerDuty's Events API as one service sees it: accepted events, oldest first. */
export class PagerDuty {
  readonly events: PagerDutyEvent[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Keeps an event. @param dedupKey undefined: one is made, as PagerDuty does for triggers. */
  accept(event: Omit<PagerDutyEvent, "dedupKey" | "atMs">, dedupKey: string | undefined): PagerDutyEvent {
    const made = dedupKey ?? `srv01/simulated${String(this.events.length + 1).padStart(20, "0")}`;
    const accepted = { ...event, dedupKey: made, atMs: this.#nowMs() };
    this.events.push(accepted);
    return accepted;
  }
}
