import type { CockpitState, HeldOpen } from "../state/store.ts";

import { loginCommand } from "./login.ts";

export interface Banner {
  tone: "banner" | "caution";
  text: string;
}

/** Whether calls are made as the emergency user now. */
export const isBreakGlass = ({ incident, identity }: CockpitState): boolean =>
  incident.breakGlass?.inUse === true || identity.isBreakGlass === true;

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
    out.push({ tone: "banner", text: `${failure.what}: ${failure.why} ${failure.next}` });
  if (state.clock.warning) out.push({ tone: "caution", text: `CLOCK: ${state.clock.warning}` });
  return out;
}
