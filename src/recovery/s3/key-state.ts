import type { ListedVersion, Version } from "./versions.ts";

/** What counts of a key's versions, however many there are. */
export interface KeyState {
  key: string;
  /** How many there are, markers included. */
  count: number;
  /** The newest version or marker. */
  latest: Version;
  /** The one below it. */
  second?: Version;
  /** The markers on top of the first version with data, newest first. */
  markers: Version[];
  /** The first version with data: the current one, or what lies below the markers. */
  data?: Version;
  /** What was there at the time in question: the newest version or marker from before it. */
  before?: Version;
  /** A version and a marker of the same second are the newest from before it: a client cannot tell which of the two was there. */
  isAmbiguous?: true;
  /** The oldest one since that time: when `before` was covered. */
  since?: Version;
  /** The newest version with data that was asked for. */
  wanted?: Version;
}

/** Whether a version of a key is the one that is sought. */
export type Wanted = (key: string, size: number, id: string) => boolean;

/** Gathers the versions of one key after another, newest first, as a listing gives them. Memory does not grow with their number. */
export class KeyStates {
  readonly #sinceMs: number;
  readonly #isWanted: Wanted | undefined;
  #open: KeyState | undefined;

  /** @param sinceMs the time in question, ms since the Unix epoch. @param isWanted a version to look out for. */
  constructor(sinceMs: number, isWanted?: Wanted) {
    this.#sinceMs = sinceMs;
    this.#isWanted = isWanted;
  }

  /** Takes the next version. @returns the state of the key before it, when that is complete now. */
  take({ key, isLatest: _isLatest, ...version }: ListedVersion): KeyState | undefined {
    const open = this.#open;
    if (open?.key === key) {
      this.#add(open, version);
      return undefined;
    }
    this.#open = { key, count: 0, latest: version, markers: [] };
    this.#add(this.#open, version);
    return open;
  }

  /** The last key, when nothing comes behind it. */
  end(): KeyState | undefined {
    const last = this.#open;
    this.#open = undefined;
    return last;
  }

  #add(state: KeyState, version: Version): void {
    state.count += 1;
    if (version !== state.latest) state.second ??= version;
    if (!version.isMarker) state.data ??= version;
    else if (!state.data) state.markers.push(version);
    if (version.atMs >= this.#sinceMs) state.since = version;
    else if (!state.before) state.before = version;
    else if (state.before.atMs === version.atMs && state.before.isMarker !== version.isMarker)
      if (state.before !== state.latest) state.isAmbiguous = true;
    if (!version.isMarker && !state.wanted && this.#isWanted?.(state.key, version.size, version.id))
      state.wanted = version;
  }
}
