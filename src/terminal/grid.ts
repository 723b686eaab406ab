import { DEFAULT_STYLE, type StyleTable } from "./sgr.ts";
import { certainWidth } from "./widths.ts";

export const BLANK = 0x20;

/** Code of a cell that is the right half of the wide character before it. */
export const CONTINUATION = 0;

/** The cells of a row: for each column a code point and a style of the table. */
export interface Cells {
  codes: Uint32Array;
  styles: Uint16Array;
}

/** One row of the screen, as it was asked for. Rows are never changed, so the same object means the same row. */
export interface Row {
  /** The text with its styles, as it came. */
  source: string;
  /** Style at its beginning and after its end. */
  startStyle: number;
  endStyle: number;
  /**
   * Undefined when terminals disagree about where its characters stand, or it holds sequences other than known styles: such
   * a row is only ever written whole, so that it looks as without this layer.
   */
  cells: Cells | undefined;
}

/** A whole screen of `rows.length` rows. */
export interface Grid {
  columns: number;
  rows: readonly Row[];
}

/**
 * Reads a frame (lines with SGR styles, `\n` between them) into a grid. What does not fit is left out. Rows of `previous`, when
 * it has the same width, are used again where nothing changed.
 */
export function readFrame(
  frame: string,
  size: { columns: number; rows: number },
  table: StyleTable,
  previous?: Grid,
): Grid {
  const lines = frame.split("\n");
  const known = previous?.columns === size.columns ? previous.rows : [];
  const rows: Row[] = [];
  let style = DEFAULT_STYLE;
  for (let index = 0; index < size.rows; index++) {
    const source = (lines[index] ?? "").replace(/\r$/, "");
    const same = known[index];
    const row =
      same?.source === source && same.startStyle === style ? same : readRow(source, style, size.columns, table);
    rows.push(row);
    style = row.endStyle;
  }
  return { columns: size.columns, rows };
}

/** A screen with nothing on it. */
export function blankGrid(size: { columns: number; rows: number }, table: StyleTable): Grid {
  return readFrame("", size, table);
}

const SGR = /\u001b\[([\d;:]*)m/y;

function readRow(source: string, startStyle: number, columns: number, table: StyleTable): Row {
  const codes = new Uint32Array(columns).fill(BLANK);
  const styles = new Uint16Array(columns);
  let certain = true;
  let style = startStyle;
  let column = 0;
  for (let index = 0; index < source.length; ) {
    const code = source.codePointAt(index) ?? BLANK;
    if (code === 0x1b) {
      SGR.lastIndex = index;
      const match = SGR.exec(source);
      const next = match ? table.apply(style, match[1] ?? "") : undefined;
      if (next === undefined) certain = false;
      else style = next;
      index += match?.[0].length ?? 1;
      continue;
    }
    index += code > 0xffff ? 2 : 1;
    const width = certainWidth(code);
    if (width === undefined) {
      certain = false;
      continue;
    }
    if (column + width <= columns) {
      codes[column] = code;
      styles[column] = style;
      if (width === 2) {
        codes[column + 1] = CONTINUATION;
        styles[column + 1] = style;
      }
    }
    column += width;
  }
  return { source, startStyle, endStyle: style, cells: certain ? { codes, styles } : undefined };
}
