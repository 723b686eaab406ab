import { paragraph, seg } from "../panes/line.ts";
import type { Controller } from "./controller.ts";
import { textDialog } from "./dialogs/text.ts";
import { openDialog } from "./ui.ts";

/** Shows what the responder must read once (what resume found), and takes it away once it was read. */
export function openNotices(controller: Controller): void {
  const { notices } = controller.incident.store.getState();
  if (notices.length === 0 || controller.ui.getState().dialogs.some((dialog) => dialog.kind === "notices")) return;
  const shown = notices.map((notice) => notice.id);
  openDialog(
    controller.ui,
    textDialog({
      kind: "notices",
      title: "Read this first",
      tone: notices.some((notice) => notice.tone === "bad") ? "danger" : "normal",
      rows: ({ width, theme }) =>
        notices.flatMap((notice, index) => {
          const mark = { info: theme.glyphs.bullet, warn: theme.glyphs.warn, bad: theme.glyphs.bad }[notice.tone];
          const token = notice.tone === "info" ? "accent" : notice.tone;
          return [
            ...(index > 0 ? [[]] : []),
            ...paragraph([seg(`${mark} `, token)], notice.text, width, notice.tone === "info" ? "text" : token),
          ];
        }),
      closed: () => {
        for (const id of shown) controller.incident.dismissNotice(id);
      },
    }),
  );
}
