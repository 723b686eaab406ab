import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(path, "utf8");

test("package-lock.json names no registry host", () => {
  const lock = JSON.parse(read(join(ROOT, "package-lock.json"))) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(packages.filter(([, { integrity }]) => !integrity).map(([path]) => path)).toEqual([]);
});

test("package-lock.json holds every package that it asks for, as `npm ci` demands", () => {
  const { packages } = JSON.parse(read(join(ROOT, "package-lock.json"))) as {
    packages: Record<string, { dependencies?: object; optionalDependencies?: object }>;
  };
  const missing = Object.entries(packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isLocked(packages, path, name)),
  );
  expect(missing).toEqual([]);
});

/** Whether Node's resolution from the package at `path` finds `name` in the lock file. */
function isLocked(packages: object, path: string, name: string): boolean {
  const parents =
    path === ""
      ? []
      : path.split("/node_modules/").map((_, index, all) => all.slice(0, all.length - index).join("/node_modules/"));
  return [...parents.map((parent) => `${parent}/`), ""].some((prefix) => `${prefix}node_modules/${name}` in packages);
}

test("a current Node is locked for every platform that the launcher looks for", () => {
  const { optionalDependencies } = JSON.parse(read(join(ROOT, "package.json"))) as {
    optionalDependencies: Record<string, string>;
  };
  const launcher = read(join(ROOT, "bin/mayday.js"));
  expect(Object.keys(optionalDependencies)).not.toEqual([]);
  for (const name of Object.keys(optionalDependencies)) expect(launcher).toContain(`"${name}"`);
});

describe("the published package", () => {
  const folder = mkdtempSync(join(tmpdir(), "mayday-package-"));
  const checkout = join(folder, "checkout");
  // The Node that runs the tests comes first, as npm does it for its scripts.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, NODE_OPTIONS: "" };
  const npm = (...args: string[]) =>
    execFileSync("npm", args, { cwd: checkout, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  let tarball: string;

  // A copy of the checkout: a pack changes package.json while it runs.
  beforeAll(() => {
    for (const path of ["package.json", "bin", "src", "scripts", "docs", "LICENSE", "README.md"]) {
      if (existsSync(join(ROOT, path))) cpSync(join(ROOT, path), join(checkout, path), { recursive: true });
    }
    symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
    tarball = join(checkout, npm("pack", "--silent").trim().split("\n").at(-1)!);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("asks for nothing to be installed, and the checkout is as it was", () => {
    const published = JSON.parse(
      execFileSync("tar", ["-xzOf", tarball, "package/package.json"], { encoding: "utf8" }),
    ) as object;
    expect(Object.keys(published)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(devDependencies|optionalDependencies|dependencies|scripts)$/)]),
    );
    expect(published).toMatchObject({ name: "mayday", bin: { mayday: "bin/mayday.js" } });
    expect(read(join(checkout, "package.json"))).toBe(read(join(ROOT, "package.json")));
    expect(existsSync(join(checkout, "package.json.original"))).toBe(false);
  });

  test("holds the program, its licenses and the documents, and no source", () => {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    for (const file of [
      "bin/mayday.js",
      "dist/main.js",
      "dist/record-worker.js",
      "dist/THIRD-PARTY-NOTICES.txt",
      "LICENSE",
      "docs/mayday.example.yaml",
    ]) {
      expect(files).toContain(`package/${file}`);
    }
    expect(files.filter((file) => /^package\/(src|test|scripts|node_modules)\//.test(file))).toEqual([]);
  });

  test("installs offline and runs", () => {
    const prefix = join(folder, "prefix");
    npm("install", "--global", "--offline", "--prefix", prefix, tarball);
    const mayday = (...args: string[]) =>
      execFileSync(join(prefix, "bin/mayday"), args, { env, encoding: "utf8", cwd: folder });
    const { version } = JSON.parse(read(join(ROOT, "package.json"))) as { version: string };
    expect(mayday("--version")).toBe(`${version}\n`);
    expect(mayday("--help")).toContain("demo");
  });

  test("a pack that was killed is put right by the next one", () => {
    const original = read(join(checkout, "package.json"));
    const script = join(checkout, "scripts/pack-manifest.mjs");
    execFileSync(process.execPath, [script, "trim"]);
    expect(read(join(checkout, "package.json"))).not.toContain("devDependencies");
    execFileSync(process.execPath, [script, "trim"]);
    execFileSync(process.execPath, [script, "restore"]);
    expect(read(join(checkout, "package.json"))).toBe(original);
    execFileSync(process.execPath, [script, "restore"]);
    expect(read(join(checkout, "package.json"))).toBe(original);
  });

  test("a real dependency is refused: everything is bundled", () => {
    const original = read(join(checkout, "package.json"));
    writeFileSync(join(checkout, "package.json"), original.replace("{", '{ "dependencies": { "left-pad": "1.0.0" },'));
    const trim = () =>
      execFileSync(process.execPath, [join(checkout, "scripts/pack-manifest.mjs"), "trim"], { stdio: "pipe" });
    expect(trim).toThrow("everything is bundled");
    writeFileSync(join(checkout, "package.json"), original);
  });
});
