import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunningSimulator } from "../../../src/sim/index.ts";
import { COMPOSE_SECRET } from "../../../src/sim/world/dagster/in-compose.ts";
import { account, stateFolder } from "../../incident/support.ts";
import { dockerCommand } from "../../support/simulated-docker.ts";

/** Runs the stand-in as a program would run docker. */
async function docker(simulator: RunningSimulator, ...args: string[]) {
  const [program = "", ...before] = dockerCommand(simulator.endpoint);
  const child = spawn(program, [...before, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

const P = ["compose", "-p", "lakehouse-prod"];

describe("the simulated docker command line", () => {
  it("lists, inspects and prints logs as docker does", async () => {
    const simulator = await account({ scenario: "dagster-oom", dagster: "compose" });
    const ps = await docker(simulator, ...P, "ps", "--all", "--no-trunc", "--format", "json");
    const lines = ps.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ Service, State }) => [Service, State])).toEqual([
      ["dagster-daemon", "running"],
      ["dagster-webserver", "running"],
    ]);
    const inspect = await docker(simulator, "inspect", "--type", "container", lines[0].ID, "nobody");
    expect(inspect.code).toBe(1);
    expect(inspect.stderr).toMatch(/No such container: nobody/);
    const [container] = JSON.parse(inspect.stdout);
    expect(container).toMatchObject({ Id: lines[0].ID, Name: `/${lines[0].Name}`, RestartCount: 1 });
    expect(JSON.stringify(container.Config.Env)).toContain(COMPOSE_SECRET);
    const since = new Date(simulator.world.now() - 600_000).toISOString().replace("Z", "000000Z");
    const logs = await docker(simulator, "logs", "--timestamps", "--since", since, lines[0].ID);
    expect(logs.stdout).toBe("");
    expect(logs.stderr).toMatch(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z .*pandas\.read_parquet/m);
    const none = await docker(simulator, "compose", "-p", "other", "ps", "--all", "--format", "json");
    expect(none).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse((await docker(simulator, "compose", "ls", "--all", "--format", "json")).stdout)).toMatchObject([
      { Name: "lakehouse-prod", Status: "running(2)" },
    ]);
  });

  it("comes back from stop when the containers have stopped, and from up when they run again", async () => {
    const simulator = await account({ dagster: "compose" });
    const { compose, project, composeFile } = simulator.world.dagster.inCompose;
    const states = () => compose.containersOf(project).map(({ state }) => state);
    expect((await docker(simulator, ...P, "stop", "dagster-daemon")).code).toBe(0);
    expect(states()).toEqual(["exited", "running"]);
    expect((await docker(simulator, ...P, "down", "dagster-daemon", "dagster-webserver")).code).toBe(0);
    expect(states()).toEqual([]);
    const folder = stateFolder();
    writeFileSync(join(folder, "docker-compose.yaml"), composeFile);
    const missing = await docker(simulator, ...P, "-f", join(folder, "gone.yaml"), "up", "--detach", "dagster-daemon");
    expect([missing.code, missing.stderr]).toEqual([14, `open ${folder}/gone.yaml: no such file or directory\n`]);
    const up = await docker(
      simulator,
      ...P,
      "--project-directory",
      folder,
      "up",
      "--detach",
      "--no-deps",
      "--scale",
      "dagster-daemon=2",
      "dagster-daemon",
    );
    expect(up.code).toBe(0);
    expect(states()).toEqual(["running", "running"]);
    expect((await docker(simulator, ...P, "pause", "dagster-daemon")).code).toBe(0);
    const again = await docker(simulator, ...P, "pause", "dagster-daemon");
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/is already paused/)]);
  });

  it("fails as docker does: nothing there to talk to, no permission, no such command", async () => {
    const simulator = await account({ dagster: "compose" });
    const remove = simulator.faults.add({ service: "docker", operation: "ComposePs", kind: "deny" });
    const ps = [...P, "ps", "--all", "--format", "json"];
    expect(await docker(simulator, ...ps)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/permission denied while/),
    });
    remove();
    expect((await docker(simulator, ...ps)).code).toBe(0);
    expect((await docker(simulator, "frobnicate")).stderr).toMatch(/unknown command: docker frobnicate/);
    const onEcs = await account();
    expect(await docker(onEcs, ...ps)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Cannot connect to the Docker daemon at tcp:/),
    });
  });
});
