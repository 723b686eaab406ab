import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { FOLDER_RULES, MAX_LINES, PACKAGE_RULES } from "./support/architecture-rules.ts";
import { folderReached, type Import, importsOf, readSource, sourceFiles } from "./support/imports.ts";

const ROOT = resolve(import.meta.dirname, "..");
const ruleOf = new Map(FOLDER_RULES.map((rule) => [rule.folder, rule]));
const files = sourceFiles(ROOT, "src").map((file) => {
  const source = readSource(ROOT, file);
  return { file, folder: file.split("/")[1]!, source, imports: importsOf(source) };
});

/** One line for every import that breaks the rule `problemOf` knows. */
function violations(problemOf: (folder: string, file: string, found: Import) => string | undefined): string[] {
  return files.flatMap(({ file, folder, imports }) =>
    imports.flatMap((found) => {
      const problem = problemOf(folder, file, found);
      return problem ? [`${file}:${found.line} ${problem}`] : [];
    }),
  );
}

function forbiddenEdge(folder: string, file: string, found: Import): string | undefined {
  if (!found.specifier.startsWith(".")) return undefined;
  const target = folderReached(file, found.specifier);
  if (target === folder) return undefined;
  if (target === undefined) return `imports ${found.specifier}, which is outside src/`;
  const rule = ruleOf.get(folder);
  if (rule?.imports.includes(target)) return undefined;
  if (!rule?.types.includes(target)) return `src/${folder} may not import src/${target}`;
  return found.kind === "type" ? undefined : `src/${folder} may import types only from src/${target}`;
}

function forbiddenPackage(folder: string, _file: string, found: Import): string | undefined {
  const rule = PACKAGE_RULES.find(({ packages }) => packages.test(found.specifier));
  return rule && !rule.folders.includes(folder) ? `imports ${found.specifier}: ${rule.because}` : undefined;
}

describe("src/", () => {
  test("every folder has a rule", () => {
    const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true }).map((entry) => entry.name);
    expect(folders.filter((folder) => !ruleOf.has(folder))).toEqual([]);
  });

  test("dependencies point one way", () => {
    expect(violations(forbiddenEdge)).toEqual([]);
  });

  test("React, the SDK and SQLite stay where they belong", () => {
    expect(violations(forbiddenPackage)).toEqual([]);
  });

  test("relative imports name the file with its extension", () => {
    const bare = violations((_folder, _file, { specifier }) =>
      specifier.startsWith(".") && !/\.(tsx?|json)$/.test(specifier) ? `imports ${specifier} without .ts` : undefined,
    );
    expect(bare).toEqual([]);
  });

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const long = files.map(({ file, source }) => ({ file, lines: source.trimEnd().split("\n").length }));
    expect(long.filter(({ lines }) => lines > MAX_LINES)).toEqual([]);
  });

  test("the allowed edges have no cycle, so the folders have none", () => {
    const placed = new Set<string>();
    let rest = FOLDER_RULES;
    while (rest.length > 0) {
      const next = rest.filter(({ imports, types }) => [...imports, ...types].every((folder) => placed.has(folder)));
      if (next.length === 0) break;
      for (const { folder } of next) placed.add(folder);
      rest = rest.filter(({ folder }) => !placed.has(folder));
    }
    expect(rest.map(({ folder }) => folder)).toEqual([]);
  });
});

describe("the guard itself", () => {
  test("sees every form of import, and no comment", () => {
    const source = [
      'import { a } from "./a.ts";',
      'import type { B } from "./b.ts";',
      'import { type C, type D } from "./c.ts";',
      'import { type E, f } from "./e.ts";',
      'import "./side-effect.ts";',
      'export { g } from "./g.ts";',
      'export type { H } from "./h.ts";',
      "import {",
      "  i,",
      '} from "./i.ts";',
      '// import { no } from "./no.ts";',
      '/** import { no } from "./no.ts"; */',
      'const later = await import("./later.ts");',
      'import * as all from "node:fs";',
      'export const text = "./not-an-import.ts";',
    ].join("\n");
    expect(importsOf(source).map(({ specifier, kind }) => `${kind} ${specifier}`)).toEqual([
      "value ./a.ts",
      "type ./b.ts",
      "type ./c.ts",
      "value ./e.ts",
      "value ./side-effect.ts",
      "value ./g.ts",
      "type ./h.ts",
      "value ./i.ts",
      "dynamic ./later.ts",
      "value node:fs",
    ]);
  });

  test("refuses what it must", () => {
    const value = (specifier: string): Import => ({ specifier, kind: "value", line: 1 });
    expect(forbiddenEdge("actions", "src/actions/x.ts", { ...value("../sim/index.ts"), kind: "type" })).toContain(
      "src/sim",
    );
    expect(forbiddenEdge("record", "src/record/x.ts", value("../state/store.ts"))).toContain("types only");
    expect(forbiddenEdge("record", "src/record/x.ts", { ...value("../state/store.ts"), kind: "type" })).toBeUndefined();
    expect(forbiddenEdge("base", "src/base/x.ts", value("../../bench/x.ts"))).toContain("outside src/");
    expect(forbiddenPackage("incident", "", value("react"))).toBeDefined();
    expect(forbiddenPackage("watch", "", value("@aws-sdk/client-ecs"))).toBeDefined();
    expect(forbiddenPackage("cli", "", value("node:sqlite"))).toBeDefined();
    expect(forbiddenPackage("panes", "", value("ink"))).toBeUndefined();
  });
});

test("docs/architecture.md shows the table of the rules", () => {
  const list = (folders: string[]) => folders.join(", ") || "-";
  const rows = FOLDER_RULES.map(
    ({ folder, purpose, imports, types }) => `| \`src/${folder}\` | ${purpose} | ${list(imports)} | ${list(types)} |`,
  );
  const document = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  for (const row of rows) expect(document).toContain(row);
});
