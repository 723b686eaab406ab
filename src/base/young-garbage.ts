import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: ((options: { type: "minor" }) => void) | undefined;

/**
 * Collects what was allocated lately and is no longer used, which takes some 2 ms. V8 hardly counts memory outside of its heap, and
 * lets 64 MB of used buffers lie before it looks: work that goes through many megabytes calls this every few of them.
 */
export function collectYoungGarbage(): void {
  if (!collect) {
    // The function exists only where the flag is set while a context is made; nobody else gets to see it.
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as typeof collect;
    setFlagsFromString("--no-expose-gc");
  }
  collect?.({ type: "minor" });
}
