import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { Failure } from "../../src/base/failure.ts";
import type { ContainerLog, DockerOperation, DockerOperations } from "../../src/transports/docker/contract.ts";
import { runDocker } from "../../src/transports/docker/process.ts";
import { dockerTransport } from "../../src/transports/docker/transport.ts";
import { until } from "../record/support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-docker-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ACTION = { purpose: "action" } as const;

/** A `docker` in front of PATH that does what the shell script says; its arguments are in `$@`. */
function docker(script: string, options: { dockerHost?: string; environment?: Record<string, string> } = {}) {
  const file = join(folder, "docker");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  const { dockerHost, environment = {} } = options;
  const transport = dockerTransport({
    clock: systemClock(),
    environment: { PATH: `${folder}:${process.env.PATH}`, OUT: join(folder, "out"), ...environment },
    ...(dockerHost ? { dockerHost } : {}),
  });
  return {
    ...transport,
    call: async <O extends DockerOperation>(
      operation: O,
      input: DockerOperations[O]["input"],
      signal?: AbortSignal,
    ) => {
      const sent = await transport.send("docker", operation, input, { ...ACTION, ...(signal ? { signal } : {}) });
      return sent.output as DockerOperations[O]["output"];
    },
    written: () => readFileSync(join(folder, "out"), "utf8"),
  };
}

async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).detail;
}

const PROJECT = { project: "lakehouse-prod" };
const DAEMON = { ...PROJECT, services: ["dagster-daemon"] };

describe("the docker command line", () => {
  it("is what a person would type, and quoted where it must be", () => {
    const { lineOf } = docker("");
    expect(lineOf("docker", "ComposeStop", DAEMON)).toBe("docker compose -p lakehouse-prod stop dagster-daemon");
    expect(lineOf("docker", "ComposePs", PROJECT)).toBe(
      "docker compose -p lakehouse-prod ps --all --no-trunc --format json",
    );
    const files = { files: ["/srv/data team/compose.yaml"], directory: "/srv/data team", environmentFiles: [] };
    expect(lineOf("docker", "ComposeUp", { ...DAEMON, ...files, scale: { "dagster-daemon": 2 } })).toBe(
      "docker compose -p lakehouse-prod --project-directory '/srv/data team' -f '/srv/data team/compose.yaml' up --detach --no-deps --scale dagster-daemon=2 dagster-daemon",
    );
    expect(lineOf("docker", "ComposeHash", { ...PROJECT, ...files })).toMatch(/ config --hash '\*'$/);
    const remote = docker("", { dockerHost: "ssh://ops@dagster.example" });
    expect(remote.lineOf("docker", "Inspect", { containers: ["abc"] })).toBe(
      "DOCKER_HOST=ssh://ops@dagster.example docker inspect --type container abc",
    );
  });

  it("is run as it is shown: no shell between, no option made of a name", async () => {
    const { call, written } = docker('printf "%s\\n" "$@" > "$OUT"');
    await call("ComposeStop", DAEMON);
    expect(written().trim().split("\n")).toEqual(["compose", "-p", "lakehouse-prod", "stop", "dagster-daemon"]);
    for (const service of ["--timeout=0", "a; rm -rf /", "$(id)", ""])
      expect(await failureOf(call("ComposeStop", { ...PROJECT, services: [service] }))).toMatchObject({
        kind: "invalid",
        next: expect.stringMatching(/Nothing was run/),
      });
    expect((await failureOf(call("ComposeDown", { ...PROJECT, services: [] }))).kind).toBe("invalid");
    expect((await failureOf(call("Logs", { container: "abc", since: "1h --follow" }))).kind).toBe("invalid");
  });

  it("inherits the environment but not which project and file it is about, and runs outside of any folder", async () => {
    const environment = { DOCKER_CONTEXT: "far", COMPOSE_FILE: "/etc/other.yaml", COMPOSE_PROJECT_NAME: "other" };
    const { call, written } = docker('{ env; pwd; } > "$OUT"', { environment, dockerHost: "tcp://10.8.0.4:2376" });
    await call("ComposeStop", DAEMON);
    expect(written()).toMatch(/^DOCKER_CONTEXT=far$/m);
    expect(written()).toMatch(/^DOCKER_HOST=tcp:\/\/10\.8\.0\.4:2376$/m);
    expect(written()).not.toMatch(/COMPOSE_FILE|COMPOSE_PROJECT_NAME/);
    expect(written()).toMatch(/^\/$/m);
  });
});

describe("docker's answers", () => {
  const ps = (id: string, service: string, state: string, labels = "com.docker.compose.oneoff=False") =>
    JSON.stringify({
      ID: id,
      Name: `p-${service}-1`,
      Service: service,
      State: state,
      Health: "",
      Labels: labels,
      Command: '"run --password=hunter2"',
    });
  const lines = [
    ps("a", "dagster-daemon", "restarting"),
    ps("b", "dagster-webserver", "running", "x=1,com.docker.compose.oneoff=False,y=a,b"),
    ps("c", "dagster-daemon", "running", "x=1,com.docker.compose.oneoff=True,y=2"),
    ps("d", "postgres", "exited"),
  ];

  it.each([
    ["one object a line", lines.join("\n")],
    ["an array, as before compose 2.21", `[${lines.join(",")}]`],
  ])(
    "ps as %s: a container between two lives is up, one of docker compose run is not the service's",
    async (_form, output) => {
      writeFileSync(join(folder, "answer"), output);
      const { call } = docker(`cat "${folder}/answer"`);
      const services = ["dagster-daemon", "dagster-webserver", "gone"];
      const found = await call("ComposePs", { ...PROJECT, services });
      expect(found.services).toEqual([
        { Service: "dagster-daemon", containers: 1, up: 1, paused: 0, stopped: 0 },
        { Service: "dagster-webserver", containers: 1, up: 1, paused: 0, stopped: 0 },
        { Service: "gone", containers: 0, up: 0, paused: 0, stopped: 0 },
      ]);
      expect(found.containers.map(({ ID, OneOff }) => [ID, OneOff])).toEqual([
        ["a", false],
        ["b", false],
        ["c", true],
      ]);
      expect(JSON.stringify(found)).not.toContain("hunter2");
      const whole = await call("ComposePs", { ...PROJECT, whole: true });
      expect(whole.services).toHaveLength(3);
      expect(JSON.stringify(whole.whole)).toContain("hunter2");
    },
  );

  it("ps of a project without containers says nothing", async () => {
    const { call } = docker("exit 0");
    expect(await call("ComposePs", { ...PROJECT, services: ["x"] })).toEqual({
      containers: [],
      services: [{ Service: "x", containers: 0, up: 0, paused: 0, stopped: 0 }],
    });
  });

  it("inspect keeps what may be shown, sanitised, and nothing that could be a secret", async () => {
    const container = {
      Id: "a1",
      Name: "/lakehouse-prod-dagster-daemon-1",
      Created: "2026-11-23T00:00:00.000000001Z",
      Args: ["--token=s3cret"],
      State: {
        Status: "exited",
        ExitCode: 137,
        OOMKilled: true,
        Error: "\u001b[31mred\u001b[0m",
        FinishedAt: "2026-11-23T01:00:00Z",
      },
      Image: "sha256:0011",
      RestartCount: 4,
      HostConfig: { Memory: 2147483648, RestartPolicy: { Name: "unless-stopped" }, LogConfig: { Type: "json-file" } },
      Config: {
        Image: "lakehouse-dagster:2026.45.1",
        Env: ["DAGSTER_PG_PASSWORD=hunter2"],
        Cmd: ["dagster-daemon", "--password", "hunter2"],
        Labels: {
          "com.docker.compose.service": "dagster-daemon",
          "com.docker.compose.depends_on": "dagster-webserver:service_started:true,postgres:service_healthy:false",
          "com.docker.compose.project.config_files": "/srv/a.yaml,/srv/b.yaml",
          "com.docker.compose.project.working_dir": "/srv",
          "com.docker.compose.config-hash": "c0ffee",
          token: "hunter2",
        },
      },
    };
    writeFileSync(join(folder, "answer"), JSON.stringify([container], null, 4));
    const { call } = docker(`cat "${folder}/answer"`);
    const { containers } = await call("Inspect", { containers: ["a1"] });
    expect(containers[0]).toMatchObject({
      Name: "lakehouse-prod-dagster-daemon-1",
      Service: "dagster-daemon",
      DependsOn: ["dagster-webserver", "postgres"],
      State: { ExitCode: 137, OOMKilled: true, Error: "red", Health: "" },
      RestartCount: 4,
      RestartPolicy: "unless-stopped",
      MemoryLimit: 2147483648,
      ConfigFiles: ["/srv/a.yaml", "/srv/b.yaml"],
      ConfigHash: "c0ffee",
    });
    expect(JSON.stringify(containers)).not.toMatch(/hunter2|s3cret|\\u001b/);
    expect(JSON.stringify((await call("Inspect", { containers: ["a1"], whole: true })).whole)).toContain("hunter2");
  });

  it("that are no JSON or have no end are failures and not crashes", async () => {
    expect((await failureOf(docker("echo nonsense").call("ComposePs", PROJECT))).why).toMatch(/not the JSON/);
    const floods = { command: [join(folder, "docker")], environment: process.env, clock: systemClock() };
    docker("yes 0123456789");
    const flood = runDocker(floods, "ComposePs", [], { timeoutMs: 60_000, maxBytes: 100_000 });
    expect((await failureOf(flood)).why).toMatch(/more than 100000 bytes/);
  });
});

describe("a docker that does not work", () => {
  it("is missing", async () => {
    const { send } = dockerTransport({ clock: systemClock(), environment: { PATH: folder } });
    expect(await failureOf(send("docker", "ComposePs", PROJECT, ACTION))).toMatchObject({
      kind: "not-found",
      why: expect.stringMatching(/no docker command on this host's PATH/),
      next: expect.stringMatching(/dagster\.dockerHost/),
    });
  });

  it("is no program that may be run", async () => {
    docker("");
    chmodSync(join(folder, "docker"), 0o644);
    const { send } = dockerTransport({ clock: systemClock(), environment: { PATH: folder } });
    expect((await failureOf(send("docker", "ComposePs", PROJECT, ACTION))).kind).toBe("denied");
  });

  it.each([
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.47/containers/json": dial unix /var/run/docker.sock: connect: permission denied',
      "denied",
      /group docker/,
    ],
    [
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "unreachable",
      /systemctl status docker/,
    ],
    [
      'error during connect: Get "http://docker.example/v1.47/info": command [ssh -- dagster docker system dial-stdio] has exited with exit status 255',
      "unreachable",
      /docker context ls/,
    ],
    [
      "unknown shorthand flag: 'p' in -p\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]",
      "not-found",
      /docker-compose-plugin/,
    ],
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'", "not-found", /docker-compose-plugin/],
    ["docker: unknown command: docker compose", "not-found", /docker-compose-plugin/],
    ["Error response from daemon: No such container: 0123456789ab", "not-found", /removed or recreated/],
    ["no such service: dagster-deamon", "not-found", /composeServices/],
    ["no configuration file provided: not found", "not-found", /composeDirectory/],
    [
      "Error response from daemon: configured logging driver does not support reading",
      "invalid",
      /where the driver sends them/,
    ],
    [
      'context "far": context not found: open /root/.docker/contexts/meta.json: no such file',
      "unreachable",
      /docker context ls/,
    ],
    [
      "Error response from daemon: Container 01 is restarting, wait until the container is running",
      "invalid",
      /command log/,
    ],
  ])("says %s", async (words, kind, next) => {
    writeFileSync(join(folder, "words"), words);
    const detail = await failureOf(docker(`cat "${folder}/words" >&2; exit 1`).call("ComposeStop", DAEMON));
    expect(detail).toMatchObject({ kind, what: "docker:ComposeStop", next: expect.stringMatching(next) });
    expect(detail.why).not.toBe("");
  });

  it("says nothing, or something that would disturb the screen", async () => {
    expect((await failureOf(docker("exit 3").call("ComposeStop", DAEMON))).why).toMatch(/code 3 and said nothing/);
    writeFileSync(join(folder, "words"), "\u001b]0;owned\u0007Error: \u001b[2Jbad\n");
    const detail = await failureOf(docker(`cat "${folder}/words" >&2; exit 1`).call("ComposeStop", DAEMON));
    expect(detail.why).toBe("Error: bad");
  });

  it("does not come to an end: it is ended, with what it started, and its fate is not known", async () => {
    docker(`sh -c 'trap "" TERM; echo $$ > "$OUT"; sleep 1000' & wait`);
    const command = {
      command: [join(folder, "docker")],
      environment: { ...process.env, OUT: join(folder, "out") },
      clock: systemClock(),
    };
    const written = () => existsSync(join(folder, "out")) && /\d\n/.test(readFileSync(join(folder, "out"), "utf8"));
    const hanging = failureOf(runDocker(command, "ComposeStop", [], { timeoutMs: 400, maxBytes: 1000 }));
    await until(written);
    const pid = Number(readFileSync(join(folder, "out"), "utf8"));
    expect(await hanging).toMatchObject({ kind: "unreachable", why: expect.stringMatching(/did not come to an end/) });
    await until(() => !isAlive(pid));
  });

  it("is ended when nobody wants its answer any more", async () => {
    const { call, close } = docker('echo $$ > "$OUT"; exec sleep 1000');
    const started = () => existsSync(join(folder, "out")) && /\d\n/.test(readFileSync(join(folder, "out"), "utf8"));
    const abort = new AbortController();
    const waiting = call("ComposePs", PROJECT, abort.signal).catch((error: unknown) => error);
    await until(started);
    const pid = Number(readFileSync(join(folder, "out"), "utf8"));
    abort.abort("enough");
    expect(await waiting).toBe("enough");
    await until(() => !isAlive(pid));
    rmSync(join(folder, "out"));
    const closing = failureOf(call("ComposePs", PROJECT));
    await until(started);
    close();
    expect((await closing).why).toMatch(/closing/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("docker logs", () => {
  const stamp = (second: number) => `2026-11-23T03:00:0${second}.000000000Z`;

  it("are two streams of lines as they are, with docker's own words taken out", async () => {
    const { call } = docker(
      `printf '%s\\n' '${stamp(1)} out'; printf '%s\\n' '${stamp(2)} err' 'WARNING: something' '${stamp(3)} Traceback'  >&2; printf '%s' '${stamp(4)} no newline'`,
    );
    const log: ContainerLog = await call("Logs", { container: "abc" });
    const [out, err] = await Promise.all([text(log.stdout), text(log.stderr), log.ended]);
    expect(out).toBe(`${stamp(1)} out\n${stamp(4)} no newline`);
    expect(err).toBe(`${stamp(2)} err\n${stamp(3)} Traceback\n`);
  });

  it("fail with docker's words after what there was", async () => {
    const words = "Error response from daemon: configured logging driver does not support reading";
    const { call } = docker(`printf '%s\\n' '${stamp(1)} err' '${words}' >&2; exit 1`);
    const log = await call("Logs", { container: "abc" });
    const [, err, detail] = await Promise.all([text(log.stdout), text(log.stderr), failureOf(log.ended)]);
    expect(err).toBe(`${stamp(1)} err\n`);
    expect(detail.why).toMatch(/logging driver/);
  });

  it("wait for their reader, and end with the signal", async () => {
    const { call } = docker(`yes '${stamp(1)} a line' | head -c 50000000; echo done > "$OUT"`);
    const abort = new AbortController();
    const log = await call("Logs", { container: "abc" }, abort.signal);
    const ended = log.ended.catch((error: unknown) => error);
    await until(() => log.stdout.readableLength > 0);
    expect(log.stdout.readableLength).toBeLessThan(200_000);
    expect(existsSync(join(folder, "out"))).toBe(false);
    abort.abort("enough");
    expect(await ended).toBe("enough");
  });
});
