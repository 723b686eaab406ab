import { spawn } from "node:child_process";
import { environment, LAUNCHER, SIMULATED_CREDENTIALS } from "./terminal-program.ts";

/**
 * Runs the program without a terminal, with the simulator's credentials. Not in a blocking way: the simulator lives in this
 * process. `extra`: more environment variables. `output` is both streams as they came.
 */
export async function runProgram(
  args: string[],
  extra: Record<string, string> = {},
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    env: environment({ ...SIMULATED_CREDENTIALS, ...extra }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, output };
}
