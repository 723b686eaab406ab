import { createRequire } from "node:module";

/** The program's version: from the build, or from package.json when run from source. */
export function toolVersion(): string {
  if (process.env.MAYDAY_VERSION) return process.env.MAYDAY_VERSION;
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
}
