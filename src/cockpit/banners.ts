import { formatUtcTime } from "../base/duration.ts";
import { whyAndNext } from "../base/failure.ts";
import type { CockpitState, HeldOpen } from "../state/store.ts";
import { loginCommand } from "./login.ts";

export interface Banner {
  tone: "banner" | "caution";
  text: string;
}

/** Whether calls of this cockpit are made as the emergency user now. */
export const isBreakGlass = ({ identity }: CockpitState): boolean => identity.isBreakGlass === true;

/** Who acts as the emergency user, and how it ends: what matters first, because a narrow screen cuts the rest. */
function breakGlassBanner(state: CockpitState): Banner | undefined {
  const { breakGlass } = state.incident;
  const inUse = breakGlass?.inUse === true;
  const people = inUse ? ` (${breakGlass.people.join(" and ")})` : "";
  if (!isBreakGlass(state)) {
    if (!inUse) return undefined;
    const text = `BREAK-GLASS is on record as in use${people}, but this cockpit has no session of it: it was lost, or another one has it. z ends it`;
    return { tone: "caution", text };
  }
  const who = state.identity.caller ?? "the emergency user";
  if (inUse && state.identity.failure?.kind === "expired")
    return {
      tone: "banner",
      text: `BREAK-GLASS session has run out: calls fail. z ends it, begin-break-glass begins another`,
    };
  const until =
    inUse && breakGlass.untilMs !== undefined ? ` until ${formatUtcTime(breakGlass.untilMs).slice(0, 5)}` : "";
  const end = inUse ? "z ends it" : ": break-glass shows what it asks for";
  return { tone: "banner", text: `BREAK-GLASS${until}: every call is made as ${who}; ${end}${people}` };
}

/** What is broken and by whom come first: a narrow screen cuts the rest. */
function brokenText({ badge, message, by }: HeldOpen, { identity }: CockpitState): string {
  // A principal of this account by its name; of another one the account matters most.
  const own = new RegExp(`^arn:[^:]+:(?:iam|sts)::${identity.accountId}:(?:assumed-role/|role/)?`);
  const who = by ? `, by ${by.replace(own, "")}` : "";
  return `CONTAINMENT BROKEN (z): ${badge}${who}${message ? `; ${message}` : ""}`;
}

/** What must not be overlooked, the worst first, a line each. */
export function banners(state: CockpitState): Banner[] {
  const out: Banner[] = [];
  for (const held of state.heldOpen) {
    if (held.guard === "broken") out.push({ tone: "banner", text: brokenText(held, state) });
  }
  const breakGlass = breakGlassBanner(state);
  if (breakGlass) out.push(breakGlass);
  if (state.recorder.status === "failed") {
    const { reason = "unknown reason", allowsUnsaved } = state.recorder;
    const changes = allowsUnsaved
      ? "you ALLOWED changes to AWS: what is done is lost if this program ends now"
      : "changes to AWS are refused (: allow overrides)";
    out.push({ tone: "banner", text: `RECORD NOT WRITTEN: ${reason}; ${changes}` });
  }
  const command = loginCommand(state);
  // A new login does not bring the session of break-glass back: its own banner says what does.
  if (command && !(isBreakGlass(state) && state.incident.breakGlass?.inUse))
    out.push({ tone: "banner", text: `CREDENTIALS EXPIRED: ${command} in another shell, or : log in again` });
  const { failure } = state.identity;
  if (failure && failure.kind !== "expired")
    out.push({ tone: "banner", text: `${failure.what}: ${whyAndNext(failure)}` });
  if (state.clock.warning) out.push({ tone: "caution", text: `CLOCK: ${state.clock.warning}` });
  return out;
}
