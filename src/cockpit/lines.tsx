import { Box, Text } from "ink";
import Spinner from "ink-spinner";
import { useStore } from "zustand";
import { SPINNER_CELL } from "../panes/line.ts";
import type { Controller } from "./controller.ts";
import type { Rect } from "./layout.ts";

/** Painted lines as one text: Ink lays out and serialises one node a pane. A spinner turns where a line asks for one. */
export function Lines({ text, ascii }: { text: string; ascii: boolean }) {
  if (!text.includes(SPINNER_CELL)) return <Text wrap="truncate">{text}</Text>;
  return (
    <Text wrap="truncate">
      {text.split(SPINNER_CELL).map((part, index) => (
        <Text key={index}>
          {index > 0 ? <Spinner type={ascii ? "line" : "dots"} /> : null}
          {part}
        </Text>
      ))}
    </Text>
  );
}

/** Painted lines in their place on the screen. */
export function LinesAt({ rect, text, controller }: { rect: Rect; text: string; controller: Controller }) {
  return (
    <Box position="absolute" left={rect.left} top={rect.top} width={rect.width} height={rect.height}>
      <Lines text={text} ascii={controller.theme.ascii} />
    </Box>
  );
}

/**
 * Painted lines as one text, painted anew whenever the screen's own state changes (once a second, and with every key). Only where that
 * gives another text is the component drawn again: most seconds change nothing but the header.
 */
export function useDrawing(controller: Controller, draw: () => readonly string[]): string {
  return useStore(controller.ui, () => draw().join("\n"));
}
