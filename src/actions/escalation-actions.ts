import * as z from "zod";
import { Failure } from "../base/failure.ts";
import type { JsonObject } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";
import type { RecordDraft } from "../record/entries.ts";
import type { ActionDefinition, EscalationStep, PrepareContext, Prepared } from "./contract.ts";
import { MESSAGE_OPERATIONS, messagePlan } from "./messages.ts";
import { recordPlan } from "./record-plan.ts";

const RUNBOOK = "Monitoring Escalation > Escalation Path";

/** The thresholds of a level that wait for an answer; when none is due yet, the one that its time will bring. */
function meant(context: PrepareContext, level: EscalationStep["level"]): EscalationStep[] {
  const steps = context.communication.escalations.filter((step) => step.level === level);
  const open = steps.filter(({ isOpen }) => isOpen);
  return open.length > 0 ? open : steps.filter(({ threshold }) => threshold === level);
}

function theOne(context: PrepareContext, level: EscalationStep["level"]): EscalationStep {
  const [step] = meant(context, level);
  if (step) return step;
  const why = "the record has no opening entry to count from";
  throw new Failure({ kind: "invalid", what: `escalation ${level}`, why, next: "Open the incident again." });
}

const escalateParameters = z.object({
  level: z.enum(["L2", "L3"]).describe("L2 platform team lead, L3 engineering director and security"),
  text: z.string().default("").describe("The message (empty: the draft from the record)"),
  to: z.string().default("").describe("Only some of pagerduty, slack, sns, separated by commas (empty: all)"),
});

/** Tells the next level why it is needed; the threshold counts as done once somebody has the message. */
export const escalate: ActionDefinition<z.infer<typeof escalateParameters>> = {
  id: "escalate",
  title: "Escalate to the next level",
  description: "L2 after 1 hour or on suspected data loss, L3 after 4 hours, on a security incident or a data breach.",
  runbook: RUNBOOK,
  tier: "yes",
  message: true,
  parameters: escalateParameters,
  operations: MESSAGE_OPERATIONS,
  async prepare(context, { level, text, to }) {
    const step = theOne(context, level);
    const title = `Escalate ${level} to the ${step.role}`;
    return messagePlan(context, { actionId: escalate.id, title, about: "escalation", text, to, escalates: step });
  },
};

const doneParameters = z.object({
  level: z.enum(["L2", "L3"]).describe("L2 platform team lead, L3 engineering director and security"),
  how: z.string().default("told them by hand").describe("Whom you told and how"),
});

/** The level was told by hand: on the telephone, or across the desk. */
export const escalationDone: ActionDefinition<z.infer<typeof doneParameters>> = {
  id: "escalation-done",
  title: "Escalation done by hand",
  description: "You told the level yourself: stops its clock, and goes to the post-mortem.",
  runbook: RUNBOOK,
  tier: "none",
  parameters: doneParameters,
  operations: [],
  async prepare(context, { level, how }) {
    const { threshold, role } = theOne(context, level);
    const payload = { threshold, level, by: context.operator, how: sanitizeLine(how) };
    const title = `Escalation ${level} (${role}) done`;
    return recordPlan(escalationDone, title, { level, how }, { kind: "escalation.done", payload });
  },
};

const declineParameters = z.object({
  level: z.enum(["L1", "L2", "L3"]).describe("Which proposal is declined"),
  reason: z.string().min(1).describe("Why it is not needed now; goes to the post-mortem"),
});

/** The proposal is answered with no, and why. */
export const declineEscalation: ActionDefinition<z.infer<typeof declineParameters>> = {
  id: "decline-escalation",
  title: "Decline an escalation",
  description: "The proposal is answered with no; a new reason to escalate is proposed again.",
  runbook: RUNBOOK,
  tier: "none",
  parameters: declineParameters,
  operations: [],
  async prepare(context, { level, reason }): Promise<Prepared> {
    const why = sanitizeLine(reason).trim();
    if (why === "")
      throw new Failure({ kind: "invalid", what: "reason", why: "the text is empty", next: "Write at least a word." });
    const entries = meant(context, level).map(
      ({ threshold }): RecordDraft => ({
        kind: "escalation.declined",
        payload: { threshold, level, by: context.operator, reason: why },
      }),
    );
    return recordPlan(declineEscalation, `Escalation ${level} declined`, { level, reason: why } as JsonObject, entries);
  },
};

const flagParameters = z.object({
  flag: z
    .enum(["suspected-data-loss", "security-incident", "data-breach"])
    .describe("What it turned out to be: makes L2 (data loss) or L3 due at once"),
  reason: z.string().default("").describe("What makes you think so"),
  withdraw: z.enum(["no", "yes"]).default("no").describe("yes takes it back"),
});

/** The responder's judgement that more people must know at once. */
export const flagIncident: ActionDefinition<z.infer<typeof flagParameters>> = {
  id: "flag",
  title: "Suspected data loss, security incident or data breach",
  description: "Your judgement: data loss makes L2 due at once, a security incident or a breach L3.",
  runbook: RUNBOOK,
  tier: "none",
  parameters: flagParameters,
  operations: [],
  async prepare(context, { flag, reason, withdraw }) {
    const raised = withdraw === "no";
    const payload = { flag, raised, reason: sanitizeLine(reason), by: context.operator };
    const title = `${flag.replaceAll("-", " ")}${raised ? "" : ": taken back"}`;
    return recordPlan(flagIncident, title, { flag, reason, withdraw }, { kind: "incident.flag", payload });
  },
};
