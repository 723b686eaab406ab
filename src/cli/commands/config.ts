import { configJson, describeConfig } from "../../config/describe.ts";
import { loadConfig } from "../../config/load.ts";
import type { StartOptions } from "./start.ts";

/** `mayday config`: the effective values with the source of each. */
export async function runConfig(options: StartOptions & { json: boolean }): Promise<number> {
  const config = await loadConfig({
    flags: options.flags,
    env: process.env,
    workingDirectory: process.cwd(),
    ...(options.configFile ? { file: options.configFile } : {}),
  });
  process.stdout.write(
    options.json
      ? `${JSON.stringify(configJson(config), null, 2)}\n`
      : `${describeConfig(config, process.stdout.columns).trimEnd()}\n`,
  );
  return 0;
}
