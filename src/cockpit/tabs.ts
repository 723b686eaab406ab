import { paint, type Row, rowWidth, seg } from "../panes/line.ts";
import { type Attention, PANE_IDS, PANE_TITLES, type PaneId } from "../panes/pane.ts";
import type { Theme, Token } from "../panes/theme.ts";
import type { CockpitState } from "../state/store.ts";
import { attentionOf } from "./table-panes.ts";

const TOKENS: Readonly<Record<Attention, Token>> = { none: "muted", unknown: "warn", warn: "warn", bad: "bad" };

function markOf(attention: Attention, { glyphs }: Theme): string {
  return { none: "", unknown: glyphs.unknown, warn: glyphs.warn, bad: glyphs.bad }[attention];
}

/** The panes with their keys, one line: the present one reversed, those that need attention marked. Names go when narrow. */
export function tabLine(state: CockpitState, focus: PaneId, width: number, monotonicMs: number, theme: Theme): string {
  const attentions = PANE_IDS.map((pane) => attentionOf(pane, state, monotonicMs));
  const row = (names: boolean): Row =>
    PANE_IDS.flatMap((pane, index) => {
      const attention = attentions[index] ?? "none";
      const isFocused = pane === focus;
      const name = names || isFocused ? ` ${PANE_TITLES[pane]}` : "";
      const text = ` ${index + 1}${name}${markOf(attention, theme)} `;
      return [seg(text, isFocused ? "selected" : TOKENS[attention]), seg(names ? " " : "")];
    });
  const full = row(true);
  return paint([seg(" "), ...(rowWidth(full) <= width - 2 ? full : row(false))], width, theme);
}
