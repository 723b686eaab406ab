import { PANE_IDS, PANE_TITLES } from "../panes/pane.ts";
import type { Binding } from "./binding.ts";
import { openBlastRadius } from "./blast-radius.ts";
import { openPalette } from "./command-palette.ts";
import { allowUnsaved, back, cancel, cycle, focus, toggleReadOnly, toggleTimeZone, writeHandover } from "./commands.ts";
import { diagnoseEverything, openDiagnoses } from "./diagnose.ts";
import { breakGlassDialog } from "./dialogs/break-glass.ts";
import { commandLogDialog } from "./dialogs/command-log.ts";
import { objectivesDialog } from "./dialogs/objectives.ts";
import { openEscalation } from "./escalation.ts";
import { openFindings } from "./findings.ts";
import { openAction, openActions, openUndoLedger, showRun } from "./flows.ts";
import { openHelp } from "./help.ts";
import { interrupt } from "./interrupt.ts";
import { togglePause } from "./log-motion.ts";
import { askFilter, askSearch } from "./log-prompts.ts";
import { logIn } from "./login.ts";
import { say } from "./messages.ts";
import { openStatusUpdate } from "./messaging.ts";
import { pauseProblem, togglePauseRun } from "./pause-run.ts";
import { openDialog } from "./ui.ts";

const panes: Binding[] = PANE_IDS.map((pane, index) => ({
  id: `focus-${pane}`,
  context: "global",
  keys: [String(index + 1)],
  description: `Go to the ${PANE_TITLES[pane]} pane`,
  palette: true,
  run: (controller) => focus(controller, pane),
}));

/** Commands that work everywhere outside dialogs. */
export const GLOBAL_BINDINGS: readonly Binding[] = [
  {
    id: "actions",
    context: "global",
    keys: ["a"],
    description: "Choose a runbook action; its plan is shown before anything runs",
    footer: { label: "actions", order: 1 },
    palette: true,
    run: openActions,
  },
  {
    id: "diagnose",
    context: "global",
    keys: ["d"],
    description: "Diagnose: all checks at once, read only, ending in ranked verdicts with their fixes",
    footer: { label: "diagnose", order: 1.5 },
    palette: true,
    run: diagnoseEverything,
  },
  {
    id: "diagnoses",
    context: "global",
    keys: ["D"],
    description: "Choose a diagnosis; those that fit what is red come first",
    palette: true,
    run: openDiagnoses,
  },
  {
    id: "note",
    context: "global",
    keys: ["n"],
    description: "Write a note to the timeline",
    footer: { label: "note", order: 4 },
    palette: true,
    run: (controller) => openAction(controller, "note"),
  },
  {
    id: "severity",
    context: "global",
    keys: ["s"],
    description: "Set the severity",
    footer: { label: "severity", order: 10 },
    palette: true,
    run: (controller) => openAction(controller, "severity"),
  },
  {
    id: "update",
    context: "global",
    keys: ["u"],
    description: "Write the status update that is due every 30 minutes; it is shown before it goes out",
    footer: { label: "update", order: 4.5 },
    palette: true,
    run: openStatusUpdate,
  },
  {
    id: "escalation",
    context: "global",
    keys: ["e"],
    description: "Escalate: what is due on the escalation path, with its message",
    footer: { label: "escalate", order: 9.5 },
    palette: true,
    run: openEscalation,
  },
  {
    id: "handover",
    context: "global",
    keys: [],
    description: "Write the handover brief into the incident's folder",
    palette: true,
    run: writeHandover,
  },
  {
    id: "title",
    context: "global",
    keys: [],
    description: "Set the incident's title",
    palette: true,
    run: (controller) => openAction(controller, "title"),
  },
  {
    id: "acknowledge",
    context: "global",
    keys: [],
    description: "Acknowledge the incident: stops the L1 clock",
    palette: true,
    run: (controller) => openAction(controller, "acknowledge"),
  },
  {
    id: "blast-radius",
    context: "global",
    keys: ["b"],
    description: "Say what is affected; live data proposes it",
    footer: { label: "blast radius", order: 8 },
    palette: true,
    run: openBlastRadius,
  },
  {
    id: "rto",
    context: "global",
    keys: ["o"],
    description: "RTO/RPO board: the time that each component has left, and the ways to recover it",
    footer: { label: "RTO", order: 9 },
    palette: true,
    run: (controller) => openDialog(controller.ui, objectivesDialog()),
  },
  {
    id: "break-glass",
    context: "global",
    keys: [],
    description: "Break-glass: the procedure's steps, and what is still asked for",
    palette: true,
    disabled: (controller) =>
      controller.incident.store.getState().incident.breakGlass ? undefined : "break-glass was not used; a begins it",
    run: (controller) => openDialog(controller.ui, breakGlassDialog()),
  },
  {
    id: "undo",
    context: "global",
    keys: ["z"],
    description: "What is held open, and undo it",
    footer: { label: "undo", order: 5 },
    palette: true,
    run: openUndoLedger,
  },
  {
    id: "view-run",
    context: "global",
    keys: ["v"],
    description: "Show the action that runs, or the last one",
    palette: true,
    disabled: (controller) => (controller.incident.store.getState().run ? undefined : "no action has run yet"),
    run: showRun,
  },
  {
    id: "pause-run",
    context: "global",
    keys: ["P"],
    description: "Pause an export or recovery that runs, or go on",
    palette: true,
    disabled: (controller) => pauseProblem(controller.incident.store.getState().run),
    run: togglePauseRun,
  },
  {
    id: "command-log",
    context: "global",
    keys: ["@"],
    description: "Every call that was sent to AWS, as aws lines",
    footer: { label: "aws calls", order: 9 },
    palette: true,
    run: (controller) => openDialog(controller.ui, commandLogDialog()),
  },
  {
    id: "search",
    context: "global",
    keys: ["/"],
    description: "Search the log",
    footer: { label: "search", order: 6 },
    palette: true,
    run: askSearch,
  },
  {
    id: "filter",
    context: "global",
    keys: ["&"],
    description: "Show only log lines that contain a text; empty shows all",
    footer: { label: "filter", order: 11 },
    palette: true,
    run: askFilter,
  },
  {
    id: "pause",
    context: "global",
    keys: ["space"],
    description: "Pause the log, or follow it again",
    footer: { label: "pause", order: 7 },
    palette: true,
    run: togglePause,
  },
  {
    id: "refresh",
    context: "global",
    keys: ["r"],
    description: "Ask AWS for everything now",
    palette: true,
    run: (controller) => {
      controller.incident.refresh();
      say(controller, "Asking AWS for everything now.");
    },
  },
  {
    id: "time-zone",
    context: "global",
    keys: ["T"],
    description: "Show times in UTC, or in this machine's time zone; the record stays in UTC",
    palette: true,
    run: toggleTimeZone,
  },
  {
    id: "findings",
    context: "global",
    keys: [],
    description: "Findings: where the runbook and this deployment disagree, as the account shows it now",
    palette: true,
    run: openFindings,
  },
  {
    id: "login",
    context: "global",
    keys: [],
    description: "Log in again (aws sso login); the screen comes back when it is done",
    palette: true,
    disabled: (controller) => (controller.login ? undefined : "this session has no profile to log in with"),
    run: logIn,
  },
  {
    id: "read-only",
    context: "global",
    keys: [],
    description: "Switch read-only mode on or off",
    palette: true,
    run: toggleReadOnly,
  },
  {
    id: "allow-unsaved",
    context: "global",
    keys: [],
    description: "Allow actions although the record cannot be written",
    palette: true,
    disabled: (controller) =>
      controller.incident.store.getState().recorder.status === "failed" ? undefined : "the record is being written",
    run: allowUnsaved,
  },
  ...panes,
  {
    id: "next-pane",
    context: "global",
    keys: ["tab"],
    description: "Go to the next pane",
    footer: { label: "pane", order: 8 },
    run: (controller) => cycle(controller, 1),
  },
  {
    id: "previous-pane",
    context: "global",
    keys: ["shift+tab"],
    description: "Go to the previous pane",
    run: (controller) => cycle(controller, -1),
  },
  {
    id: "zoom",
    context: "global",
    keys: ["+", "enter"],
    description: "Give the pane the whole screen, with details",
    footer: { label: "zoom", order: 12 },
    palette: true,
    run: (controller) => controller.ui.setState({ zoomed: true }),
  },
  {
    id: "unzoom",
    context: "global",
    keys: ["_"],
    description: "Back to all panes",
    palette: true,
    run: (controller) => controller.ui.setState({ zoomed: false }),
  },
  {
    id: "help",
    context: "global",
    keys: ["?"],
    description: "This help",
    footer: { label: "help", order: 0 },
    palette: true,
    run: openHelp,
  },
  {
    id: "palette",
    context: "global",
    keys: [":"],
    description: "Find a command by its name",
    footer: { label: "palette", order: 3 },
    run: openPalette,
  },
  {
    id: "cancel",
    context: "global",
    keys: ["esc"],
    description: "Take back the innermost thing; never leaves, never confirms",
    fixed: true,
    run: cancel,
  },
  {
    id: "quit",
    context: "global",
    keys: ["q"],
    description: "Back; at the top: leave the incident, with a choice of how",
    footer: { label: "leave", order: 2 },
    palette: true,
    run: back,
  },
  {
    id: "interrupt",
    context: "global",
    keys: ["ctrl+c"],
    description: "Stop what is running after its present step; twice within 2 s: leave",
    fixed: true,
    run: interrupt,
  },
  {
    id: "suspend",
    context: "global",
    keys: ["ctrl+z"],
    description: "Back to the shell for a moment (fg returns)",
    fixed: true,
    run: (controller) => controller.terminal.suspend(),
  },
];
