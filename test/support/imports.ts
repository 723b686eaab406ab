import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export interface Import {
  specifier: string;
  kind: "value" | "type" | "dynamic";
  line: number;
}

const COMMENTS_AND_STRINGS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const STATIC = /^[ \t]*(?:import|export)\s+(type\s+)?((?:[\w$*,\s]|\{[^}]*\})*?)\s*(?:\bfrom\s+)?"([^"\n]+)"/gm;
const CALLS = /\bimport\(\s*"([^"\n]+)"/g;

/** The imports and re-exports of a TypeScript source, dynamic ones included, in the order of their lines. */
export function importsOf(source: string): Import[] {
  // Comments are blanked out, so that an example in a docstring is no import; line breaks stay for the line numbers.
  const code = source.replace(COMMENTS_AND_STRINGS, (text) =>
    text.startsWith("/") ? text.replace(/[^\n]/g, " ") : text,
  );
  const lineAt = (index: number) => code.slice(0, index).split("\n").length;
  const found: Import[] = [];
  for (const match of code.matchAll(STATIC)) {
    const [all, type, clause = "", specifier = ""] = match;
    if (!/\bfrom\b/.test(all) && clause !== "") continue;
    found.push({ specifier, kind: type || onlyTypes(clause) ? "type" : "value", line: lineAt(match.index) });
  }
  for (const match of code.matchAll(CALLS)) {
    found.push({ specifier: match[1] ?? "", kind: "dynamic", line: lineAt(match.index) });
  }
  return found.sort((a, b) => a.line - b.line);
}

/** `{ type A, type B }`: every name of the clause is a type. */
function onlyTypes(clause: string): boolean {
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  const parts = names.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").every((part) => part.startsWith("type "));
}

/** Every TypeScript file below `folder`, as paths relative to `root`. */
export function sourceFiles(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** The folder of src/ that `file` (relative to the root) reaches by a relative specifier; undefined outside src/. */
export function folderReached(file: string, specifier: string): string | undefined {
  const [top, folder] = join(dirname(file), specifier).split("/");
  return top === "src" ? folder : undefined;
}

export const readSource = (root: string, file: string) => readFileSync(join(root, file), "utf8");
