/** One cell of a terminal screen. */
export interface ScreenCell {
  text: string;
  /** CSS colour; undefined: the default. */
  foreground: string | undefined;
  background: string | undefined;
  bold: boolean;
  dim: boolean;
}

const CELL_WIDTH = 8.4;
const LINE_HEIGHT = 17;
const BACKGROUND = "#11151c";
const FOREGROUND = "#d5d9e0";

const escapeXml = (text: string) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A terminal screen as SVG: one text element for each run of equal style, so that columns stay aligned in every viewer. */
export function screenSvg(rows: readonly (readonly ScreenCell[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const width = Math.ceil(columns * CELL_WIDTH) + 16;
  const height = rows.length * LINE_HEIGHT + 16;
  const body = rows.flatMap((row, y) => runs(row).map((run) => drawRun(run, y)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    `<rect width="100%" height="100%" rx="6" fill="${BACKGROUND}"/>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

interface Run extends ScreenCell {
  column: number;
  cells: number;
}

function runs(row: readonly ScreenCell[]): Run[] {
  const found: Run[] = [];
  for (const [column, cell] of row.entries()) {
    const last = found.at(-1);
    const same =
      last &&
      last.foreground === cell.foreground &&
      last.background === cell.background &&
      last.bold === cell.bold &&
      last.dim === cell.dim;
    if (same) {
      last.text += cell.text;
      last.cells++;
    } else found.push({ ...cell, column, cells: 1 });
  }
  return found.filter((run) => run.text.trim() !== "" || run.background !== undefined);
}

function drawRun(run: Run, row: number): string {
  const x = (8 + run.column * CELL_WIDTH).toFixed(1);
  const top = 8 + row * LINE_HEIGHT;
  const length = (run.cells * CELL_WIDTH).toFixed(1);
  const back = run.background
    ? `<rect x="${x}" y="${top}" width="${length}" height="${LINE_HEIGHT}" fill="${run.background}"/>`
    : "";
  const weight = run.bold ? ' font-weight="bold"' : "";
  const opacity = run.dim ? ' opacity="0.6"' : "";
  const colour = run.foreground ?? FOREGROUND;
  return `${back}<text x="${x}" y="${top + 13}" fill="${colour}"${weight}${opacity} textLength="${length}" xml:space="preserve">${escapeXml(run.text)}</text>`;
}
