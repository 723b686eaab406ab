import { formatAge, formatTime } from "../base/duration.ts";
import { displayWidth } from "../base/text.ts";
import type { ContainerExit, ContainerView } from "../state/views.ts";
import { cell, paragraph, type Row, rowWidth, seg } from "./line.ts";
import type { PaneContext } from "./pane.ts";
import { exitWords } from "./stop-reason.ts";
import type { Token } from "./theme.ts";

/** A container that came back from a death by itself less than this ago may die again, domain ms. */
const RECENTLY_RESTARTED_MS = 10 * 60_000;
const GIGABYTE = 1024 ** 3;
const MEGABYTE = 1024 ** 2;

interface Condition {
  text: string;
  token: Token;
}

/** A container's condition in a few words: only one that runs well, and has for a while, is good. */
export function containerCondition(container: ContainerView, nowMs: number): Condition {
  const { state, health, lastExit, restartCount, startedAtMs = nowMs } = container;
  switch (state) {
    case "running":
      if (health === "unhealthy") return { text: "unhealthy", token: "bad" };
      if (restartCount > 0 && lastExit && isFailure(lastExit) && nowMs - startedAtMs < RECENTLY_RESTARTED_MS)
        return { text: `up again after ${briefExit(lastExit)}`, token: "bad" };
      if (health === "starting") return { text: "starting", token: "warn" };
      return { text: health === "healthy" ? "running, healthy" : "running", token: "good" };
    case "paused":
      return { text: "paused", token: "warn" };
    case "restarting":
      return { text: `RESTARTING${lastExit ? ` after ${briefExit(lastExit)}` : ""}`, token: "bad" };
    case "exited":
      return lastExit && isFailure(lastExit)
        ? { text: `EXITED ${briefExit(lastExit)}`, token: "bad" }
        : { text: "stopped", token: "warn" };
    case "created":
      return { text: "never started", token: "warn" };
    default:
      return { text: state || "unknown", token: "bad" };
  }
}

/** Ended by itself and not well. 143 is TERM, which is how docker stops; an end that docker has forgotten was no stop by hand. */
function isFailure({ exitCode, oomKilled }: ContainerExit): boolean {
  return oomKilled === true || (exitCode !== 0 && exitCode !== 143);
}

function briefExit({ exitCode, oomKilled }: ContainerExit): string {
  if (oomKilled) return `${exitCode ?? ""} OOM`.trim();
  return exitCode === undefined ? "an unknown exit" : String(exitCode);
}

/** The exit in words, its code first: `137 OOM-killed (container memory)`. */
function exitReason({ exitCode, oomKilled }: ContainerExit): string {
  if (oomKilled) return `${exitCode ?? ""} OOM-killed (container memory)`.trim();
  return exitCode === undefined ? "exit code forgotten by docker" : `${exitCode} ${exitWords(exitCode)}`;
}

const worst = (conditions: readonly Condition[]): Condition =>
  (["bad", "warn", "good"] as const).map((token) => conditions.find((one) => one.token === token)).find(Boolean) ?? {
    text: "unknown",
    token: "warn",
  };

/** What needs to be known first of each service: how many of its containers run, and the worst condition. */
export function containerSummaries(
  containers: readonly ContainerView[],
  nameWidth: number,
  context: PaneContext,
): Row[] {
  return [...Map.groupBy(containers, ({ service }) => service)].map(([service, own]) => {
    const running = own.filter(({ state }) => state === "running").length;
    const condition = worst(own.map((container) => containerCondition(container, context.nowMs)));
    const { glyphs } = context.theme;
    const glyph = condition.token === "good" ? glyphs.good : condition.token === "warn" ? glyphs.warn : glyphs.bad;
    return [
      seg(`${glyph} `, condition.token),
      cell(service, nameWidth, context.theme, "strong"),
      seg(" "),
      cell(`${running}/${own.length}`, 5, context.theme, condition.token, "right"),
      seg(" "),
      seg(condition.text, condition.token),
    ];
  });
}

/** Each container: what it is made from, its life and its last end. */
export function containerDetails(containers: readonly ContainerView[], context: PaneContext): Row[] {
  return containers.flatMap((container) => [
    [],
    headRow(container),
    lifeRow(container, context),
    ...exitRows(container, context),
  ]);
}

function memoryText(bytes: number): string {
  if (bytes === 0) return "no memory limit";
  return bytes >= GIGABYTE ? `${Number((bytes / GIGABYTE).toFixed(1))} GiB` : `${Math.round(bytes / MEGABYTE)} MiB`;
}

function headRow({ name, image, memoryLimitBytes }: ContainerView): Row {
  return [seg(`${name}  `, "strong"), seg(`${image.split("/").at(-1)}  ${memoryText(memoryLimitBytes)}`, "muted")];
}

function lifeRow(container: ContainerView, context: PaneContext): Row {
  const { id, state, health, startedAtMs, restartCount, restartPolicy } = container;
  const at = startedAtMs === undefined ? "--:--:--" : formatTime(startedAtMs, context.zone);
  const age = state === "running" && startedAtMs !== undefined ? ` ${formatAge(context.nowMs - startedAtMs)}` : "";
  const restarts = restartCount > 0 ? `, restarted ${restartCount === 1 ? "once" : `${restartCount} times`}` : "";
  const token: Token = health === "unhealthy" || state === "restarting" ? "bad" : state === "running" ? "text" : "warn";
  const lead: Row = [seg(`  ${context.theme.glyphs.bullet} ${at} ${id.slice(0, 8)} `, "muted")];
  const row: Row = [...lead, seg(`${state}${age}${health ? `, ${health}` : ""}${restarts}`, token)];
  const policy = `  restart ${restartPolicy}`;
  return rowWidth(row) + displayWidth(policy) <= context.width ? [...row, seg(policy, "muted")] : row;
}

function exitRows({ lastExit }: ContainerView, context: PaneContext): Row[] {
  if (!lastExit) return [];
  const token = isFailure(lastExit) ? "bad" : "muted";
  const lead: Row = [seg(`  ${context.theme.glyphs.bad} ${formatTime(lastExit.atMs, context.zone)} `, token)];
  const text = exitReason(lastExit);
  return context.wrap ? paragraph(lead, text, context.width, token) : [[...lead, seg(text, token)]];
}
