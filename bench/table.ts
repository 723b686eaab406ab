/** One figure, beside what it compares to in the same run. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  reference?: number;
  referenceName?: string;
  ratio?: number;
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The value below which this share (0 to 1) of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The rows as an aligned table. */
export function formatTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.name,
    Number.isNaN(row.value) ? "" : `${row.value.toFixed(Math.abs(row.value) < 10 ? 1 : 0)} ${row.unit}`,
    row.ratio === undefined ? "" : `${row.ratio.toFixed(2)}x`,
    row.referenceName === undefined ? "" : `of ${row.referenceName} (${(row.reference ?? 0).toFixed(0)} ${row.unit})`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      `${row[0]?.padEnd(widths[0] ?? 0)}  ${row[1]?.padStart(widths[1] ?? 0)}  ${row[2]?.padStart(widths[2] ?? 0)}  ${row[3]}`.trimEnd(),
    )
    .join("\n");
}
