import { whyAndNext } from "../base/failure.ts";
import type { CockpitState } from "../state/store.ts";

import { loginCommand } from "./login.ts";

export interface Banner {
  tone: "banner" | "caution";
  text: string;
}

/** Whether calls are made as the emergency user now. */
export const isBreakGlass = ({ incident, identity }: CockpitState): boolean =>
  incident.breakGlass?.inUse === true || identity.isBreakGlass === true;

/** What must not be overlooked, the worst first, a line each. */
export function banners(state: CockpitState): Banner[] {
  const out: Banner[] = [];
  for (const held of state.heldOpen) {
    if (held.guard === "broken")
      out.push({ tone: "banner", text: `CONTAINMENT BROKEN: ${held.message ?? held.badge}` });
  }
  if (isBreakGlass(state)) {
    const { breakGlass } = state.incident;
    const who = breakGlass?.inUse ? ` (${breakGlass.people.join(" and ")})` : "";
    const end = breakGlass?.inUse ? "z ends it" : ": break-glass shows what it asks for";
    out.push({
      tone: "banner",
      text: `BREAK-GLASS${who}: every call is made as ${breakGlass?.principal ?? state.identity.caller ?? "the emergency user"}, who may do anything; ${end}`,
    });
  }
  if (state.recorder.status === "failed") {
    const { reason = "unknown reason", allowsUnsaved } = state.recorder;
    const changes = allowsUnsaved
      ? "you ALLOWED changes to AWS: what is done is lost if this program ends now"
      : "changes to AWS are refused (: allow overrides)";
    out.push({ tone: "banner", text: `RECORD NOT WRITTEN: ${reason}; ${changes}` });
  }
  const command = loginCommand(state);
  if (command)
    out.push({ tone: "banner", text: `CREDENTIALS EXPIRED: ${command} in another shell, or : log in again` });
  const { failure } = state.identity;
  if (failure && failure.kind !== "expired")
    out.push({ tone: "banner", text: `${failure.what}: ${whyAndNext(failure)}` });
  if (state.clock.warning) out.push({ tone: "caution", text: `CLOCK: ${state.clock.warning}` });
  return out;
}
