import type { Binding } from "./binding.ts";

const dialog = (command: string, keys: readonly string[], description: string, fixed = false): Binding => ({
  id: `dialog.${command}`,
  context: "dialog",
  keys,
  description,
  fixed,
});

const input = (command: string, keys: readonly string[], description: string, fixed = false): Binding => ({
  id: `input.${command}`,
  context: "input",
  keys,
  description,
  fixed,
});

/** Commands that the open dialog carries out. */
export const DIALOG_BINDINGS: readonly Binding[] = [
  dialog("down", ["j", "down"], "Down"),
  dialog("up", ["k", "up"], "Up"),
  dialog("page-down", ["pagedown", "space"], "One page down"),
  dialog("page-up", ["pageup"], "One page up"),
  dialog("top", ["g", "home"], "To the top"),
  dialog("end", ["G", "end"], "To the end"),
  dialog("choose", ["enter"], "Choose; never confirms a plan", true),
  dialog(
    "confirm",
    ["y"],
    "Confirm a plan that asks for y; send a message; in the command log and a diagnosis: copy the lines",
    true,
  ),
  dialog("decline", ["n"], "Say that a step of yours cannot be done; skip a message, decline an escalation", true),
  dialog("tick", ["x"], "Tick or untick (blast radius); so does Space"),
  dialog("environment", ["tab"], "The next environment (blast radius)"),
  dialog("copy-lines", ["c"], "Copy the aws lines of a plan, the line of the command log, or a message"),
  dialog("edit", ["e"], "Change the text of a message"),
  dialog("again", ["r"], "Write the draft of a message anew; ask a diagnosis again; set a broken containment again"),
  dialog("by-hand", ["d"], "Acknowledge, or say that the level was told by hand (escalation)"),
  dialog("pin", ["p"], "Pin the verdict of a diagnosis to the timeline"),
  dialog("others", ["o"], "Other diagnoses"),
  dialog("tell", ["t"], "Tell a diagnosis what only you know: a pasted alert, who is refused what"),
  dialog("pause", ["P"], "Pause an export or recovery that runs, or go on (action view)"),
  dialog("evidence", ["E"], "Collect evidence before what the plan destroys, or knowingly skip it"),
  dialog("toggle", ["m"], "Changes only, or all calls (command log)"),
  dialog("close", ["esc", "q"], "Back; nothing is done", true),
  input("submit", ["enter"], "Go on; confirms a plan only when the name is typed in full", true),
  input("next", ["tab"], "Next field"),
  input("previous", ["shift+tab"], "Previous field"),
  input("down", ["down"], "Next line or field"),
  input("up", ["up"], "Previous line or field"),
  input("page-down", ["pagedown"], "Scroll down"),
  input("page-up", ["pageup"], "Scroll up"),
  input("left", ["left"], "Cursor or choice to the left", true),
  input("right", ["right"], "Cursor or choice to the right", true),
  input("erase", ["backspace"], "Erase the character before the cursor", true),
  input("erase-word", ["ctrl+w"], "Erase the word before the cursor", true),
  input("erase-line", ["ctrl+u"], "Erase everything before the cursor", true),
  input("close", ["esc"], "Back; nothing is done", true),
];
