import { failureDetail } from "../base/failure.ts";
import type { CockpitState } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { failureDialog } from "./dialogs/text.ts";
import { say } from "./messages.ts";
import { openDialog } from "./ui.ts";

const SOURCES = ["services", "containers", "targets", "alarms", "metrics", "logs"] as const;

/**
 * The command that brings credentials back, when they ran out: the one that the failure names (with the profile), or plain
 * `aws sso login`. Undefined while they work.
 */
export function loginCommand(state: CockpitState): string | undefined {
  const failures = [
    state.identity.failure,
    ...SOURCES.map((name) => state[name]).map((source) =>
      source.status === "failed" || source.status === "denied" ? source.failure : undefined,
    ),
  ];
  const expired = failures.find((failure) => failure?.kind === "expired");
  return expired && (/aws sso login[^),;]*/.exec(expired.next)?.[0].trim() ?? "aws sso login");
}

/** Gives the terminal to the login and asks AWS for everything once it is done. */
export function logIn(controller: Controller): void {
  const { login } = controller;
  if (!login) return;
  controller.terminal.suspend(async () => {
    try {
      await login();
      controller.incident.refresh();
      say(controller, "Logged in; asking AWS for everything now.");
    } catch (error) {
      openDialog(controller.ui, failureDialog(failureDetail(error, "logging in again")));
    }
  });
}
