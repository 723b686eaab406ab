import type { Pluggable } from "@smithy/types";
import { Failure } from "../base/failure.ts";
import { operationOf } from "./operations.ts";

/** What the gates look at; the layer owns it. */
export interface GateState {
  readOnly: boolean;
  pinnedAccountId: string | undefined;
  /** The last identity that STS confirmed, and the key it was confirmed for. */
  confirmed: { accountId: string; accessKeyId: string } | undefined;
  currentAccessKeyId(): Promise<string>;
}

/**
 * The gates as a client plugin: they sit in the client's own middleware, so that no way of sending a command passes them by. A command
 * that is not known as a read counts as a mutation.
 */
export function gatePlugin(service: string, state: GateState): Pluggable<object, object> {
  return {
    applyToStack: (stack) => {
      stack.add(
        (next, context) => async (call) => {
          const operation = String(context.commandName ?? "").replace(/Command$/, "");
          await admitCall(service, operation, state);
          return next(call);
        },
        { name: "maydayGates", step: "initialize", priority: "high" },
      );
    },
  };
}

/** Lets a read pass, and a mutation only into the incident's own account outside of read-only mode. Rejects with a Failure of kind refused. */
export async function admitCall(service: string, operation: string, state: GateState): Promise<void> {
  if (operationOf(service, operation)?.access !== "read") await refuseMutation(service, operation, state);
}

async function refuseMutation(service: string, operation: string, state: GateState): Promise<void> {
  const what = `${service}:${operation}`;
  if (state.readOnly) {
    throw new Failure({
      kind: "refused",
      what,
      why: "read-only mode is on, and this call is not known to be a read",
      next: "Nothing was sent. Turn read-only mode off (palette, or without --read-only) if you mean to change something.",
    });
  }
  const { pinnedAccountId, confirmed } = state;
  // People are told also while STS cannot be asked or the credentials have run out: that is when it matters most.
  const mayBeUnknown = operationOf(service, operation)?.tellsPeople === true;
  if (mayBeUnknown && (pinnedAccountId === undefined || confirmed === undefined)) return;
  if (pinnedAccountId === undefined || confirmed === undefined) {
    throw new Failure({
      kind: "refused",
      what,
      why: "it is not known yet which account the credentials belong to",
      next: "Nothing was sent. sts:GetCallerIdentity must succeed first; the header shows why it did not.",
    });
  }
  if (confirmed.accountId !== pinnedAccountId) {
    throw otherAccount(what, confirmed.accountId, pinnedAccountId, "Nothing was sent. ");
  }
  if (mayBeUnknown) return;
  if ((await state.currentAccessKeyId()) !== confirmed.accessKeyId) {
    throw new Failure({
      kind: "refused",
      what,
      why: "the credentials changed since the caller was last confirmed",
      next: "Nothing was sent. Prepare the action again: the new caller is confirmed first.",
    });
  }
}

/** The refusal of another account than the incident's. @param lead what comes before what to do next. */
export function otherAccount(what: string, accountId: string, pinnedAccountId: string, lead = ""): Failure {
  return new Failure({
    kind: "refused",
    what,
    why: `the credentials belong to account ${accountId}, this incident is pinned to ${pinnedAccountId}`,
    next: `${lead}Log in to the incident's account, or open another incident for the other one.`,
  });
}
