import { embeddedModule, isSingleFile } from "../base/single-file.ts";

/**
 * Where the record worker's code lies: beside the source when that is what runs (tests, type stripping), inside the single-file build,
 * otherwise `record-worker.js` beside the bundle. Every other place has to be given to `openRecorder` as `workerUrl`.
 * @param moduleUrl `import.meta.url` of the module that starts the worker.
 */
export function workerLocation(moduleUrl: string): URL {
  if (isSingleFile()) return embeddedModule("record-worker.js");
  return moduleUrl.endsWith(".ts") ? new URL("./worker.ts", moduleUrl) : new URL("./record-worker.js", moduleUrl);
}
