import { PassThrough } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import type { PromptSource } from "../../src/cockpit/prompts.ts";
import { type CockpitOptions, runCockpit } from "../../src/cockpit/run.tsx";
import type { Question } from "../../src/incident/question-screen.ts";
import { createFixtureIncident, type FixtureIncident } from "../support/fixture-incident.ts";

/** A terminal without one: keeps what is written, takes what is typed. */
class FakeTerminal extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  columns = 120;
  rows = 40;
  output = "";

  setRawMode(raw: boolean): this {
    this.isRaw = raw;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

function fakeStdout(): FakeTerminal {
  const terminal = new FakeTerminal();
  terminal.on("data", (chunk: Buffer) => {
    terminal.output += chunk.toString();
  });
  return terminal;
}

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

function start(incident: FixtureIncident, more: Pick<CockpitOptions, "login" | "prompts" | "notifications"> = {}) {
  const stdin = new FakeTerminal();
  const stdout = fakeStdout();
  const abort = new AbortController();
  controllers.push(abort);
  const ended = runCockpit(incident, {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    colour: true,
    ascii: false,
    signal: abort.signal,
    env: {},
    ...more,
  });
  return { stdin, stdout, abort, ended };
}

const ENTER_ALTERNATE = "\x1b[?1049h";
const LEAVE_ALTERNATE = "\x1b[?1049l";

describe("runCockpit", () => {
  test("draws in the alternate screen, without ever clearing it, and gives everything back when left", async () => {
    const incident = createFixtureIncident();
    const { stdin, stdout, ended } = start(incident);
    await expect.poll(() => stdout.output).toContain("Timeline");
    expect(stdout.output.startsWith(ENTER_ALTERNATE)).toBe(true);
    expect(stdin.isRaw).toBe(true);
    stdin.write("q");
    await expect.poll(() => stdout.output).toContain("Leave the incident?");
    stdin.write("j\r");
    expect((await ended).closed?.files[0]?.label).toBe("post-mortem");
    expect(incident.calls).toEqual([{ name: "close", mode: "resolved" }]);
    expect(stdout.output).toContain(LEAVE_ALTERNATE);
    expect(stdout.output.lastIndexOf("\x1b[?25h")).toBeGreaterThan(stdout.output.lastIndexOf("\x1b[?25l"));
    expect(stdout.output).not.toContain("\x1b[2J");
    expect(stdout.output).not.toContain("\x1b[3J");
    expect(stdin.isRaw).toBe(false);
  });

  test("without notifications the header says from the first frame that no bell rings", async () => {
    const { stdout } = start(createFixtureIncident(), { notifications: false });
    await expect.poll(() => stdout.output).toContain("Timeline");
    expect(stdout.output).toContain("bell off");
    const ringing = start(createFixtureIncident(), { notifications: true });
    await expect.poll(() => ringing.stdout.output).toContain("Timeline");
    expect(ringing.stdout.output).not.toContain("bell off");
  });

  test("an abort ends it without closing the incident, the terminal restored", async () => {
    const incident = createFixtureIncident();
    const { stdin, stdout, abort, ended } = start(incident);
    await expect.poll(() => stdout.output).toContain("Timeline");
    abort.abort();
    expect(await ended).toEqual({});
    expect(incident.calls).toEqual([]);
    expect(stdout.output).toContain(LEAVE_ALTERNATE);
    expect(stdin.isRaw).toBe(false);
  });

  test("draws again when the terminal is resized, also through a size that is too small", async () => {
    const { stdout } = start(createFixtureIncident());
    await expect.poll(() => stdout.output).toContain("Timeline");
    const resize = (columns: number, rows: number) => {
      stdout.output = "";
      Object.assign(stdout, { columns, rows });
      stdout.emit("resize");
    };
    resize(30, 8);
    await expect.poll(() => stdout.output).toContain("Enlarge to 40x10 (now 30x8)");
    resize(80, 24);
    await expect.poll(() => stdout.output).toContain("1 ECS");
  });

  test("an idle screen is drawn at most once a second, however often the same data arrives", async () => {
    const incident = createFixtureIncident();
    const { stdout } = start(incident);
    await expect.poll(() => stdout.output).toContain("Timeline");
    stdout.output = "";
    for (let count = 0; count < 50; count++) incident.store.setState((state) => ({ services: { ...state.services } }));
    const started = performance.now();
    await expect.poll(() => performance.now() - started, { timeout: 5000 }).toBeGreaterThan(2100);
    // The clock of the fixture stands still, so not even the seconds change: nothing at all is written.
    expect(stdout.output).toBe("");
  });

  test("logging in has the terminal for itself, and the screen comes back after it", async () => {
    let during = "";
    let finish = () => {};
    const login = () =>
      new Promise<void>((resolve) => {
        during = stdout.output;
        finish = resolve;
      });
    const incident = createFixtureIncident();
    const { stdin, stdout } = start(incident, { login });
    await expect.poll(() => stdout.output).toContain("Timeline");
    stdin.write(":log in again");
    await expect.poll(() => stdout.output).toContain("Log in again");
    stdin.write("\r");
    await expect.poll(() => during).toContain(LEAVE_ALTERNATE);
    expect(stdin.isRaw).toBe(false);
    stdout.output = "";
    finish();
    await expect.poll(() => stdout.output).toContain(ENTER_ALTERNATE);
    await expect.poll(() => stdout.output).toContain("Logged in");
    expect(stdin.isRaw).toBe(true);
    expect(incident.calls).toEqual([{ name: "refresh" }]);
  });

  test("a question that comes while the screen is open is answered on it, without its answer in the output", async () => {
    const answers: string[] = [];
    let ask: ((request: Question) => void) | undefined;
    const prompts: PromptSource = {
      subscribe(listener) {
        ask = listener;
        return () => {
          ask = undefined;
        };
      },
    };
    const { stdin, stdout, abort, ended } = start(createFixtureIncident(), { prompts });
    await expect.poll(() => stdout.output).toContain("Timeline");
    const request = { label: "Code of MFA device", masked: true, cancel: () => answers.push("cancelled") };
    ask?.({ ...request, answer: (text) => answers.push(text) });
    await expect.poll(() => stdout.output).toContain("Code of MFA device");
    stdin.write("zqxv");
    await expect.poll(() => stdout.output).toContain("****");
    stdin.write("\r");
    await expect.poll(() => answers).toEqual(["zqxv"]);
    expect(stdout.output).not.toContain("zqxv");
    ask?.({ ...request, answer: (text) => answers.push(text) });
    abort.abort();
    await ended;
    expect(answers).toEqual(["zqxv", "cancelled"]);
    expect(ask).toBeUndefined();
  });

  test("an exception while drawing ends it with the error, the terminal restored", async () => {
    const incident = createFixtureIncident();
    const { stdin, stdout, ended } = start(incident);
    const failed = expect(ended).rejects.toThrow("reading");
    await expect.poll(() => stdout.output).toContain("Timeline");
    incident.store.setState({ timeline: null as unknown as [] });
    await failed;
    expect(stdout.output).toContain(LEAVE_ALTERNATE);
    expect(stdin.isRaw).toBe(false);
  });
});
