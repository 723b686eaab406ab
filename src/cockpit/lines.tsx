import { Box, Text } from "ink";
import Spinner from "ink-spinner";
import { SPINNER_CELL } from "../panes/line.ts";
import type { Controller } from "./controller.ts";
import type { Rect } from "./layout.ts";

/** Painted lines as one text: Ink lays out and serialises one node a pane. A spinner turns where a line asks for one. */
export function Lines({ lines, ascii }: { lines: readonly string[]; ascii: boolean }) {
  const text = lines.join("\n");
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
export function LinesAt({ rect, lines, controller }: { rect: Rect; lines: readonly string[]; controller: Controller }) {
  return (
    <Box position="absolute" left={rect.left} top={rect.top} width={rect.width} height={rect.height}>
      <Lines lines={lines} ascii={controller.theme.ascii} />
    </Box>
  );
}
