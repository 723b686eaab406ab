import { getAsset, isSea } from "node:sea";

/** Whether the program runs from its single-file build, where nothing lies beside it. */
export function isSingleFile(): boolean {
  return isSea();
}

/** The code of an embedded module as a URL that can be imported or started as a worker. Single-file build only. */
export function embeddedModule(name: string): URL {
  return new URL(`data:text/javascript;base64,${Buffer.from(getAsset(name, "utf8")).toString("base64")}`);
}
