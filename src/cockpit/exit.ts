import type { CloseMode } from "../incident/contract.ts";
import { paragraph, type Row, seg } from "../panes/line.ts";
import type { HeldOpen } from "../state/store.ts";
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

/** The badge of begin-break-glass: what it holds is in this program, and not in AWS. */
const BREAK_GLASS_BADGE = "BREAK-GLASS";

/** What is left of what was done, and what leaving means for it. */
function stillTrue({ state, width, theme }: DialogContext): Row[] {
  const { heldOpen, run, incident, identity } = state;
  const running = run?.status === "running" ? run : undefined;
  if (heldOpen.length === 0 && !running) return [[seg("Nothing is held open.", "muted")], []];
  const line = (what: string, text: string) =>
    paragraph([seg(`${theme.glyphs.warn} ${what}: `, "warn")], text, width, "strong");
  const session = incident.breakGlass?.inUse && identity.isBreakGlass;
  const inAws = heldOpen.filter(({ badge }) => badge !== BREAK_GLASS_BADGE);
  const isWatched = inAws.some(({ guard }) => guard !== "none");
  const consequences = [
    ...(inAws.length > 0 ? ["It stays as it is, and z undoes it, also after mayday resume."] : []),
    ...(isWatched ? ["The watch over it ends with this program: nobody is told when somebody changes it back."] : []),
    ...(session
      ? ["The session of break-glass ends with this program: end it with z first, which keeps its CloudTrail."]
      : []),
  ];
  return [
    ...(running ? line("still running", running.title) : []),
    ...heldOpen.flatMap((held) => line("still in place", `${held.title}${heldWords(held)}`)),
    ...consequences.flatMap((text) => paragraph([seg("  ")], text, width, "warn")),
    [],
  ];
}

/** What break-glass still asks for: nobody leaves without having read it. */
function stillAsked({ state, width, theme }: DialogContext): Row[] {
  const { breakGlass } = state.incident;
  if (!breakGlass?.wasUsed) return [];
  const open = breakGlass.steps.filter(({ doneAtMs }) => doneAtMs === undefined);
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
      intro: (context) => [...stillAsked(context), ...stillTrue(context)],
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
