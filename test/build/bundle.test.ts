import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface BuildOptions {
  root: string;
  outdir: string;
  entries: Record<string, string>;
}
// The build scripts are plain JavaScript, so that they run before anything is installed but esbuild.
const scripts = new URL("../../scripts/", import.meta.url);
const { buildProgram } = (await import(new URL("build.mjs", scripts).href)) as {
  buildProgram(options: BuildOptions): Promise<unknown>;
};
const { forbidden, notices } = (await import(new URL("licenses.mjs", scripts).href)) as {
  forbidden(packages: { name: string; license: string }[]): { name: string }[];
  notices(packages: { name: string; version: string; license: string; text: string }[]): string;
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mayday-build-"));
  write("package.json", '{"type":"module","version":"1.2.3"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
function installPackage(name: string, license: string): void {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", license, main: "index.js" }));
  write(`node_modules/${name}/index.js`, `module.exports = () => require("node:os").EOL + ${JSON.stringify(name)};`);
  write(`node_modules/${name}/LICENSE`, `The license of ${name}\n`);
}
const build = () =>
  buildProgram({ root, outdir: join(root, "dist"), entries: { main: "src/main.ts", worker: "src/worker.ts" } });
const runMain = async (...args: string[]) =>
  (await promisify(execFile)(process.execPath, [join(root, "dist/main.js"), ...args])).stdout;

describe("the build", () => {
  test("bundles CommonJS packages, chunks and the second entry, and the program runs", async () => {
    installPackage("plain", "MIT");
    write("src/sim/index.ts", 'export const simulate = (): string => "simulated";');
    write(
      "src/main.ts",
      [
        'import plain from "plain";',
        'if (process.argv[2] === "sim") console.log((await import("./sim/index.ts")).simulate());',
        "else console.log(plain().trim(), process.env.MAYDAY_VERSION, process.env.NODE_ENV);",
      ].join("\n"),
    );
    write("src/worker.ts", "console.log('worker');");
    await build();
    expect(await runMain()).toBe("plain 1.2.3 production\n");
    expect(await runMain("sim")).toBe("simulated\n");
    expect(existsSync(join(root, "dist/worker.js"))).toBe(true);
    const notice = readFileSync(join(root, "dist/THIRD-PARTY-NOTICES.txt"), "utf8");
    expect(notice).toContain("plain 1.0.0 (MIT)");
    expect(notice).toContain("The license of plain");
  });

  test("refuses a license that is not permissive, and leaves the former build in place", async () => {
    write("dist/main.js", "console.log('former');");
    installPackage("copyleft", "GPL-3.0-only");
    write("src/main.ts", 'import copyleft from "copyleft";\nconsole.log(copyleft());');
    write("src/worker.ts", "");
    await expect(build()).rejects.toThrow("copyleft@1.0.0 (GPL-3.0-only)");
    expect(await runMain()).toBe("former\n");
  });

  test("refuses the simulator in what every start loads, also through a shared chunk", async () => {
    write("src/sim/index.ts", 'export const simulate = (): string => "simulated";');
    write("src/between.ts", 'export { simulate } from "./sim/index.ts";');
    write("src/main.ts", 'import { simulate } from "./between.ts";\nconsole.log(simulate());');
    write("src/worker.ts", 'import { simulate } from "./between.ts";\nconsole.log(simulate(), 1);');
    await expect(build()).rejects.toThrow("src/sim/index.ts");
  });
});

describe("licenses", () => {
  const refused = (license: string) => forbidden([{ name: "x", license }]).length === 1;
  test.each(["MIT", "Apache-2.0", "(MIT OR GPL-3.0)", "MIT AND ISC", "BlueOak-1.0.0"])("%s is allowed", (license) =>
    expect(refused(license)).toBe(false),
  );
  test.each(["GPL-3.0", "MIT AND GPL-3.0", "UNLICENSED", "", "SEE LICENSE IN x"])("%j is refused", (license) =>
    expect(refused(license)).toBe(true),
  );
  test("the same text stands once, under all its packages", () => {
    const one = { version: "1.0.0", license: "MIT", text: "same text" };
    const text = notices([
      { name: "a", ...one },
      { name: "b", ...one },
    ]);
    expect(text).toContain("a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nsame text");
    expect(text.split("same text")).toHaveLength(2);
  });
});
