import type { CockpitState } from "../state/store.ts";

import { loginCommand } from "./login.ts";

export interface Banner {
  tone: "banner" | "caution";
  text: string;
}

/** What must not be overlooked, the worst first, a line each. */
export function banners(state: CockpitState): Banner[] {
  const out: Banner[] = [];
  for (const held of state.heldOpen) {
    if (held.guard === "broken")
      out.push({ tone: "banner", text: `CONTAINMENT BROKEN: ${held.message ?? held.badge}` });
  }
  if (state.recorder.status === "failed") {
    out.push({
      tone: "banner",
      text: `RECORD NOT WRITTEN: ${state.recorder.reason ?? "unknown reason"}; changes to AWS are refused (: allow overrides)`,
    });
  }
  const command = loginCommand(state);
  if (command)
    out.push({ tone: "banner", text: `CREDENTIALS EXPIRED: ${command} in another shell, or : log in again` });
  const { failure } = state.identity;
  if (failure && failure.kind !== "expired")
    out.push({ tone: "banner", text: `${failure.what}: ${failure.why} ${failure.next}` });
  if (state.clock.warning) out.push({ tone: "caution", text: `CLOCK: ${state.clock.warning}` });
  return out;
}
