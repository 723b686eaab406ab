import fc from "fast-check";
import { expect, test } from "vitest";
import { createHarness } from "../support/cockpit-harness.tsx";
import { cellsOf, emulator, feed, layer, plain } from "./fake-terminal.ts";

const SIZES = [
  { columns: 24, rows: 5 },
  { columns: 31, rows: 4 },
];

const word = fc.constantFrom(
  "a",
  "bc",
  " ",
  "      ",
  "│",
  "─",
  "漢",
  "한",
  "ü",
  "é",
  "e\u0301",
  "🙂",
  "👩‍🚀",
  "⚠️",
  "…",
  "█",
);
const style = fc.constantFrom(
  "",
  "1",
  "2",
  "4",
  "7",
  "22",
  "24",
  "27",
  "31",
  "39",
  "92",
  "44",
  "49",
  "38;5;200",
  "48;5;17",
  "38;2;1;2;3",
  "0",
  "1;33",
  "3",
);
// At most 12 pieces of two columns or less, or the six blanks, so that no row is wider than the screen.
const row = fc.array(fc.tuple(style, word), { maxLength: 12 }).map((pieces) => {
  let width = 0;
  let text = "";
  for (const [parameters, piece] of pieces) {
    const takes = piece === "      " ? 6 : 2;
    if (width + takes > 24) break;
    width += takes;
    text += parameters === "" ? piece : `\x1b[${parameters}m${piece}`;
  }
  return `${text}\x1b[m`;
});
const step = fc.record({
  size: fc.constantFrom(...SIZES),
  lines: fc.array(row, { minLength: 4, maxLength: 4 }),
  keep: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  /** The terminal is given to a shell, which writes to it, and taken back before the frame. */
  suspended: fc.boolean(),
});

test("random frames, written through the layer, give the cells of plain output", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
      const { columns, rows } = SIZES[0] ?? { columns: 24, rows: 5 };
      const { output, input, terminal } = layer(columns, rows);
      terminal.stdin.setRawMode(true);
      const screen = emulator(columns, rows);
      let lines: string[] = ["", "", "", ""];
      for (const { size, lines: fresh, keep, suspended } of steps) {
        if (size.columns !== output.columns) {
          Object.assign(output, size);
          screen.resize(size.columns, size.rows);
          output.emit("resize");
        }
        lines = lines.map((line, index) => (keep[index] ? line : (fresh[index] ?? "")));
        const frame = lines.join("\n");
        if (suspended) {
          terminal.stdout.write("\x1b[?1049l");
          await feed(screen, `${output.written.splice(0).join("")}\x1b[2J\x1b[H$ ls\r\n\x1b[44mfile\x1b[m`);
          terminal.stdout.write("\x1b[?1049h");
        }
        terminal.stdout.write(frame);
        await feed(screen, output.written.splice(0).join(""));
        input.emit("data", Buffer.from("\x1b[0n"));
        expect(cellsOf(screen)).toEqual(await plain(frame, size.columns, size.rows));
      }
    }),
    { numRuns: 150 },
  );
}, 60_000);

test("frames of the cockpit give the cells of plain output", async () => {
  const harness = createHarness({ columns: 120, rows: 40 });
  const { output, input, terminal } = layer(120, 40);
  terminal.stdin.setRawMode(true);
  const screen = emulator(120, 40);
  let bytes = 0;
  let whole = 0;
  for (const key of ["2", "j", "j", "+", "?", "escape", "6", "k", "a", "escape"] as const) {
    harness.press(key);
    const frame = harness.styled();
    terminal.stdout.write(frame);
    const written = output.written.splice(0).join("");
    bytes += written.length;
    whole += frame.length;
    await feed(screen, written);
    input.emit("data", Buffer.from("\x1b[0n"));
    expect(cellsOf(screen)).toEqual(await plain(frame, 120, 40));
  }
  expect(bytes).toBeLessThan(whole / 2);
});
