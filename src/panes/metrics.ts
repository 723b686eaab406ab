import { freshness, lastValue } from "../state/source.ts";
import type { MetricSeries } from "../state/views.ts";
import { freshnessRows, freshnessStatus, sourceAttention, trusted } from "./freshness.ts";
import { cell, paragraph, type Row, seg } from "./line.ts";
import type { Attention, Pane, PaneContext } from "./pane.ts";
import { shortText } from "./short-text.ts";
import type { Theme } from "./theme.ts";

/** A value with its unit in at most eight columns: `93.4%`, `1.2k`, `340ms`, `1.5GB`. */
export function formatValue(value: number, unit: MetricSeries["unit"]): string {
  switch (unit) {
    case "percent":
      return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)}%`;
    case "milliseconds":
      return value >= 1000 ? `${(value / 1000).toFixed(1)}s` : `${Math.round(value)}ms`;
    case "bytes":
      return `${scaled(value)}B`;
    case "count":
      return scaled(value);
  }
}

function scaled(value: number): string {
  for (const [factor, suffix] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (Math.abs(value) >= factor) return `${(value / factor).toFixed(1)}${suffix}`;
  }
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/**
 * The newest `width` values as bars between 0 and the highest of them (100 for percentages, the threshold where it is
 * higher), so that a flat low line looks low. Shorter series are right-aligned: the newest value is always at the end.
 */
export function sparkline(series: MetricSeries, width: number, theme: Theme): string {
  const values = series.points.slice(-Math.max(0, width)).map((point) => point.value);
  const top = Math.max(1e-9, ...values, series.threshold ?? 0, series.unit === "percent" ? 100 : 0);
  const bars = theme.glyphs.spark;
  const drawn = values.map(
    (value) => bars[Math.max(0, Math.min(bars.length - 1, Math.round((value / top) * (bars.length - 1))))] ?? " ",
  );
  return drawn.join("").padStart(width);
}

function breached(series: MetricSeries): boolean {
  const latest = series.points.at(-1);
  return latest !== undefined && series.threshold !== undefined && latest.value > series.threshold;
}

function metricRow(series: MetricSeries, labelWidth: number, context: PaneContext): Row {
  const { theme } = context;
  const latest = series.points.at(-1);
  const over = breached(series);
  // Long names leave the limit room for a shorter word only.
  const roomy = context.width - labelWidth - 11 >= 15;
  const word = over ? ">" : roomy ? "limit" : "max";
  const limitText = series.threshold === undefined ? "" : `${word} ${formatValue(series.threshold, series.unit)}`;
  const limitWidth = context.width >= 44 ? (roomy ? 11 : 8) : 0;
  const sparkWidth = Math.max(4, Math.min(60, context.width - labelWidth - 11 - limitWidth));
  return [
    cell(series.label, labelWidth, theme),
    seg(" "),
    seg(sparkline(series, sparkWidth, theme), over ? "bad" : "accent"),
    seg(" "),
    cell(latest ? formatValue(latest.value, series.unit) : "", 7, theme, over ? "bad" : "strong", "right"),
    seg(` ${over ? theme.glyphs.bad : " "}`, "bad"),
    ...(limitWidth > 0 ? [seg(limitText, over ? "bad" : "muted")] : []),
  ];
}

/** Series without a single value are said once: nothing was published, which is neither good nor bad. */
function silentRows(all: readonly MetricSeries[], context: PaneContext): Row[] {
  const labels = all.filter((series) => series.points.length === 0).map((series) => series.label);
  if (labels.length === 0) return [];
  const lead = [seg("no data: ", "muted")];
  if (context.zoomed) return paragraph(lead, labels.join(", "), context.width, "muted");
  const [first, ...others] = labels;
  return [[...lead, seg(`${first}${others.length > 0 ? `, +${others.length} more` : ""}`, "muted")]];
}

/** Metrics: the recent course, the newest value, and whether it is above its limit. */
export const metricsPane: Pane = {
  id: "metrics",
  select: (state) => [state.metrics, state.incident.project, state.incident.environment],
  view(state, context) {
    const source = state.metrics;
    const all = (lastValue(source) ?? []).map((series) => ({ ...series, label: shortText(series.label, state) }));
    const published = all.filter((series) => series.points.length > 0);
    const labelWidth = Math.min(
      Math.max(6, ...published.map((series) => series.label.length)),
      Math.max(8, Math.floor(context.width * 0.55)),
    );
    const known = [...published.map((series) => metricRow(series, labelWidth, context)), ...silentRows(all, context)];
    const empty: Row[] =
      source.status === "ok" && all.length === 0 ? [[seg("No metrics for this deployment.", "muted")]] : [];
    return {
      status: freshnessStatus(source, context),
      rows: [
        ...freshnessRows(source, "the metrics", context),
        ...empty,
        ...trusted(known, freshness(source, context.monotonicMs)),
      ],
    };
  },
  attention: (state, monotonicMs) =>
    sourceAttention(state.metrics, monotonicMs, (): Attention => {
      return (lastValue(state.metrics) ?? []).some(breached) ? "warn" : "none";
    }),
};
