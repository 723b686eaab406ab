import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAND_IN = join(import.meta.dirname, "docker-stand-in.ts");

/** What is spawned in the place of `docker`: it reaches the docker host of the simulator at this endpoint. */
export const dockerCommand = (endpoint: string): string[] => [process.execPath, STAND_IN, endpoint];

/** A folder with a `docker` that reaches the simulator, to be put in front of PATH, and with the project's compose file. */
export function projectFolder(folder: string, endpoint: string, composeFile: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "docker");
  const words = dockerCommand(endpoint).map((word) => `'${word}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(file, 0o755);
  writeFileSync(join(folder, "docker-compose.yaml"), composeFile);
  return folder;
}
