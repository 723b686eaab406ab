import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import xterm from "@xterm/headless";
import { ManualClock } from "../../src/base/clock.ts";
import { type CellDifferenceTerminal, cellDifferenceTerminal } from "../../src/terminal/cell-difference.ts";

export const ENTER_ALTERNATE = "\x1b[?1049h";

class FakeInput extends PassThrough {
  isRaw = false;
  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

class FakeOutput extends EventEmitter {
  writable = true;
  columns: number;
  rows: number;
  written: string[] = [];
  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }
  write(text: string, done?: () => void): boolean {
    if (text !== "") this.written.push(text);
    done?.();
    return true;
  }
}

/** The layer before a terminal whose every byte and answer is the test's. */
export function layer(columns: number, rows: number) {
  const input = new FakeInput();
  const output = new FakeOutput(columns, rows);
  const clock = new ManualClock(0);
  const terminal: CellDifferenceTerminal = cellDifferenceTerminal({
    stdin: input as unknown as NodeJS.ReadStream,
    stdout: output as unknown as NodeJS.WriteStream,
    clock,
  });
  terminal.stdout.write(ENTER_ALTERNATE);
  return { input, output, clock, terminal };
}

export type Emulator = InstanceType<typeof xterm.Terminal>;

export function emulator(columns: number, rows: number): Emulator {
  return new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
}

export function feed(target: Emulator, text: string): Promise<void> {
  return new Promise((resolve) => target.write(text, resolve));
}

/** Every cell of the screen: characters, width, colours and attributes. */
export function cellsOf(target: Emulator): string[] {
  const buffer = target.buffer.active;
  return Array.from({ length: target.rows }, (_, row) => {
    const line = buffer.getLine(buffer.baseY + row);
    return Array.from({ length: target.cols }, (_, column) => {
      const cell = line?.getCell(column);
      if (!cell) return "-";
      const attributes = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline(), cell.isInverse()];
      const on = attributes.map((value) => (value ? 1 : 0)).join("");
      const colours = `${cell.getFgColorMode()}.${cell.getFgColor()}.${cell.getBgColorMode()}.${cell.getBgColor()}`;
      return `${cell.getChars() || (cell.getWidth() === 0 ? "" : " ")}/${cell.getWidth()}/${colours}/${on}`;
    }).join("|");
  });
}

/** What plain output shows on a screen of its own. */
export async function plain(frame: string, columns: number, rows: number): Promise<string[]> {
  const target = emulator(columns, rows);
  await feed(target, `\x1b[?1049h\x1b[H${frame.replaceAll("\n", "\r\n")}`);
  return cellsOf(target);
}
