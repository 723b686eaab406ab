import { type Binding, type BindingContext, contextsOf } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { editKey, insertText } from "./editor.ts";
import { type KeyName, showKey } from "./keys.ts";
import { MINIMUM_SIZE } from "./layout.ts";
import { say } from "./messages.ts";

/** The commands that work even while a dialog or a text field has the keys. */
const ALWAYS: readonly string[] = ["interrupt", "suspend"];

/** Takes one key to where it belongs: the two that always work, the prompt, the innermost dialog, or the pane's bindings. */
export function dispatchKey(controller: Controller, key: KeyName): void {
  const always = controller.bindings.find((binding) => ALWAYS.includes(binding.id) && binding.keys.includes(key));
  if (always) {
    always.run?.(controller);
    return;
  }
  const { columns, rows } = controller.terminal.size();
  // What cannot be seen must not be done: below the smallest size only Ctrl-C and Ctrl-Z work.
  if (columns < MINIMUM_SIZE.columns || rows < MINIMUM_SIZE.rows) return;
  if (controller.ui.getState().prompt) {
    promptKey(controller, key);
    return;
  }
  const dialog = controller.topDialog();
  if (dialog) {
    dialog.key(key, controller);
    return;
  }
  const { focus } = controller.ui.getState();
  for (const context of contextsOf(focus)) {
    const binding = find(controller, context, key);
    if (binding) {
      runBinding(controller, binding);
      return;
    }
  }
  const elsewhere = find(controller, "logs", key);
  if (elsewhere) say(controller, `${showKey(key)} works in the log pane: press 5 first.`);
}

/** Pasted text goes into the text field that has the focus; anywhere else it is not a command. */
export function dispatchPaste(controller: Controller, text: string): void {
  const { prompt } = controller.ui.getState();
  if (prompt) {
    controller.ui.setState({ prompt: { ...prompt, editor: insertText(prompt.editor, text) } });
    return;
  }
  const dialog = controller.topDialog();
  if (dialog?.paste) dialog.paste(text, controller);
  else say(controller, "Pasted text was ignored: no text field is open.", "warn");
}

function find(controller: Controller, context: BindingContext, key: KeyName): Binding | undefined {
  return controller.bindings.find(
    (binding) => binding.context === context && binding.keys.includes(key) && (binding.active?.(controller) ?? true),
  );
}

function runBinding(controller: Controller, binding: Binding): void {
  const reason = binding.disabled?.(controller);
  if (reason) say(controller, `${binding.description}: not now, ${reason}.`, "warn");
  else binding.run?.(controller);
}

function promptKey(controller: Controller, key: KeyName): void {
  const { prompt } = controller.ui.getState();
  if (!prompt) return;
  const command = controller.commandOf("input", key);
  if (command === "close") {
    controller.ui.setState({ prompt: null });
    return;
  }
  if (command === "submit") {
    controller.ui.setState({ prompt: null });
    prompt.apply(prompt.editor.text);
    return;
  }
  const edited = editKey(prompt.editor, key);
  if (edited) controller.ui.setState({ prompt: { ...prompt, editor: edited } });
}
