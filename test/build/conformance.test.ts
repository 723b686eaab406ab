import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "../conformance/python.ts");

/** What the first step of `npm run test:conformance` says with this Python. */
function prepareWith(python: string) {
  const env = { ...process.env, MAYDAY_TEST_PYTHON: python };
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A program that stands for a Python. */
function pretend(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mayday-python-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "python");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test("without Python the conformance suite fails, and says what to install", () => {
  const { status, stdout, stderr } = prepareWith("/nonexistent/python3");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("needs Python 3.10 or newer as `/nonexistent/python3`");
  expect(stderr).toContain("apt-get install python3 python3-venv");
});

test("a Python that is too old is named", () => {
  const { status, stderr } = prepareWith(pretend("echo 3.6.8"));
  expect([status, stderr.split("\n")[0]]).toEqual([
    1,
    expect.stringMatching(/^The conformance suite needs Python 3\.10 or newer; `.*` is 3\.6\.8\.$/),
  ]);
});

test("a Python without venv is told, with its own words", () => {
  const python = pretend('case "$1" in -c) echo 3.12.0;; *) echo "No module named venv"; exit 1;; esac');
  const { status, stderr } = prepareWith(python);
  expect(status).toBe(1);
  expect(stderr).toContain("cannot make a virtual environment:\nNo module named venv");
  expect(stderr).toContain("apt-get install python3-venv");
});
