import { randomInt } from "node:crypto";
import * as z from "zod";
import type { ActionDefinition, JobStep, Step } from "../contract.ts";
import { PREREQUISITE_OPERATIONS, prerequisites } from "./check.ts";
import { breakGlassUser } from "./principal.ts";

const parameters = z.object({
  reason: z.string().min(3).describe("Why the normal roles do not do"),
  scope: z.string().min(3).describe("What is going to be done with it, and nothing else"),
  second: z.string().min(2).describe("The second authorized person, by name; they confirm from their own login"),
  session: z
    .enum(["ask", "current"])
    .default("ask")
    .describe("ask: you type the key and an MFA code here; current: mayday runs as break-glass already"),
});

/** The second person may have to be woken, machine ms. */
const CONFIRM_BOX_MS = 60 * 60_000;
const SESSION_BOX_MS = 15 * 60_000;
const TRAIL_BOX_MS = 120_000;

/**
 * Break-glass with two people: the second confirms from their own login on this host, then the session begins, with its credentials in
 * memory only. Undone by ending it, which also collects what CloudTrail has on the principal.
 */
export const beginBreakGlass: ActionDefinition<z.infer<typeof parameters>> = {
  id: "begin-break-glass",
  title: "Break glass: act as the emergency user",
  description:
    "Two named people, a reason and a scope. The session's credentials stay in memory; every call is recorded; it ends with its CloudTrail, a rotation and a reviewer.",
  runbook: "Break-Glass Access > Procedure",
  tier: "name",
  parameters,
  operations: [...PREREQUISITE_OPERATIONS, "sts:GetSessionToken", "sts:GetCallerIdentity"],
  async prepare(context, { reason, scope, second, session }) {
    const user = breakGlassUser(context.deployment);
    const { facts, checks } = await prerequisites(context);
    const principal = facts.user ?? user;
    const requestId = newRequestId();
    const requested = { requestId, principal, by: context.operator, reason, scope, second };
    const steps: Step[] = [
      {
        kind: "record",
        id: "requested",
        title: "Ask for it",
        entry: { kind: "break-glass.requested", payload: requested },
      },
      confirmStep(requestId, { ...requested, account: context.accountId, incident: context.incident.title }),
      {
        kind: "record",
        id: "confirmed",
        title: "The second person's confirmation is on record",
        entry: {
          kind: "break-glass.confirmed",
          // The values are the job's, put in when it has run.
          payload: { requestId, by: { $ref: "second.output.by" }, uid: { $ref: "second.output.uid" } } as never,
        },
      },
      sessionStep(user, session, facts["MFA device"]?.split(", ")[0] ?? ""),
      {
        kind: "record",
        id: "opened",
        title: "Break-glass is in use",
        entry: {
          kind: "break-glass.opened",
          payload: { requestId, principal, expiresAtMs: { $ref: "session.output.expiresAtMs" } } as never,
        },
        undo: [
          trailStep(user, requestId, context.clock.now()),
          endStep(),
          {
            kind: "record",
            id: "ended",
            title: "Break-glass is over",
            entry: { kind: "break-glass.ended", payload: { requestId, by: context.operator } },
          },
        ],
      },
    ];
    return {
      facts: { reason, scope, ...facts, code: requestId },
      checks,
      plan: {
        actionId: beginBreakGlass.id,
        title: `Break glass as ${user}: ${reason}`,
        parameters: { reason, scope, second, session },
        tier: "name",
        resourceName: user,
        effects: [
          `From then on every call of this cockpit is made as ${user}, who may do anything in the account${session === "ask" ? ", for an hour at most" : ""}.`,
          `${second} runs on this host, from their own login: mayday confirm ${requestId}`,
        ],
        caveats: [
          "The person at this keyboard could confirm from a second login of their own: that two people agreed is shown by two accounts of this host, not proved.",
          ...(session === "ask"
            ? ["The session is in the memory of this program only: it is lost when that ends."]
            : []),
          "Afterwards: end it (z), document the actions in the incident channel, rotate the key, name a reviewer. The post-mortem asks for each.",
        ],
        undoing: {
          effects: [
            session === "ask"
              ? "From then on calls are made again with the credentials that the cockpit was started with."
              : `Break-glass counts as ended; this cockpit goes on as ${user}, as it was started: leave it and start it anew.`,
            "What is still asked for then: the actions in the incident channel, the rotation of the key, a reviewer (: break-glass).",
          ],
        },
        steps,
        verify: null,
        // Nothing to watch in AWS: the badge stays until it is ended.
        guard: { badge: "BREAK-GLASS", brokenMessage: "", watches: [] },
      },
    };
  },
};

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** Two groups of four, without letters that are mistaken for others: said over the phone. */
function newRequestId(): string {
  const group = () => Array.from({ length: 4 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  return `${group()}-${group()}`;
}

const confirmStep = (requestId: string, request: Record<string, string>): JobStep => ({
  kind: "job",
  id: "second",
  title: `${request.second} confirms: mayday confirm ${requestId}`,
  job: "second-person",
  input: { requestId, request },
  operations: [],
  boxMs: CONFIRM_BOX_MS,
  essential: true,
});

const sessionStep = (user: string, session: "ask" | "current", serial: string): JobStep => ({
  kind: "job",
  id: "session",
  title: session === "ask" ? `Begin an MFA session as ${user}` : `See that the caller is ${user}`,
  job: "break-glass-session",
  input: { user, session, serial },
  operations: ["sts:GetSessionToken", "sts:GetCallerIdentity"],
  boxMs: SESSION_BOX_MS,
  essential: true,
});

const trailStep = (user: string, requestId: string, fromMs: number): JobStep => ({
  kind: "job",
  id: "trail",
  title: `Keep what CloudTrail has on ${user}`,
  job: "break-glass-trail",
  input: { user, requestId, fromMs },
  operations: ["cloudtrail:LookupEvents"],
  boxMs: TRAIL_BOX_MS,
  essential: false,
});

const endStep = (): JobStep => ({
  kind: "job",
  id: "end",
  title: "Forget the session's credentials",
  job: "break-glass-end",
  input: {},
  operations: [],
  boxMs: SESSION_BOX_MS,
  essential: true,
});
