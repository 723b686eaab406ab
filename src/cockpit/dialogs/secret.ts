import type { ShownSecret } from "../../incident/secret-screen.ts";
import { paragraph, seg } from "../../panes/line.ts";
import type { Controller } from "../controller.ts";
import { say } from "../messages.ts";
import { openDialog } from "../ui.ts";
import { closeDialog, type Dialog, scrollBy } from "./dialog.ts";

/**
 * Shows a secret once. It is only in this closure until the responder has it; it cannot be copied by a key, because a clipboard keeps
 * it, and closing asks for `y`, because it cannot be had again.
 */
function secretDialog(secret: ShownSecret): Dialog {
  let shown: ShownSecret | undefined = secret;
  return {
    kind: "secret",
    title: secret.title,
    tone: "danger",
    scroll: 0,
    hints: [{ command: "dialog.confirm", label: "I have it: hide it for good" }],
    content: ({ width }) => ({
      head: [...paragraph([], secret.explanation, width), []],
      rows: (shown?.lines ?? []).flatMap((line) => paragraph([], line, width, "strong")),
      foot: [[], [seg("y", "key"), seg(" I have it: hide it for good. It cannot be shown again.")]],
    }),
    key(key, controller) {
      const command = controller.commandOf("dialog", key);
      if (command === "confirm") {
        const { seen } = secret;
        shown = undefined;
        closeDialog(controller);
        seen();
        return;
      }
      const top = controller.topDialog();
      if (top && scrollBy(top, command, controller)) return;
      if (command === "close") say(controller, "Press y once you have it: it cannot be shown again.", "warn");
    },
    dismissed() {
      shown = undefined;
    },
  };
}

/** Shows secrets as they come up. Returns how to stop. */
export function followSecrets(controller: Controller): () => void {
  return controller.incident.secrets.subscribe((secret) => {
    const shown = secretDialog(secret);
    openDialog(controller.ui, shown);
    return () =>
      controller.ui.setState(({ dialogs }) => ({ dialogs: dialogs.filter(({ kind }) => kind !== shown.kind) }));
  });
}
