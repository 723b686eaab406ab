import { paragraph, type Row, seg } from "../panes/line.ts";
import { CONTEXT_TITLES, CONTEXTS } from "./binding.ts";
import type { Controller } from "./controller.ts";
import { textDialog } from "./dialogs/text.ts";
import { showKey } from "./keys.ts";
import { openDialog } from "./ui.ts";

/** All keys with what they do, from the binding table. */
export function openHelp(controller: Controller): void {
  openDialog(
    controller.ui,
    textDialog({
      kind: "help",
      title: "Help",
      rows: ({ width }) =>
        CONTEXTS.flatMap((context): Row[] => [
          ...(context === "global" ? [] : [[]]),
          [seg(CONTEXT_TITLES[context], "accent")],
          ...controller.bindings
            .filter((binding) => binding.context === context)
            .flatMap((binding) => {
              const keys = binding.keys.length > 0 ? binding.keys.map(showKey).join(" ") : ": palette";
              const reason = binding.disabled?.(controller);
              const text = reason ? `${binding.description} (not now: ${reason})` : binding.description;
              return paragraph([seg(`  ${keys.padEnd(14)} `, "key")], text, width, reason ? "muted" : "text");
            }),
        ]),
    }),
  );
}
