import { copyFile, link, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Workspace } from "../../evidence/export/workspace.ts";
import { type Position, START } from "./batches.ts";
import { linesOf, type ManifestLine } from "./manifest.ts";
import { type Counts, noCounts } from "./restore.ts";
import type { SurveyedRange } from "./survey.ts";

/** Where a recovery stands. Domain ms. */
export interface RecoveryState {
  /** What makes two recoveries the same one: the later goes on where the earlier was cut off. */
  key: string;
  startedAtMs: number;
  /** What was done to the bucket later is left alone. */
  untilMs: number;
  phase: "survey" | "restore" | "done";
  ranges: SurveyedRange[];
  position: Position;
  counts: Counts;
  /** How much of the manifest and of the problems belongs to batches that are settled. */
  manifestBytes: number;
  problemBytes: number;
  /** The recovery that goes on with this one. */
  continuedBy?: string;
  /** Manifests of the recoveries that this one goes on with, and from where on each tells of batches that were not settled. */
  earlier: { manifest: string; bytes: number }[];
}

const MANIFEST = "manifest.jsonl";
const PROBLEMS = "problems.jsonl";

/** The folder of one recovery: checkpoint, what was found, the undo manifest and the problems. The manifest stays for the undo. */
export class RecoveryWorkspace {
  readonly #workspace: Workspace<RecoveryState>;

  private constructor(workspace: Workspace<RecoveryState>) {
    this.#workspace = workspace;
  }

  /** @param id of the recovery, as its plan says it. */
  static async open(root: string, id: string): Promise<RecoveryWorkspace> {
    return new RecoveryWorkspace(await Workspace.open<RecoveryState>(root, id));
  }

  get folder(): string {
    return this.#workspace.folder;
  }

  get manifest(): string {
    return this.#workspace.path(MANIFEST);
  }

  get problems(): string {
    return this.#workspace.path(PROBLEMS);
  }

  found(range: number): string {
    return this.#workspace.path(`found-${range}.jsonl`);
  }

  path(name: string): string {
    return this.#workspace.path(name);
  }

  load(): Promise<RecoveryState | undefined> {
    return this.#workspace.load();
  }

  save(state: RecoveryState): Promise<void> {
    return this.#workspace.save(JSON.stringify(state));
  }

  /** Deletes what was found; checkpoint, manifest and problems stay. */
  async clear(ranges: number): Promise<void> {
    for (let range = 0; range < ranges; range++) await rm(this.found(range), { force: true });
  }

  /**
   * The recovery's state: its own, or that of an unfinished one of the same key, whose findings are taken over. Of several the newest
   * counts. Undefined: there is none.
   */
  async resume(root: string, id: string, key: string): Promise<RecoveryState | undefined> {
    const own = await this.load();
    if (own) return own;
    const earlier = await unfinished(root, key, this.folder);
    if (!earlier) return undefined;
    const { folder, state } = earlier;
    for (let range = 0; range < state.ranges.length; range++)
      await takeOver(join(folder, `found-${range}.jsonl`), this.found(range));
    const manifest = join(folder, MANIFEST);
    const next: RecoveryState = {
      ...state,
      manifestBytes: 0,
      problemBytes: 0,
      earlier: [...state.earlier, { manifest, bytes: state.manifestBytes }],
    };
    await this.save(next);
    const former = new RecoveryWorkspace(await Workspace.at<RecoveryState>(folder));
    await former.save({ ...state, continuedBy: id });
    await former.clear(state.ranges.length);
    return next;
  }
}

export function newState(key: string, startedAtMs: number, untilMs: number): RecoveryState {
  return {
    key,
    startedAtMs,
    untilMs,
    phase: "survey",
    ranges: [],
    position: { ...START },
    counts: noCounts(),
    manifestBytes: 0,
    problemBytes: 0,
    earlier: [],
  };
}

/** What a manifest says last about each key from a byte on: of batches that may not have been settled, so of a few hundred keys. */
export async function manifestTail(path: string, from: number): Promise<Map<string, ManifestLine>> {
  const tail = new Map<string, ManifestLine>();
  for await (const { text } of linesOf(path, from)) {
    const line = JSON.parse(text) as ManifestLine;
    tail.set(line.k, line);
  }
  return tail;
}

async function unfinished(root: string, key: string, except: string) {
  let newest: { folder: string; state: RecoveryState; atMs: number } | undefined;
  for (const name of await readdir(root)) {
    const folder = join(root, name);
    const checkpoint = join(folder, "checkpoint.json");
    if (folder === except) continue;
    const text = await readFile(checkpoint, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
      throw error;
    });
    const state = text === undefined ? undefined : (JSON.parse(text) as RecoveryState);
    if (!state || state.key !== key || state.phase === "done" || state.continuedBy !== undefined) continue;
    const { mtimeMs: atMs } = await stat(checkpoint);
    if (!newest || atMs > newest.atMs) newest = { folder, state, atMs };
  }
  return newest;
}

/** The same file under another name; a copy where the file system has no links. */
async function takeOver(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return;
    await copyFile(from, to);
  });
}
