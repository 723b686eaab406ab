import { loadSettings } from "../../config/load.ts";
import type { StartOptions } from "./start.ts";

/** Where incidents live, for commands that need no deployment. */
export async function stateDirectoryOf(options: StartOptions): Promise<string> {
  const { stateDirectory } = options.flags;
  const settings = await loadSettings({
    flags: stateDirectory ? { stateDirectory } : {},
    env: process.env,
    workingDirectory: process.cwd(),
    ...(options.configFile ? { file: options.configFile } : {}),
  });
  return settings.values.stateDirectory.value;
}
