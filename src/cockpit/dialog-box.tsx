import { Box, Text } from "ink";
import SelectInput from "ink-select-input";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { drawFrame, positionText } from "../panes/frame.ts";
import { paint, type Row, seg, spread } from "../panes/line.ts";
import type { Theme } from "../panes/theme.ts";
import type { Controller } from "./controller.ts";
import { type DialogGeometry, dialogGeometry } from "./dialog-geometry.ts";
import type { Dialog, ListItem } from "./dialogs/dialog.ts";
import { Lines } from "./lines.tsx";
import { dialogSlices } from "./slices.ts";

function itemRow(item: ListItem, isSelected: boolean, width: number, theme: Theme): string {
  const { glyphs } = theme;
  const lead = isSelected ? `${glyphs.pointer} ` : "  ";
  const off = item.disabledReason !== undefined;
  const left: Row = [
    seg(lead, "accent"),
    seg(item.label, off ? "muted" : undefined),
    ...(off ? [seg(` (not now: ${item.disabledReason})`, "muted")] : []),
  ];
  const right: Row = item.hint ? [seg(item.hint, "muted")] : [];
  return paint(
    right.length > 0 ? spread(left, right, width, theme) : left,
    width,
    theme,
    isSelected ? "selected" : undefined,
  );
}

/** The visible part of the list. Ink's own selection list draws it; the dispatcher alone has the keys, so it gets none. */
function List({ geometry, theme }: { geometry: DialogGeometry; theme: Theme }) {
  const { list } = geometry.content;
  if (!list || geometry.listVisible === 0) return null;
  const first = Math.max(0, Math.min(list.index - geometry.listVisible + 1, list.items.length - geometry.listVisible));
  const items = list.items.slice(first, first + geometry.listVisible).map((item, index) => ({
    key: item.id,
    value: item.id,
    label: itemRow(item, first + index === list.index, geometry.inner.width, theme),
  }));
  return (
    <SelectInput
      key={`${list.index}/${list.items.length}/${list.items[first]?.id ?? ""}`}
      items={items}
      initialIndex={list.index - first}
      isFocused={false}
      indicatorComponent={NoIndicator}
      itemComponent={PaintedItem}
    />
  );
}

function PaintedItem({ label }: { label: string }) {
  return <Text wrap="truncate">{label}</Text>;
}

function NoIndicator() {
  return null;
}

/** The innermost dialog, over the panes. */
export function DialogBox({ dialog, controller }: { dialog: Dialog; controller: Controller }) {
  const { store } = controller.incident;
  useStore(store, useShallow(dialogSlices));
  useStore(controller.ui, (ui) => ui.moment);
  const { theme } = controller;
  const geometry = dialogGeometry(dialog, store.getState(), controller.layout(), {
    nowMs: controller.moment().atMs,
    theme,
    zone: controller.ui.getState().zone,
  });
  const { rect, inner, content, top } = geometry;
  const position = positionText(top, content.rows.length, geometry.rowsVisible);
  const hidden = content.rows.length - top - geometry.rowsVisible;
  const more = hidden > 0 ? ` ${theme.glyphs.more} more` : "";
  const place =
    content.list && content.list.items.length > geometry.listVisible
      ? `${content.list.index + 1}/${content.list.items.length}`
      : "";
  const rows: Row[] = [
    ...content.head.slice(0, geometry.headVisible),
    ...Array.from({ length: geometry.listVisible }, () => []),
    ...Array.from({ length: geometry.rowsVisible }, (_, index) => content.rows[top + index] ?? []),
    ...content.foot.slice(content.foot.length - geometry.footVisible),
  ];
  const lines = drawFrame(
    {
      title: [seg(dialog.title, dialog.tone === "danger" ? "bad" : "action")],
      status: position
        ? [seg(position, "muted"), seg(more, hidden > 0 ? "warn" : "muted")]
        : place
          ? [seg(place, "muted")]
          : [],
      rows,
      width: rect.width,
      height: rect.height,
      focused: true,
      style: "box",
    },
    theme,
  );
  return (
    <>
      <Box position="absolute" left={rect.left} top={rect.top} width={rect.width} height={rect.height}>
        <Lines text={lines.join("\n")} ascii={theme.ascii} />
      </Box>
      <Box
        position="absolute"
        left={rect.left + 2}
        top={rect.top + 1 + geometry.headVisible}
        width={inner.width}
        height={geometry.listVisible}
      >
        <List geometry={geometry} theme={theme} />
      </Box>
    </>
  );
}
