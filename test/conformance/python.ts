import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** The oldest Python that the pinned packages run on. */
const OLDEST_PYTHON = [3, 10] as const;
const ROOT = resolve(import.meta.dirname, "../..");
/** Ignored by git, and out of the way of `npm ci`. */
const CACHE = join(ROOT, ".cache/conformance");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
/** Environments of interrupted runs are swept away when they are this old, ms. */
const ABANDONED_AFTER_MS = 3_600_000;

/** What is missing, and how to get it. */
export class PythonMissing extends Error {}

function run(command: string, parameters: readonly string[]): { ok: boolean; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, parameters, { encoding: "utf8" });
  return { ok: status === 0, output: error ? error.message : `${stdout}${stderr}`.trim() };
}

/** The version of the machine's Python. @throws PythonMissing when there is none, or one that is too old. */
function pythonVersion(command: string): string {
  const oldest = OLDEST_PYTHON.join(".");
  const answer = run(command, ["-c", "import platform; print(platform.python_version())"]);
  if (!answer.ok) {
    throw new PythonMissing(
      `The conformance suite needs Python ${oldest} or newer as \`${command}\`, which cannot be run (${answer.output}).\n` +
        "Install it (Debian and Ubuntu: apt-get install python3 python3-venv; macOS: brew install python3),\n" +
        "or name another one in MAYDAY_TEST_PYTHON. `npm test` needs no Python.",
    );
  }
  const [major = 0, minor = 0] = answer.output.split(".").map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new PythonMissing(
      `The conformance suite needs Python ${oldest} or newer; \`${command}\` is ${answer.output}.\n` +
        "Install a newer one, or name it in MAYDAY_TEST_PYTHON.",
    );
  }
  return answer.output;
}

function build(command: string, folder: string): void {
  const made = run(command, ["-m", "venv", folder]);
  if (!made.ok) {
    throw new PythonMissing(
      `\`${command} -m venv\` cannot make a virtual environment:\n${made.output}\n` +
        "Debian and Ubuntu keep its parts in a package of their own: apt-get install python3-venv.",
    );
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
  const installed = run(join(folder, "bin/python"), pip);
  if (!installed.ok) {
    throw new PythonMissing(
      `The packages of test/conformance/requirements.txt cannot be installed:\n${installed.output}\n` +
        "They come from the package index that pip is configured for.",
    );
  }
}

function sweep(keep: string): void {
  for (const name of readdirSync(CACHE)) {
    if (name === keep) continue;
    const startedMs = Number(/\.building-(\d+)-/.exec(name)?.[1] ?? 0);
    if (Date.now() - startedMs > ABANDONED_AFTER_MS) rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

/**
 * The Python of a virtual environment with the pinned packages, made when there is none for these pins and this Python yet.
 * @returns the path of its executable. @throws PythonMissing, which says what to do.
 */
export function conformancePython(): string {
  const command = process.env.MAYDAY_TEST_PYTHON || "python3";
  const version = pythonVersion(command);
  const pins = createHash("sha256").update(readFileSync(REQUIREMENTS)).update(`${command} ${version}`);
  const name = pins.digest("hex").slice(0, 16);
  const folder = join(CACHE, name);
  if (!existsSync(folder)) {
    const building = `${folder}.building-${Date.now()}-${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
    try {
      build(command, building);
      // Whoever comes first wins; the environment is only used by its path, so it may move.
      if (existsSync(folder)) rmSync(building, { recursive: true });
      else renameSync(building, folder);
    } catch (error) {
      rmSync(building, { recursive: true, force: true });
      throw error;
    }
  }
  sweep(name);
  return join(folder, "bin/python");
}

if (import.meta.main) {
  try {
    process.stdout.write(`Python of the conformance suite: ${conformancePython()}\n`);
  } catch (error) {
    if (!(error instanceof PythonMissing)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
