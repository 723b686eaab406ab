import type { Binding } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { closeDialog, type ListItem } from "./dialogs/dialog.ts";
import { listDialog } from "./dialogs/list.ts";
import { openAction } from "./flows.ts";
import { showKey } from "./keys.ts";
import { openDialog } from "./ui.ts";

const ACTION_PREFIX = "action ";

/** Finds commands and runbook actions by a few letters of their name. */
export function openPalette(controller: Controller): void {
  const commands = controller.bindings.filter((binding) => binding.palette && binding.run);
  const items: ListItem[] = [
    ...commands.map((binding) => commandItem(binding, controller)),
    ...controller.incident.actions().map((action) => ({
      id: ACTION_PREFIX + action.id,
      label: action.title,
      hint: "action",
      detail: action.description,
      disabledReason: action.disabledReason,
    })),
  ];
  openDialog(
    controller.ui,
    listDialog({
      kind: "palette",
      title: "Commands",
      items,
      empty: "No command has these letters.",
      searchable: true,
      verb: "do it",
      choose: (item) => {
        closeDialog(controller);
        if (item.id.startsWith(ACTION_PREFIX)) openAction(controller, item.id.slice(ACTION_PREFIX.length));
        else commands.find((binding) => binding.id === item.id)?.run?.(controller);
      },
    }),
  );
}

function commandItem(binding: Binding, controller: Controller): ListItem {
  return {
    id: binding.id,
    label: binding.description,
    hint: binding.keys.map(showKey).join(" "),
    detail: "",
    disabledReason: binding.disabled?.(controller),
  };
}
