/** What the launcher left on the screen before the program was loaded (bin/mayday.js). */
interface Skeleton {
  /** Leaves the responsibility for the terminal to the caller, as it stands: on the alternate screen, without a cursor. */
  adopt(): void;
  /** Restores the terminal. */
  leave(): void;
}

const KEY = Symbol.for("mayday.skeleton");

function take(): Skeleton | undefined {
  const place = globalThis as { [KEY]?: Skeleton };
  const skeleton = place[KEY];
  delete place[KEY];
  return skeleton;
}

/** Takes the launcher's screen over. @returns whether there was one. */
export function adoptSkeleton(): boolean {
  const skeleton = take();
  skeleton?.adopt();
  return skeleton !== undefined;
}

/** Takes the launcher's screen away, if there is one: something is about to be printed instead. */
export function leaveSkeleton(): void {
  take()?.leave();
}
