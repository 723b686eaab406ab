/**
 * Where the record worker's code lies: beside the source when that is what runs (tests, type stripping), otherwise
 * `record-worker.js` beside the bundle. Every other place has to be given to `openRecorder` as `workerUrl`.
 * @param moduleUrl `import.meta.url` of the module that starts the worker.
 */
export function workerLocation(moduleUrl: string): URL {
  return moduleUrl.endsWith(".ts") ? new URL("./worker.ts", moduleUrl) : new URL("./record-worker.js", moduleUrl);
}
