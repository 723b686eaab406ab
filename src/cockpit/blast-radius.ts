import type { Controller } from "./controller.ts";
import { BLAST_RADIUS, type BlastRadiusChoice, blastRadiusDialog, withChanges } from "./dialogs/blast-radius.ts";
import { closeDialog } from "./dialogs/dialog.ts";
import { prepare } from "./flows.ts";
import { openDialog } from "./ui.ts";

/** The environments of the Terraform template (docs/lakehouse-deployment.md), after the incident's own. */
const environmentsFrom = (own: string): string[] => [...new Set([own, "dev", "staging", "prod"])];

/** Asks what is affected, with what live data proposes ticked; what was said before stays ticked too. */
export function openBlastRadius(controller: Controller): void {
  const { incident, ui } = controller;
  const { environment, blastRadius } = incident.store.getState().incident;
  const { now, withChanges: later } = incident.suggestBlastRadius();
  const environments = environmentsFrom(environment);
  const suggested = now.filter(({ isSuggested }) => isSuggested).map(({ component }) => component);
  const proposed: ReadonlySet<string> = new Set(blastRadius?.components ?? suggested);
  const choice: BlastRadiusChoice = {
    suggestions: now,
    chosen: proposed,
    index: 0,
    environments,
    environment: Math.max(0, environments.indexOf(blastRadius?.environment ?? environment)),
    changes: "reading",
  };
  const submit = (values: Record<string, string>) => {
    closeDialog(controller);
    prepare(controller, "Blast radius", () => incident.prepare("blast-radius", values));
  };
  // What turned out to be broken since the dialog was opened is ticked as well, as long as nobody has chosen anything.
  const tickedAnew = (later: BlastRadiusChoice): BlastRadiusChoice => {
    if (blastRadius || later.chosen !== proposed) return later;
    const broken = later.suggestions.filter(({ isSuggested }) => isSuggested).map(({ component }) => component);
    return { ...later, chosen: new Set(broken) };
  };
  openDialog(ui, blastRadiusDialog(choice, submit));
  void withChanges(later).then((known) => {
    // The dialog may have been changed or closed meanwhile.
    const { dialogs } = ui.getState();
    ui.setState({
      dialogs: dialogs.map((dialog) =>
        dialog.kind === BLAST_RADIUS && "choice" in dialog
          ? blastRadiusDialog(tickedAnew({ ...(dialog.choice as BlastRadiusChoice), ...known }), submit)
          : dialog,
      ),
    });
  });
}
