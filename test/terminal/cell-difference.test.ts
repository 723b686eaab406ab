import { expect, test } from "vitest";
import { layer } from "./fake-terminal.ts";

const ANSWER = "\x1b[0n";
const QUESTION = "\x1b[5n";
const frame = (text: string) => `${text}\n${"x".repeat(60)}\nlast`;

function started() {
  const made = layer(80, 3);
  made.terminal.stdin.setRawMode(true);
  made.terminal.stdin.setEncoding("utf8");
  const type = (bytes: string) => made.input.emit("data", Buffer.from(bytes));
  return { ...made, type, typed: () => made.terminal.stdin.read() as string | null };
}

test("a cell that changes costs tens of bytes, nothing costs none", () => {
  const { terminal, output, type } = started();
  terminal.stdout.write(frame("clock 1"));
  type(ANSWER);
  output.written.length = 0;
  terminal.stdout.write(`\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2K\x1b[G${frame("clock 2")}`);
  expect(output.written).toEqual([`\x1b[1;7H2${QUESTION}`]);
  type(ANSWER);
  output.written.length = 0;
  terminal.stdout.write(frame("clock 2"));
  expect(output.written).toEqual([]);
});

test("a change that is more than a clock is marked as one update", () => {
  const { terminal, output, type } = started();
  terminal.stdout.write(frame("1"));
  type(ANSWER);
  output.written.length = 0;
  terminal.stdout.write(`1\n${"y".repeat(60)}\n${"z".repeat(60)}`);
  expect(output.written.join("")).toMatch(/^\x1b\[\?2026h.*\x1b\[\?2026l\x1b\[5n$/s);
});

test("nothing is asked before raw mode is on, nor after it is off: the answer would be echoed onto the screen", async () => {
  const { terminal, output } = layer(80, 3);
  output.written.length = 0;
  terminal.stdout.write(frame("before"));
  expect(output.written.join("")).not.toContain(QUESTION);
  terminal.stdin.setRawMode(true);
  terminal.stdout.write(frame("raw"));
  expect(output.written.at(-1)).toContain(QUESTION);
  terminal.stdin.setRawMode(false);
  terminal.stdout.write(frame("after"));
  expect(output.written.at(-1)).toContain("after");
  expect(output.written.at(-1)).not.toContain(QUESTION);
});

test("answers are taken out of what is typed, in pieces and between keys", async () => {
  const { terminal, type, typed, clock } = started();
  terminal.stdout.write(frame("1"));
  clock.advance(40);
  type(`a${ANSWER}ü`);
  expect(typed()).toBe("aü");
  expect(terminal.roundTripMs).toBe(40);
  for (const [first, second] of [
    ["\x1b", "[0n"],
    ["\x1b[", "0n"],
    ["b\x1b[0", "nc"],
  ] as const) {
    terminal.stdout.write(frame(`to ${first}`.length + first));
    type(first);
    type(second);
  }
  expect(typed()).toBe("bc");
});

test("the escape key is passed on while an answer is due", async () => {
  const { terminal, type, typed, clock } = started();
  terminal.stdout.write(frame("1"));
  type("\x1b");
  expect(typed()).toBeNull();
  clock.advance(50);
  await expect.poll(typed).toBe("\x1b");
});

test("a stalled terminal gets two frames, and then the newest only", () => {
  const { terminal, output, type } = started();
  output.written.length = 0;
  for (let count = 1; count <= 9; count++) terminal.stdout.write(frame(`frame ${count}`));
  expect(output.written).toHaveLength(2);
  type(ANSWER);
  expect(output.written).toHaveLength(3);
  expect(output.written[2]).toContain("9");
});

test("a terminal that never answers is written to without waiting after three time-outs, and not asked", async () => {
  const { terminal, output, clock } = started();
  for (let silence = 0; silence < 3; silence++) {
    for (let count = 0; count < 4; count++) terminal.stdout.write(frame(`${silence} ${count}`));
    const before = output.written.length;
    clock.advance(500);
    await expect.poll(() => output.written.length).toBeGreaterThan(before);
  }
  output.written.length = 0;
  for (let count = 0; count < 5; count++) terminal.stdout.write(frame(`free ${count}`));
  expect(output.written.length).toBeGreaterThanOrEqual(4);
  expect(output.written.join("")).not.toContain(QUESTION);
});

test("the round trip is the quickest of the last five answers", () => {
  const { terminal, type, clock } = started();
  for (const [index, tookMs] of [900, 40, 300, 50, 60, 70, 80].entries()) {
    terminal.stdout.write(frame(`${index}`));
    clock.advance(tookMs);
    type(ANSWER);
  }
  expect(terminal.roundTripMs).toBe(50);
});

test("raw mode ends when the answers are in", async () => {
  const { terminal, input, type } = started();
  terminal.stdout.write(frame("1"));
  terminal.stdin.setRawMode(false);
  expect(input.isRaw).toBe(true);
  const drained = terminal.drain();
  type(ANSWER);
  await drained;
  await expect.poll(() => input.isRaw).toBe(false);
});

test("nothing is asked after drain, until the alternate screen is entered again", async () => {
  const { terminal, output } = started();
  await terminal.drain();
  terminal.stdout.write(frame("1"));
  expect(output.written.join("")).not.toContain(QUESTION);
  terminal.stdout.write("\x1b[?1049h");
  terminal.stdout.write(frame("2"));
  expect(output.written.join("")).toContain(QUESTION);
});

test("what is no frame goes through, and a new alternate screen is drawn from nothing", () => {
  const { terminal, output, type } = started();
  terminal.stdout.write(frame("1"));
  type(ANSWER);
  output.written.length = 0;
  const others = ["\x1b]52;c;YQ==\x07", "\x1b[?25l", "\x1b[?1049l", "a line\n", "\x1b[?1049h"];
  for (const other of others) terminal.stdout.write(other);
  expect(output.written).toEqual(others);
  terminal.stdout.write(frame("1"));
  expect(output.written.at(-1)).toContain("last");
});
