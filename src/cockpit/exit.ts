import type { CloseMode } from "../incident/contract.ts";
import { paragraph, type Row, seg } from "../panes/line.ts";
import type { HeldOpen, RunView } from "../state/store.ts";
import type { Controller } from "./controller.ts";
import { closeDialog, type DialogContext } from "./dialogs/dialog.ts";
import { listDialog } from "./dialogs/list.ts";
import { busyDialog } from "./dialogs/text.ts";
import { failTop } from "./flows.ts";
import { say } from "./messages.ts";
import { openDialog, replaceTop } from "./ui.ts";

const CHOICES: { id: CloseMode | "cancel"; label: string; detail: string }[] = [
  { id: "cancel", label: "Stay", detail: "Back to the incident." },
  { id: "resolved", label: "Resolved", detail: "The incident is over. Writes the post-mortem and closes the record." },
  {
    id: "handover",
    label: "Hand over",
    detail: "Somebody else takes over with mayday resume. Writes a post-mortem draft.",
  },
  {
    id: "suspended",
    label: "Suspend, keep it open",
    detail: "You come back later with mayday resume. Writes a post-mortem draft.",
  },
];

/** Its badge, and what is wrong with it. */
function heldWords({ badge, guard }: HeldOpen): string {
  const state = guard === "broken" ? "BROKEN" : guard === "unknown" ? "not known whether it holds" : "";
  const words = [badge, state].filter((text) => text !== "");
  return words.length > 0 ? ` (${words.join(", ")})` : "";
}

function stillTrue(heldOpen: readonly HeldOpen[], run: RunView | null, { width, theme }: DialogContext): Row[] {
  const running = run?.status === "running" ? run : undefined;
  if (heldOpen.length === 0 && !running) return [[seg("Nothing is held open.", "muted")], []];
  const rows: Row[] = [];
  if (running)
    rows.push(...paragraph([seg(`${theme.glyphs.warn} still running: `, "warn")], running.title, width, "strong"));
  for (const held of heldOpen) {
    rows.push(
      ...paragraph(
        [seg(`${theme.glyphs.warn} still in place: `, "warn")],
        `${held.title}${heldWords(held)}`,
        width,
        "strong",
      ),
    );
  }
  if (heldOpen.length > 0) {
    const watch = heldOpen.some(({ badge }) => badge !== "")
      ? " The watch ends with this program: nobody will be told when somebody changes it."
      : "";
    rows.push(...paragraph([seg("  ")], `What is in place stays as it is.${watch} z undoes it.`, width, "warn"));
  }
  return [...rows, []];
}

/** What break-glass still asks for: nobody leaves without having read it. */
function stillAsked({ state, width, theme }: DialogContext): Row[] {
  const open = (state.incident.breakGlass?.steps ?? []).filter(({ doneAtMs }) => doneAtMs === undefined);
  return open.flatMap(({ text }) =>
    paragraph([seg(`${theme.glyphs.warn} break-glass asks for: `, "warn")], text, width, "strong"),
  );
}

/** How does it end? Says what is still in place; the default is to stay. */
export function openExit(controller: Controller): void {
  if (controller.ui.getState().dialogs.some((dialog) => dialog.kind === "exit" || dialog.kind === "closing")) return;
  openDialog(
    controller.ui,
    listDialog({
      kind: "exit",
      title: "Leave the incident?",
      intro: (context) => [...stillAsked(context), ...stillTrue(context.state.heldOpen, context.state.run, context)],
      items: CHOICES,
      empty: "",
      searchable: false,
      verb: "choose",
      choose: (item) => {
        if (item.id === "cancel") return closeDialog(controller);
        const mode = CHOICES.find((choice) => choice.id === item.id)?.id;
        if (mode && mode !== "cancel") leave(controller, mode);
      },
    }),
  );
}

function leave(controller: Controller, mode: CloseMode): void {
  if (controller.incident.store.getState().run?.status === "running") {
    say(controller, "An action is still running: wait for it, or stop it with Ctrl-C first.", "warn");
    return;
  }
  replaceTop(controller.ui, {
    ...busyDialog("Leaving", "Saving the record and writing the post-mortem."),
    kind: "closing",
  });
  controller.incident.close(mode).then(
    (closed) => controller.finish(closed),
    (error: unknown) => failTop(controller, error, "closing the incident"),
  );
}
