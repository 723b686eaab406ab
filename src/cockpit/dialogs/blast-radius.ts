import { failureDetail } from "../../base/failure.ts";
import type { Suggestion } from "../../incident/blast-radius.ts";
import { cell, paragraph, type Row, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { say } from "../messages.ts";
import { replaceTop } from "../ui.ts";
import { closeDialog, type Dialog, type DialogContext } from "./dialog.ts";

/** What the responder has chosen so far, and what is known. */
export interface BlastRadiusChoice {
  suggestions: readonly Suggestion[];
  /** The components that are ticked. */
  chosen: ReadonlySet<string>;
  index: number;
  /** The incident's own first. */
  environments: readonly string[];
  environment: number;
  /** CloudTrail's part: being read, read, or why it could not be. */
  changes: "reading" | "read" | { failed: string };
}

export const BLAST_RADIUS = "blast-radius";

/** The parts with what speaks for each; those that are broken are ticked. Enter writes the choice to the record, and nowhere else. */
export function blastRadiusDialog(
  choice: BlastRadiusChoice,
  submit: (values: Record<string, string>, controller: Controller) => void,
): Dialog & { choice: BlastRadiusChoice } {
  const { suggestions, chosen, index, environments, environment, changes } = choice;
  const put = (controller: Controller, next: Partial<BlastRadiusChoice>) =>
    replaceTop(controller.ui, blastRadiusDialog({ ...choice, ...next }, submit));
  const selected = suggestions[index];
  return {
    choice,
    kind: BLAST_RADIUS,
    title: "Blast radius: what is affected?",
    tone: "normal",
    scroll: 0,
    hints: [
      { command: "dialog.down", label: "move" },
      { command: "dialog.tick", label: "tick" },
      { command: "dialog.environment", label: "environment" },
      { command: "dialog.choose", label: "record it" },
      { command: "dialog.close", label: "back" },
    ],
    content: (context) => ({
      head: [[cell("Environment", 13, context.theme, "muted"), seg(environments[environment] ?? "", "strong")], []],
      list: {
        items: suggestions.map(({ component, label, reasons, isSuggested }) => ({
          id: component,
          label: `${chosen.has(component) ? "[x]" : "[ ]"} ${label}`,
          hint: isSuggested ? "broken" : reasons.length > 0 ? "see below" : "",
          detail: "",
        })),
        index,
      },
      rows: reasonRows(selected, context),
      foot: [[], changesRow(changes)],
    }),
    key(key, controller) {
      switch (controller.commandOf("dialog", key)) {
        case "down":
          return put(controller, { index: (index + 1) % suggestions.length });
        case "up":
          return put(controller, { index: (index + suggestions.length - 1) % suggestions.length });
        case "tick":
        case "page-down":
          return put(controller, { chosen: toggled(chosen, selected?.component) });
        case "environment":
          return put(controller, { environment: (environment + 1) % environments.length });
        case "choose":
          return record(controller);
        case "close":
          return closeDialog(controller);
      }
    },
  };

  function record(controller: Controller): void {
    const ticked = suggestions.filter(({ component }) => chosen.has(component));
    if (ticked.length === 0) {
      say(controller, "Nothing is ticked: x ticks a part.", "warn");
      return;
    }
    const reasons = ticked.filter(({ isSuggested }) => isSuggested).flatMap((suggestion) => suggestion.reasons);
    const values = {
      components: ticked.map(({ component }) => component).join(","),
      environment: environments[environment] ?? "",
      // The action's parameter separates reasons by semicolons.
      reasons: reasons.map((reason) => reason.replaceAll(";", ",")).join("; "),
    };
    submit(values, controller);
  }
}

/** The choice with what CloudTrail says, or why it says nothing; what is ticked stays. */
export async function withChanges(later: Promise<Suggestion[]>): Promise<Partial<BlastRadiusChoice>> {
  try {
    return { suggestions: await later, changes: "read" };
  } catch (error) {
    const { why, missingPermission } = failureDetail(error, "cloudtrail:LookupEvents");
    return { changes: { failed: missingPermission ? `needs ${missingPermission}` : why } };
  }
}

function toggled(chosen: ReadonlySet<string>, component: string | undefined): ReadonlySet<string> {
  const next = new Set(chosen);
  if (component !== undefined && !next.delete(component)) next.add(component);
  return next;
}

function reasonRows(suggestion: Suggestion | undefined, { width, theme }: DialogContext): Row[] {
  if (!suggestion) return [];
  const names = paragraph([], suggestion.names, width, "muted");
  if (suggestion.reasons.length === 0) return [[], ...names, [seg("Nothing that is measured speaks for it.", "muted")]];
  return [
    [],
    ...names,
    ...suggestion.reasons.flatMap((reason) =>
      paragraph([seg(`${theme.glyphs.bullet} `, "muted")], reason, width, suggestion.isSuggested ? "text" : "muted"),
    ),
  ];
}

function changesRow(changes: BlastRadiusChoice["changes"]): Row {
  if (changes === "reading") return [seg("CloudTrail is being read for who changed what in the last hour.", "muted")];
  if (changes === "read") return [seg("Changes of the last hour are shown as far as CloudTrail has them.", "muted")];
  return [seg(`Who changed what is not known: ${changes.failed}`, "warn")];
}
