import { displayWidth } from "../../base/text.ts";
import { listScenarios } from "../../sim/index.ts";

/** Columns of the list: every terminal has as many. */
const COLUMNS = 80;
const INDENT = "  ";

/** Words in lines of at most `columns`, each behind `indent`. A word that is longer has a line of its own. */
function wrapped(text: string, columns: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? `${indent}${word}` : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

/** The list of `mayday demo --list`: for each scenario its id and catalogs, and what is wrong, in lines of 80 columns. */
export function scenarioList(scenarios = listScenarios()): string {
  const blocks = scenarios.map(({ id, description, catalogs }) => {
    const where = `(catalog ${catalogs.join(" or ")})`;
    return [`${id}  ${where}`, ...wrapped(description, COLUMNS, INDENT)].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

/** `mayday demo --list` */
export async function printScenarios(): Promise<number> {
  process.stdout.write(scenarioList());
  return 0;
}
