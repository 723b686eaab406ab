import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** The release that the template runs, and the simulator follows. */
const VERSION = "0.99.0";
/** Its class files are those of Java 21. */
const OLDEST_JAVA = 21;
/** A Java server on two busy cores, ms. */
const START_MS = 90_000;

const COORDINATES = `org.projectnessie.nessie:nessie-quarkus:${VERSION}:jar:runner`;

/** What is missing for a real Nessie, in words; undefined: nothing. */
export function nessieMissing(): string | undefined {
  if (!existsSync(jarFile()))
    return `no Nessie server: mvn dependency:get -Dartifact=${COORDINATES} -Dtransitive=false gets it (240 MB), or name a jar in MAYDAY_TEST_NESSIE_JAR`;
  return java() === undefined
    ? `Nessie ${VERSION} needs Java ${OLDEST_JAVA} or newer: name one in MAYDAY_TEST_JAVA`
    : undefined;
}

const jarFile = (): string =>
  process.env.MAYDAY_TEST_NESSIE_JAR ||
  join(
    homedir(),
    ".m2/repository/org/projectnessie/nessie/nessie-quarkus",
    VERSION,
    `nessie-quarkus-${VERSION}-runner.jar`,
  );

/** The first Java that is new enough: the one that was named, JAVA_HOME's, the one on the path, those that Debian installs. */
function java(): string | undefined {
  const { MAYDAY_TEST_JAVA: named, JAVA_HOME: home } = process.env;
  const folder = "/usr/lib/jvm";
  const installed = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, "bin/java")) : [];
  const candidates = named ? [named] : [...(home ? [join(home, "bin/java")] : []), "java", ...installed];
  return candidates.find((candidate) => {
    const { stderr } = spawnSync(candidate, ["-version"], { encoding: "utf8" });
    return Number(/version "(\d+)/.exec(stderr ?? "")?.[1] ?? 0) >= OLDEST_JAVA;
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export interface NessieServer {
  /** Base of its REST API. */
  endpoint: string;
  close(): Promise<void>;
}

/** A Nessie with an empty store in memory, on the loopback interface. @throws Error with its own words when it does not start. */
export async function startNessie(): Promise<NessieServer> {
  const [port, management] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "mayday-nessie-server-"));
  const settings = {
    "nessie.version.store.type": "IN_MEMORY",
    "quarkus.http.host": "127.0.0.1",
    "quarkus.http.port": port,
    "quarkus.management.host": "127.0.0.1",
    "quarkus.management.port": management,
  };
  const flags = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const server = spawn(
    java() ?? "java",
    ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", ...flags, "-jar", jarFile()],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (chunk) => output.push(String(chunk)));
  const close = () => end(server, folder);
  const endpoint = `http://127.0.0.1:${port}/api/v2`;
  const deadlineMs = Date.now() + START_MS;
  while (!(await answers(endpoint))) {
    if (server.exitCode !== null || Date.now() > deadlineMs) {
      await close();
      throw new Error(`Nessie did not start:\n${output.join("").slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { endpoint, close };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/config`)).ok;
  } catch {
    return false;
  }
}

async function end(server: ChildProcess, folder: string): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGKILL");
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
