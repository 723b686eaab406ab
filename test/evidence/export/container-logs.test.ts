import { createHash } from "node:crypto";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { type ContainerLogRequest, exportContainerLog } from "../../../src/evidence/export/container-logs.ts";
import type { ExportContext, Exported } from "../../../src/evidence/export/contract.ts";
import { PauseGate } from "../../../src/evidence/export/pause.ts";
import type { RunningSimulator } from "../../../src/sim/index.ts";
import { type ContainerLine, linesOf } from "../../../src/sim/world/docker/log-lines.ts";
import { LogStream } from "../../../src/sim/world/logs/log-store.ts";
import { callDocker } from "../../../src/transports/docker/contract.ts";
import { dockerTransport } from "../../../src/transports/docker/transport.ts";
import { withTransports } from "../../../src/transports/route.ts";
import { account, clockOf, layerOf, stateFolder } from "../../incident/support.ts";
import { dockerCommand } from "../../support/simulated-docker.ts";

const FROM_MS = Date.UTC(2026, 10, 23, 3, 0, 0);
const TO_MS = FROM_MS + 3 * 60_000;

/** A container whose log has `perMinute` lines a minute on both outputs, many of them at the same time. */
function busy(
  simulator: RunningSimulator,
  perMinute: number,
): { container: ContainerLogRequest["container"]; truth: () => { count: number; sha256: string } } {
  const { compose, project } = simulator.world.dagster.inCompose;
  const [container] = compose.containersOf(project, ["dagster-daemon"]);
  if (!container) throw new Error("no daemon");
  const log = new LogStream("busy", 1, FROM_MS, (minuteMs) =>
    Array.from({ length: perMinute }, (_, index) => {
      const atMs = minuteMs + Math.floor((index * 60_000) / perMinute / 20) * 20;
      const message = `${index % 3 === 0 ? "INFO:     " : ""}${index} é "quoted" \u001b[31m`;
      return { atMs, ingestedAtMs: atMs, message };
    }),
  );
  log.endedAtMs = TO_MS;
  container.logs = [log];
  const truth = () => {
    const lines = [...linesOf(container, FROM_MS, TO_MS)];
    const order = (line: ContainerLine) => (line.stream === "stdout" ? 0 : 1);
    lines.sort((a, b) => a.atMs - b.atMs || order(a) - order(b));
    const hash = createHash("sha256");
    for (const { message, stream, atMs } of lines) {
      const timestamp = new Date(atMs).toISOString().replace("Z", "000000Z");
      hash.update(`${JSON.stringify({ message, stream, timestamp })}\n`);
    }
    return { count: lines.length, sha256: hash.digest("hex") };
  };
  return { container: { id: container.id, name: container.name, service: "dagster-daemon" }, truth };
}

async function contextOf(simulator: RunningSimulator, rest: Partial<ExportContext> = {}): Promise<ExportContext> {
  const clock = clockOf(simulator);
  const docker = dockerTransport({ clock, environment: process.env, command: dockerCommand(simulator.endpoint) });
  return {
    aws: withTransports(await layerOf(simulator), [docker], clock),
    clock,
    signal: new AbortController().signal,
    pause: new PauseGate(),
    workFolder: stateFolder(),
    progress: () => undefined,
    ...rest,
  };
}

const requestOf = (container: ContainerLogRequest["container"], more: Partial<ContainerLogRequest> = {}) => ({
  project: "lakehouse-prod",
  container,
  fromMs: FROM_MS,
  toMs: TO_MS,
  merged: true,
  ...more,
});

const indexOf = ({ files }: Exported) => JSON.parse(readFileSync(files[1]?.path ?? "", "utf8"));
const linesIn = (path = "") => gunzipSync(readFileSync(path)).toString("utf8").split("\n").slice(0, -1);
const start = () => account({ dagster: "compose", epochMs: TO_MS + 60_000 });

describe("a container's log", () => {
  it("is every line of both outputs once, merged by time, in private files", async () => {
    const simulator = await start();
    const { container, truth } = busy(simulator, 9_000);
    const exported = await exportContainerLog(requestOf(container), await contextOf(simulator));
    expect(exported.missing).toEqual([]);
    const { count, sha256 } = truth();
    expect(count).toBe(27_000);
    expect(indexOf(exported)).toMatchObject({
      lines: count,
      sha256OfLines: sha256,
      complete: true,
      container: "lakehouse-prod-dagster-daemon-1",
      from: "2026-11-23T03:00:00.000Z",
      to: "2026-11-23T03:03:00.000Z",
    });
    expect(
      createHash("sha256")
        .update(gunzipSync(readFileSync(exported.files[0]?.path ?? "")))
        .digest("hex"),
    ).toBe(sha256);
    expect(exported.files[0]).toMatchObject({
      name: "containers/lakehouse-prod-dagster-daemon-1-20261123T030000Z-20261123T030300Z.jsonl.gz",
      sourceArn: "docker://lakehouse-prod/lakehouse-prod-dagster-daemon-1",
      version: container.id,
      api: "docker:Logs",
      partialReason: "",
    });
    for (const { path } of exported.files) expect(statSync(path).mode & 0o077).toBe(0);
  });

  it("that was cut off goes on where it stood: the same lines in the end", async () => {
    const simulator = await start();
    const { container, truth } = busy(simulator, 30_000);
    const workFolder = stateFolder();
    const request = requestOf(container, { toMs: null });
    const cut = new AbortController();
    const early = await contextOf(simulator, {
      workFolder,
      signal: cut.signal,
      progress: (detail) => {
        if (/^[1-9]\d* \d{3} lines/.test(detail)) cut.abort(new Error("the box is over"));
      },
    });
    const partial = await exportContainerLog(request, early);
    expect(partial.missing).toEqual(["log of lakehouse-prod-dagster-daemon-1: the box is over"]);
    expect(partial.items).toBeGreaterThan(1000);
    expect(partial.items).toBeLessThan(truth().count);
    expect(indexOf(partial)).toMatchObject({ complete: false, reasons: ["the box is over"] });
    const whole = await exportContainerLog(request, await contextOf(simulator, { workFolder }));
    expect(whole.missing).toEqual([]);
    expect(indexOf(whole)).toMatchObject({ complete: true, lines: truth().count, sha256OfLines: truth().sha256 });
    await whole.discard();
  });

  it("stands still while it is paused", async () => {
    const simulator = await start();
    const { container, truth } = busy(simulator, 20_000);
    const pause = new PauseGate();
    let lines = 0;
    const { promise: first, resolve: seen } = Promise.withResolvers<void>();
    const context = await contextOf(simulator, {
      pause,
      progress: (detail) => {
        lines = Number(detail.split(" lines")[0]?.replaceAll(" ", ""));
        if (!pause.paused && lines > 0 && lines < 50_000) {
          pause.pause();
          seen();
        }
      },
    });
    const running = exportContainerLog(requestOf(container), context);
    await first;
    const otherCall = () => callDocker(context.aws, "ComposeLs", {}, { purpose: "evidence" });
    // What was read already may still be written; after that it is this export alone that stands still.
    await otherCall();
    const standing = lines;
    await otherCall();
    expect(lines).toBe(standing);
    pause.resume();
    // From now on it is not paused again.
    pause.pause = () => undefined;
    const exported = await running;
    expect(indexOf(exported).sha256OfLines).toBe(truth().sha256);
  });

  it("before a containment is not merged, and keeps what there was when its time is over", async () => {
    const simulator = await start();
    const { container } = busy(simulator, 30_000);
    const cut = new AbortController();
    const context = await contextOf(simulator, {
      signal: cut.signal,
      progress: (detail) => {
        if (/^[1-9]\d* \d{3} lines/.test(detail)) cut.abort(new Error("time box of 15 s is over"));
      },
    });
    const { files, missing, items } = await exportContainerLog(requestOf(container, { merged: false }), context);
    expect(missing[0]).toMatch(/time box/);
    expect(files.map(({ name }) => name.match(/-(stdout|stderr)\.jsonl\.gz$/)?.[1])).toEqual(
      expect.arrayContaining(["stderr"]),
    );
    expect(files.flatMap(({ path }) => linesIn(path))).toHaveLength(items);
    expect(files.every(({ partialReason }) => /time box/.test(partialReason))).toBe(true);
  });

  it("that docker cannot read, or whose container is gone, is missing with the reason", async () => {
    const simulator = await start();
    const { container } = busy(simulator, 10);
    const gone = await exportContainerLog(requestOf({ ...container, id: "0123456789ab" }), await contextOf(simulator));
    expect(gone).toMatchObject({ files: [], items: 0 });
    expect(gone.missing[0]).toMatch(/^log of lakehouse-prod-dagster-daemon-1: the container is not there any more/);
  });
});

describe("lines of a docker that is a script", () => {
  const stamp = (ms: number) => `2026-11-23T03:00:0${ms / 1000}.000000000Z`;

  /** The lines of the log of a docker that prints what the file holds on standard error. */
  async function linesOfScript(content: string | Buffer): Promise<{ message: string; timestamp: string }[]> {
    const folder = stateFolder();
    writeFileSync(join(folder, "log"), content);
    writeFileSync(join(folder, "docker"), `#!/bin/sh\nexec cat '${folder}/log' >&2\n`);
    chmodSync(join(folder, "docker"), 0o755);
    const simulator = await start();
    const clock = systemClock();
    const docker = dockerTransport({ clock, environment: {}, command: [join(folder, "docker")] });
    const aws = withTransports(await layerOf(simulator), [docker], clock);
    const container = { id: "abc", name: "one", service: "s" };
    const exported = await exportContainerLog(requestOf(container), await contextOf(simulator, { aws }));
    expect(exported.missing).toEqual([]);
    return linesIn(exported.files[0]?.path).map((line) => JSON.parse(line));
  }

  it("may be empty, without an end, and longer than memory should hold", async () => {
    const long = `${"é".repeat(700_000)}end`;
    const lines = await linesOfScript(`${stamp(1000)} \n${stamp(2000)} ${long}\n${stamp(3000)} last`);
    expect(lines[0]).toMatchObject({ message: "", timestamp: stamp(1000) });
    expect(lines.at(-1)).toMatchObject({ message: "last", timestamp: stamp(3000) });
    const pieces = lines.slice(1, -1);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.every(({ timestamp }) => timestamp === stamp(2000))).toBe(true);
    expect(pieces.map(({ message }) => message).join("")).toBe(long);
    expect(Math.max(...pieces.map(({ message }) => Buffer.byteLength(message)))).toBeLessThanOrEqual(1024 * 1024);
  });
});
