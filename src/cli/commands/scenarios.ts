import { listScenarios } from "../../sim/index.ts";

/** `mayday demo --list`: the scenarios, a line each. */
export async function printScenarios(): Promise<number> {
  const scenarios = listScenarios();
  const width = Math.max(...scenarios.map((scenario) => scenario.id.length));
  process.stdout.write(
    `${scenarios.map((scenario) => `${scenario.id.padEnd(width)}  ${scenario.description}`).join("\n")}\n`,
  );
  return 0;
}
