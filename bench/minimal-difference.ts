import xterm from "@xterm/headless";

/** What one frame costs around its cells, on both sides of the comparison: an update's marks and the question to the terminal. */
const MARKS = "\u001b[?2026h\u001b[?2026l".length;
const QUESTION = "\u001b[5n";
/** Frames of at most this many bytes of changes go without marks (src/terminal/output.ts). */
const UNMARKED_BYTES = 100;

type Cell = { text: string; style: string };

/** The screen's cells with their styles as SGR parameters. */
function cellsOf(terminal: InstanceType<typeof xterm.Terminal>): Cell[][] {
  const { active } = terminal.buffer;
  return Array.from({ length: terminal.rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return Array.from({ length: terminal.cols }, (_, column) => {
      const cell = line?.getCell(column);
      if (!cell) return { text: " ", style: "" };
      const on = [
        cell.isBold() && 1,
        cell.isDim() && 2,
        cell.isItalic() && 3,
        cell.isUnderline() && 4,
        cell.isInverse() && 7,
      ];
      const colour = (mode: boolean, value: number, base: number) =>
        mode ? [value < 8 ? base + value : value < 16 ? base + 52 + value : `${base + 8};5;${value}`] : [];
      return {
        text: cell.getWidth() === 0 ? "" : cell.getChars() || " ",
        style: [
          ...on.filter(Boolean),
          ...colour(cell.isFgPalette(), cell.getFgColor(), 30),
          ...colour(cell.isBgPalette(), cell.getBgColor(), 40),
        ].join(";"),
      };
    });
  });
}

/**
 * The bytes of the cheapest way, by a simple rule, to turn one screen into the next: each run of changed cells is moved to (absolutely,
 * or to the right when that is shorter), short gaps are written over when that is cheaper, styles are set from nothing.
 */
function differenceBytes(before: readonly Cell[][], after: readonly Cell[][]): number {
  let bytes = 0;
  let style = "";
  let cursor: { row: number; column: number } | undefined;
  after.forEach((line, row) => {
    line.forEach((cell, column) => {
      const old = before[row]?.[column];
      if (old && old.text === cell.text && old.style === cell.style) return;
      if (cursor?.row !== row || cursor.column !== column) {
        const absolute = `\u001b[${row + 1};${column + 1}H`.length;
        const gap = cursor?.row === row ? column - cursor.column : undefined;
        const right = gap === undefined ? Number.POSITIVE_INFINITY : `\u001b[${gap}C`.length;
        const between = gap === undefined ? [] : line.slice(column - gap, column);
        const over = between.every((other) => other.style === style)
          ? Buffer.byteLength(between.map(({ text }) => text).join(""))
          : Number.POSITIVE_INFINITY;
        bytes += Math.min(absolute, right, gap === undefined ? Number.POSITIVE_INFINITY : over);
      }
      if (cell.style !== style) {
        // From nothing (\e[m), to nothing, or both at once (\e[;1m).
        bytes +=
          style === "" ? `\u001b[${cell.style}m`.length : cell.style === "" ? 3 : `\u001b[;${cell.style}m`.length;
        style = cell.style;
      }
      bytes += Buffer.byteLength(cell.text);
      cursor = { row, column: column + 1 };
    });
  });
  return bytes + (style === "" ? 0 : 3);
}

/** Bytes that were written for a stretch of frames, and what the minimal difference of the same screens takes. */
export interface Comparison {
  frames: number;
  written: number;
  minimal: number;
}

/**
 * Plays recorded output into an emulator, frame by frame (each ends with the question to the terminal), and compares what was written
 * with the minimal difference. The first `skip` bytes only bring the screen into its state.
 */
export async function compareWithMinimal(
  recorded: Buffer,
  size: { columns: number; rows: number },
  skip: number,
): Promise<Comparison> {
  const terminal = new xterm.Terminal({ cols: size.columns, rows: size.rows, allowProposedApi: true, scrollback: 0 });
  const feed = (text: string | Buffer) => new Promise<void>((resolve) => terminal.write(text, resolve));
  await feed(recorded.subarray(0, skip));
  let before = cellsOf(terminal);
  const comparison: Comparison = { frames: 0, written: 0, minimal: 0 };
  const frames = recorded.subarray(skip).toString("utf8").split(QUESTION).slice(0, -1);
  for (const frame of frames) {
    await feed(frame);
    const after = cellsOf(terminal);
    const changes = differenceBytes(before, after);
    comparison.frames += 1;
    comparison.written += Buffer.byteLength(frame) + QUESTION.length;
    comparison.minimal += changes + (changes > UNMARKED_BYTES ? MARKS : 0) + QUESTION.length;
    before = after;
  }
  return comparison;
}
