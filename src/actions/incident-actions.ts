import * as z from "zod";
import { Failure } from "../base/failure.ts";
import { sanitizeLine, sanitizeText } from "../base/text.ts";
import type { Severity } from "../record/entries.ts";
import type { ActionDefinition, PrepareContext } from "./contract.ts";
import { recordPlan } from "./record-plan.ts";

function required(text: string, what: string): string {
  const clean = sanitizeText(text).trim();
  if (clean === "")
    throw new Failure({ kind: "invalid", what, why: "the text is empty", next: "Write at least a word." });
  return clean;
}

const noteParameters = z.object({ text: z.string().describe("What you saw, decided or did") });

/** Writes a free note to the timeline. */
export const addNote: ActionDefinition<z.infer<typeof noteParameters>> = {
  id: "note",
  title: "Add a note to the timeline",
  description: "What you saw, decided or did, in your own words.",
  runbook: "Incident Response > Post-Mortem Template",
  tier: "none",
  parameters: noteParameters,
  operations: [],
  async prepare(_context, { text }) {
    const clean = required(text, "note");
    return recordPlan(
      addNote,
      `Note: ${sanitizeLine(clean)}`,
      { text: clean },
      { kind: "incident.note", payload: { text: clean } },
    );
  },
};

const severityParameters = z.object({
  severity: z.enum(["P1", "P2", "P3"]).describe("P1 outage or data loss, P2 degraded, P3 minor"),
  reason: z.string().default("").describe("Why it changes"),
});

/** Changes the severity; the post-mortem keeps its history. */
export const setSeverity: ActionDefinition<z.infer<typeof severityParameters>> = {
  id: "severity",
  title: "Set the severity",
  description: "P1, P2 or P3; the history goes to the post-mortem.",
  runbook: "Incident Response > Post-Mortem Template",
  tier: "none",
  parameters: severityParameters,
  operations: [],
  async prepare(context, { severity, reason }) {
    const previous = context.incident.severity;
    return recordPlan(
      setSeverity,
      `Severity ${previous} -> ${severity}`,
      { severity, reason },
      {
        kind: "incident.severity",
        payload: { severity: severity as Severity, previous, reason: sanitizeLine(reason) },
      },
    );
  },
};

const titleParameters = z.object({ title: z.string().describe("A short description of what is broken") });

/** Names the incident. */
export const setTitle: ActionDefinition<z.infer<typeof titleParameters>> = {
  id: "title",
  title: "Set the incident's title",
  description: "A short description; it heads the screen and the post-mortem.",
  runbook: "Incident Response > Post-Mortem Template",
  tier: "none",
  parameters: titleParameters,
  operations: [],
  async prepare(context, { title }) {
    const clean = sanitizeLine(required(title, "title"));
    return recordPlan(
      setTitle,
      `Title: ${clean}`,
      { title: clean },
      { kind: "incident.title", payload: { title: clean, previous: context.incident.title } },
    );
  },
};

const noParameters = z.object({});

/** Stops the L1 clock: the on-call engineer has taken the alert (runbook, Escalation Path: within 15 minutes). */
export const acknowledge: ActionDefinition<z.infer<typeof noParameters>> = {
  id: "acknowledge",
  title: "Acknowledge the incident",
  description: "Stops the L1 clock (15 minutes from detection).",
  runbook: "Monitoring Escalation > Escalation Path",
  tier: "none",
  parameters: noParameters,
  operations: [],
  async prepare(context) {
    onceOnly(context, "acknowledged", context.incident.acknowledgedAtMs);
    return recordPlan(
      acknowledge,
      "Acknowledge the incident",
      {},
      {
        kind: "incident.acknowledged",
        payload: { by: context.operator, atMs: context.clock.now() },
      },
    );
  },
};

const containedParameters = z.object({
  how: z.string().default("").describe("What contained it (empty: the containment in place)"),
});

/** The responder's judgement that the harm has stopped spreading. */
export const markContained: ActionDefinition<z.infer<typeof containedParameters>> = {
  id: "mark-contained",
  title: "Mark the incident as contained",
  description: "Your judgement that the harm no longer spreads; stakeholders are told from here on.",
  runbook: "Incident Response > Communication",
  tier: "none",
  parameters: containedParameters,
  operations: [],
  async prepare(context, { how }) {
    onceOnly(context, "contained", context.incident.containedAtMs);
    return recordPlan(
      markContained,
      "Mark the incident as contained",
      { how },
      {
        kind: "incident.contained",
        payload: { by: context.operator, atMs: context.clock.now(), how: sanitizeText(how).trim() },
      },
    );
  },
};

const resolvedParameters = z.object({
  resolution: z.string().describe("What fixed it; becomes the post-mortem's Resolution"),
});

/** The responder's judgement that service is back. */
export const markResolved: ActionDefinition<z.infer<typeof resolvedParameters>> = {
  id: "mark-resolved",
  title: "Mark the incident as resolved",
  description: "Your judgement that service is back, and what fixed it.",
  runbook: "Incident Response > Post-Mortem Template",
  tier: "none",
  parameters: resolvedParameters,
  operations: [],
  async prepare(context, { resolution }) {
    onceOnly(context, "resolved", context.incident.resolvedAtMs);
    const clean = required(resolution, "resolution");
    return recordPlan(
      markResolved,
      "Mark the incident as resolved",
      { resolution: clean },
      {
        kind: "incident.resolved",
        payload: { by: context.operator, atMs: context.clock.now(), resolution: clean },
      },
    );
  },
};

function onceOnly(context: PrepareContext, what: string, atMs: number | undefined): void {
  if (atMs === undefined) return;
  throw new Failure({
    kind: "invalid",
    what: `mark as ${what}`,
    why: `the incident was ${what} at ${new Date(atMs).toISOString().slice(11, 16)} UTC already`,
    next: `Write a note (n) if that has changed; incident ${context.incident.id} keeps its first time.`,
  });
}
