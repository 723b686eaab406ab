import { BLANK, type Cells, CONTINUATION, type Grid, type Row } from "./grid.ts";
import { DEFAULT_STYLE, type StyleTable } from "./sgr.ts";

/** Unchanged columns that are cheaper written again than jumped over: a jump takes four bytes or more. */
const SHORT_GAP = 4;

/** Where the terminal's cursor and style are while a difference is written. */
class Pen {
  out = "";
  style = DEFAULT_STYLE;
  #row = -1;
  #column = -1;
  readonly #table: StyleTable;
  readonly #columns: number;

  constructor(table: StyleTable, columns: number) {
    this.#table = table;
    this.#columns = columns;
  }

  /** Columns from the cursor to `column`, or undefined when it is behind, on another row, or unknown. */
  ahead(row: number, column: number): number | undefined {
    return row === this.#row && this.#column >= 0 && column >= this.#column ? column - this.#column : undefined;
  }

  moveTo(row: number, column: number): void {
    const ahead = this.ahead(row, column);
    if (ahead === 0) return;
    if (ahead !== undefined) this.out += ahead === 1 ? "\u001b[C" : `\u001b[${ahead}C`;
    else if (this.#row >= 0 && row === this.#row + 1 && column === 0) this.out += "\r\n";
    else this.out += `\u001b[${row + 1};${column + 1}H`;
    this.#row = row;
    this.#column = column;
  }

  setStyle(style: number): void {
    this.out += this.#table.transition(this.style, style);
    this.style = style;
  }

  put(cells: Cells, column: number): void {
    this.setStyle(cells.styles[column] ?? DEFAULT_STYLE);
    this.out += String.fromCodePoint(cells.codes[column] ?? BLANK);
    this.#column = column + (cells.codes[column + 1] === CONTINUATION ? 2 : 1);
    // Past the last column terminals wait in different ways for the next character: ask for a place again.
    if (this.#column >= this.#columns) this.forget();
  }

  eraseToEnd(): void {
    this.setStyle(DEFAULT_STYLE);
    this.out += "\u001b[K";
  }

  /** Writes a row whole, as it came. Without wrapping: a terminal that finds it wider than we do must not scroll. */
  writeWhole(row: number, { source, startStyle }: Row): void {
    this.moveTo(row, 0);
    this.setStyle(DEFAULT_STYLE);
    this.out += `\u001b[2K\u001b[?7l${this.#table.transition(DEFAULT_STYLE, startStyle)}${source}\u001b[m\u001b[?7h`;
    this.forget();
  }

  forget(): void {
    this.#row = -1;
    this.#column = -1;
  }
}

/**
 * The sequence that turns the screen `previous` into `next`: only the cells that changed. Empty when nothing did. The
 * terminal's style must be the default at its start, and is at its end; where the cursor is does not matter.
 * Both grids must have the same size.
 */
export function difference(previous: Grid, next: Grid, table: StyleTable): string {
  const pen = new Pen(table, next.columns);
  const blank = { codes: new Uint32Array(next.columns).fill(BLANK), styles: new Uint16Array(next.columns) };
  next.rows.forEach((row, index) => {
    const before = previous.rows[index];
    if (before === row || !before) return;
    if (!row.cells) {
      if (before.source !== row.source || before.startStyle !== row.startStyle) pen.writeWhole(index, row);
      return;
    }
    if (!before.cells) {
      pen.moveTo(index, 0);
      pen.setStyle(DEFAULT_STYLE);
      pen.out += "\u001b[2K";
    }
    writeChanges(pen, index, before.cells ?? blank, row.cells);
  });
  pen.setStyle(DEFAULT_STYLE);
  return pen.out;
}

function writeChanges(pen: Pen, row: number, before: Cells, after: Cells): void {
  const width = after.codes.length;
  const changed = (column: number) =>
    before.codes[column] !== after.codes[column] || before.styles[column] !== after.styles[column];
  let last = width - 1;
  while (last >= 0 && !changed(last)) last--;
  if (last < 0) return;
  let content = width;
  while (content > 0 && after.codes[content - 1] === BLANK && after.styles[content - 1] === DEFAULT_STYLE) content--;
  // Where only blanks follow, one erasure replaces the rest when it is shorter.
  let erase = content;
  while (erase <= last && !changed(erase)) erase++;
  const end = last - erase + 1 > SHORT_GAP ? erase : last + 1;
  for (let column = 0; column < end; column++) {
    // A right half is drawn with its left half, which has changed whenever it has.
    if (!changed(column) || after.codes[column] === CONTINUATION) continue;
    const gap = pen.ahead(row, column);
    const start =
      gap !== undefined && gap <= SHORT_GAP && sameStyle(after, column - gap, column, pen.style)
        ? column - gap
        : column;
    if (start === column) pen.moveTo(row, column);
    for (let at = start; at <= column; at++) pen.put(after, at);
  }
  if (end <= last) {
    pen.moveTo(row, end);
    pen.eraseToEnd();
  }
}

function sameStyle(cells: Cells, from: number, to: number, style: number): boolean {
  for (let column = from; column < to; column++) {
    if (cells.styles[column] !== style || cells.codes[column] === CONTINUATION || (cells.codes[column] ?? 0) > 0x7e)
      return false;
  }
  return true;
}
