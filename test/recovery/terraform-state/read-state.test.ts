import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonProblem, JsonTokens } from "../../../src/recovery/terraform-state/json-tokens.ts";
import { readState } from "../../../src/recovery/terraform-state/read-state.ts";
import { pieces, resource, stateText } from "./state-file.ts";

const read = (text: string | Uint8Array, bytes = 7) => readState(pieces(text, bytes));
const SECRET = "hunter2-is-the-password";

/** What the tokens say, put together again. */
function rebuilt(text: string, bytes: number): unknown {
  const stack: { value: unknown; key: string }[] = [{ value: [], key: "" }];
  const add = (value: unknown) => {
    const top = stack.at(-1)!;
    if (Array.isArray(top.value)) top.value.push(value);
    else Object.defineProperty(top.value, top.key, { value, enumerable: true, configurable: true, writable: true });
  };
  const spans: string[] = [];
  const tokens = new JsonTokens({
    open(kind) {
      const value = kind === "array" ? [] : {};
      add(value);
      stack.push({ value, key: "" });
    },
    close: () => stack.pop(),
    key(name) {
      stack.at(-1)!.key = name;
    },
    scalar(kind, value, start, end) {
      spans.push(Buffer.from(text).subarray(start, end).toString());
      add(kind === "string" ? value : JSON.parse(value));
      expect(JSON.parse(spans.at(-1)!)).toEqual(kind === "string" ? value : JSON.parse(value));
    },
  });
  for (let at = 0; at < Buffer.byteLength(text); at += bytes) tokens.write(Buffer.from(text).subarray(at, at + bytes));
  tokens.end();
  return (stack[0]!.value as unknown[])[0];
}

describe("JSON read in pieces", () => {
  it("says the same as JSON.parse, with the bytes where each value stands, however it is cut", () => {
    const values = fc.jsonValue({ depthSize: "medium", stringUnit: "binary" });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 2), (value, bytes, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(rebuilt(text, bytes)).toEqual(JSON.parse(text));
      }),
      { numRuns: 400 },
    );
  });

  it("finds every text that is no JSON, and every one that ends too early", () => {
    const notJson = [
      "{,}",
      "[1,]",
      '{"a"}',
      '{"a":1 "b":2}',
      "[1 2]",
      "tru",
      "01",
      "{]",
      '"\n"',
      "[}",
      "1 2",
      "nul l",
      '{"a":}',
    ];
    for (const text of notJson) expect(() => rebuilt(text, 3), text).toThrow(JsonProblem);
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), (value, where) => {
        const text = JSON.stringify({ value }, undefined, 2);
        const cut = Buffer.from(text)
          .subarray(0, where % Buffer.byteLength(text))
          .toString("latin1");
        expect(() => rebuilt(cut, 5)).toThrow(JsonProblem);
      }),
    );
  });
});

describe("reading a state file", () => {
  it("gives serial, lineage, version, addresses and hashes, and nothing of the values", async () => {
    const text = stateText({
      serial: 12,
      resources: [
        resource("aws_s3_bucket", "lakehouse", { id: "a", password: SECRET }),
        resource("aws_iam_role", "reader", { id: "b" }, { id: "c" }),
        { mode: "data", type: "aws_region", name: "here", instances: [{ attributes: { id: "x" } }] },
      ],
    });
    const state = await read(text);
    expect(state).toMatchObject({ serial: 12, terraformVersion: "1.9.8", bytes: Buffer.byteLength(text) });
    expect(state.problem).toBeUndefined();
    expect([...state.resources.keys()]).toEqual([
      "module.storage.aws_s3_bucket.lakehouse",
      "module.storage.aws_iam_role.reader[0]",
      "module.storage.aws_iam_role.reader[1]",
    ]);
    expect(state.md5).toBe(createHash("md5").update(text).digest("hex"));
    expect(text.slice(state.serialAt!.start, state.serialAt!.end)).toBe("12");
    expect(JSON.stringify([state, [...state.resources]])).not.toContain(SECRET);
  });

  it("hashes attributes by their meaning: order and white space do not count, every digit does", async () => {
    const hashOf = async (attributes: string) => {
      const text = `{"version":4,"serial":1,"lineage":"l","resources":[{"mode":"managed","type":"t","name":"n","instances":[{"attributes":${attributes}}]}]}`;
      return (await read(text)).resources.get("t.n");
    };
    expect(await hashOf('{"a":1,"b":[1,2]}')).toBe(await hashOf('{ "b" : [1, 2],\n "a":1}'));
    expect(await hashOf('{"a":[1,2]}')).not.toBe(await hashOf('{"a":[2,1]}'));
    expect(await hashOf('{"a":9007199254740993}')).not.toBe(await hashOf('{"a":9007199254740992}'));
    expect(await hashOf('{"a":"1"}')).not.toBe(await hashOf('{"a":1}'));
  });

  it("names keys of instances, deposed ones, and members in any order", async () => {
    const text = `{"resources":[{"instances":[{"attributes":{},"index_key":"eu \\"x\\""},{"deposed":"0a1b","attributes_flat":{"id":"1"}}],"name":"n","type":"t","mode":"managed"}],"lineage":"l","serial":3,"version":4}`;
    const state = await read(text, 5);
    expect([...state.resources.keys()]).toEqual(['t.n["eu \\"x\\""]', "t.n (deposed 0a1b)"]);
  });

  it("says what is wrong with a file that is no state, and never quotes it", async () => {
    const whole = stateText({ serial: 5, resources: [resource("aws_x", "y", { password: SECRET })] });
    const cases: [string, RegExp][] = [
      ["", /empty/],
      [whole.slice(0, whole.indexOf(SECRET) + 8), /ends in the middle, after \d+ bytes/],
      [whole.replace('"lineage":', '"linage":'), /no Terraform state: version, serial or lineage/],
      [whole.replace('"version": 4', '"version": 3'), /format version 3/],
      [whole.replace(`"${SECRET}"`, `"${SECRET}`), /no JSON from byte \d+ on/],
      [`[${whole}]`, /JSON, but no Terraform state/],
      [whole.replace('"outputs": {}', '"serial": 9'), /names serial or lineage twice/],
      ['{"serial":1,"lineage":"l","meta":{},"encrypted_data":"abc","encryption_version":"v0"}', /encrypted/],
      [`${SECRET}`, /no JSON from byte 0 on/],
      [whole.replace('"serial": 5', '"serial": -5'), /serial or lineage are missing/],
    ];
    for (const [text, problem] of cases) {
      const state = await read(text);
      expect(state.problem, text.slice(0, 60)).toMatch(problem);
      expect(JSON.stringify([state, [...state.resources]])).not.toMatch(/hunter2/);
    }
    const cut = await read(whole.slice(0, -20));
    expect(cut).toMatchObject({ serial: 5, problem: expect.stringContaining("ends in the middle") });
  });

  it("control characters and escape sequences in addresses do not get through", async () => {
    const state = await read(stateText({ serial: 1, resources: [resource("aws_x\u001b[2J", "y\r\nz", { id: 1 })] }));
    expect([...state.resources.keys()]).toEqual(["module.storage.aws_x.y z"]);
  });

  it("60 MB are read in memory that does not grow with them", async () => {
    const head = stateText({ serial: 8 }).replace('"resources": []', '"resources": [');
    const one = JSON.stringify(resource("aws_s3_object", "blob", { id: "x", content: "y".repeat(60_000) }));
    async function* large(): AsyncGenerator<Uint8Array> {
      const [before = "", after = ""] = [head.slice(0, head.indexOf('"resources": [') + 14), '],"check_results":null}'];
      yield Buffer.from(before);
      for (let index = 0; index < 1000; index++) yield Buffer.from(`${index > 0 ? "," : ""}${one}`);
      yield Buffer.from(after);
    }
    globalThis.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of large()) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        yield chunk;
      }
    }
    const state = await readState(watched());
    expect(state.problem).toBeUndefined();
    expect(state.bytes).toBeGreaterThan(60_000_000);
    expect(most).toBeLessThan(48_000_000);
  });
});
