import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { transformSync } from "esbuild";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const LAUNCHER = resolve(import.meta.dirname, "../../bin/mayday.js");
const source = readFileSync(LAUNCHER, "utf8");
const oldNode = findOldNode();

let root: string;
let children: ChildProcess[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mayday-launcher-"));
  children = [];
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  writeFileSync(join(root, "bin/mayday.js"), source);
});
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

/** A Node below 24 that is installed on this machine, other than the one of node_modules. */
function findOldNode(): string | undefined {
  const candidates = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  return candidates.find((path) => {
    if (path.includes("node_modules") || !existsSync(path)) return false;
    return Number(/^v(\d+)/.exec(execFileSync(path, ["--version"], { encoding: "utf8" }))?.[1]) < 24;
  });
}

function program(code: string): void {
  mkdirSync(join(root, "dist"), { recursive: true });
  writeFileSync(join(root, "dist/main.js"), code);
}

/** Makes this Node too old for the launcher, and puts a "current" one beside it that runs the program. */
function requireNewerNode(): void {
  writeFileSync(join(root, "bin/mayday.js"), source.replace("REQUIRED_MAJOR = 24", "REQUIRED_MAJOR = 99"));
  const folder = join(root, "node_modules/.bin");
  mkdirSync(folder, { recursive: true });
  const script = [
    "#!/bin/sh",
    'if [ "$1" = --version ]; then echo v99.0.0; exit; fi',
    "shift",
    `exec "${process.execPath}" "${join(root, "dist/main.js")}" "$@"`,
  ];
  writeFileSync(join(folder, "node"), `${script.join("\n")}\n`);
  chmodSync(join(folder, "node"), 0o755);
}

const run = (args: string[] = [], node = process.execPath) =>
  spawnSync(node, [join(root, "bin/mayday.js"), ...args], { encoding: "utf8" });

/** Starts the launcher, waits until the program says that it is ready, and gives the way it ends. */
async function startReady(): Promise<{
  launcher: ChildProcess;
  ended: Promise<{ code: number | null; signal: string | null }>;
}> {
  const launcher = spawn(process.execPath, [join(root, "bin/mayday.js")], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(launcher);
  const ended = new Promise<{ code: number | null; signal: string | null }>((done) => {
    launcher.once("exit", (code, signal) => done({ code, signal }));
  });
  await new Promise<void>((ready) => launcher.stdout?.once("data", () => ready()));
  return { launcher, ended };
}

describe("on a current Node", () => {
  test("runs the program with its arguments and its exit code", () => {
    program("console.log(process.argv.slice(2).join(' ')); process.exitCode = 5;");
    expect(run(["demo", "--speed", "2"])).toMatchObject({ stdout: "demo --speed 2\n", status: 5, stderr: "" });
  });

  test("says what to do when nothing is built", () => {
    const { stderr, status } = run();
    expect(stderr).toContain("npm run build");
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
  });

  test("says why the program does not start, without a stack trace", () => {
    program("import './missing.js';");
    const { stderr, status } = run();
    expect(stderr).toMatch(/^mayday could not start: .*missing\.js/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
  });
});

describe("on an old Node", () => {
  test("is written in what Node 14 understands", () => {
    const asIs = transformSync(source, { format: "esm", target: "esnext" }).code;
    expect(transformSync(source, { format: "esm", target: "node14.13" }).code).toBe(asIs);
    expect(source).not.toMatch(/^\s*await /m);
  });

  test("says what to do when there is no newer one", () => {
    program("console.log('ran')");
    writeFileSync(join(root, "bin/mayday.js"), source.replace("REQUIRED_MAJOR = 24", "REQUIRED_MAJOR = 99"));
    const { stdout, stderr, status } = run();
    expect(stdout).toBe("");
    expect(stderr).toContain(`this is Node ${process.version}`);
    expect(stderr).toContain("nvm install");
    expect(status).toBe(2);
  });

  test("runs the program with the Node that came with the install", () => {
    requireNewerNode();
    program("console.log(process.argv.slice(2).join('|')); process.exitCode = 4;");
    expect(run(["a b", "--c"])).toMatchObject({ stdout: "a b|--c\n", status: 4, stderr: "" });
  });

  test("hands signals on and waits for the program to end", async () => {
    requireNewerNode();
    program(
      "for (const s of ['SIGTERM','SIGHUP']) process.on(s, () => process.exit(s === 'SIGHUP' ? 7 : 8)); setInterval(() => {}, 1000); console.log('ready');",
    );
    const hungUp = await startReady();
    hungUp.launcher.kill("SIGHUP");
    expect(await hungUp.ended).toEqual({ code: 7, signal: null });
    const terminated = await startReady();
    terminated.launcher.kill("SIGTERM");
    expect(await terminated.ended).toEqual({ code: 8, signal: null });
  });

  test("leaves Ctrl-C to the program and ends by the signal that ended it", async () => {
    requireNewerNode();
    program("process.stdin.once('data', () => process.kill(process.pid, 'SIGTERM')); console.log('ready');");
    const { launcher, ended } = await startReady();
    launcher.kill("SIGINT");
    launcher.stdin?.write("end\n");
    expect(await ended).toEqual({ code: null, signal: "SIGTERM" });
  });

  test.skipIf(!oldNode)("a real one says what to do, or runs the program with the newer one", () => {
    program("console.log(process.version)");
    const alone = run([], oldNode);
    expect(alone.stderr).toContain("mayday needs Node 24 or newer");
    expect(alone.stderr).not.toContain("SyntaxError");
    expect(alone.status).toBe(2);
    mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
    writeFileSync(join(root, "node_modules/.bin/node"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, {
      mode: 0o755,
    });
    expect(run([], oldNode)).toMatchObject({ stdout: `${process.version}\n`, status: 0 });
  });
});
