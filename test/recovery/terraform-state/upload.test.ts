import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { cliLine } from "../../../src/aws/cli-line.ts";
import { FileBody } from "../../../src/aws/file-body.ts";
import { uploadOf } from "../../../src/recovery/terraform-state/object.ts";
import { readState } from "../../../src/recovery/terraform-state/read-state.ts";
import { temporaryFolder } from "../../record/support.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const path = join(folder, "copy.tfstate");

/** States in any spelling: members in any order, other things called serial in them, any white space. */
const states = fc
  .record({
    serial: fc.nat({ max: 10 ** 12 }),
    outputs: fc.dictionary(fc.constantFrom("serial", "a", "é\u2028", '"serial": 7'), fc.jsonValue({ maxDepth: 2 })),
    order: fc.shuffledSubarray(["version", "serial", "lineage", "outputs", "resources"], { minLength: 5 }),
    indent: fc.constantFrom(0, 1, 2, "\t"),
  })
  .map(({ serial, outputs, order, indent }) => {
    const attributes = { serial: 3, text: 'the "serial": 4 of it' };
    const resources = [{ mode: "managed", type: "t", name: "n", instances: [{ attributes }] }];
    const all: Record<string, unknown> = { version: 4, serial, lineage: "l", outputs, resources };
    return {
      serial,
      text: JSON.stringify(Object.fromEntries(order.map((name) => [name, all[name]])), undefined, indent),
    };
  });

describe("what is uploaded", () => {
  it("differs from the version in the bytes of the serial and in nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(states, fc.nat({ max: 10 ** 13 }), async ({ serial, text }, next) => {
        writeFileSync(path, text);
        const state = await readState(createReadStream(path));
        expect(state.problem).toBeUndefined();
        const { body, md5 } = await uploadOf({ path, state }, next);
        const sent = await buffer(body.open());
        const original = Buffer.from(text);
        const { start, end } = state.serialAt!;
        const digits = String(next);
        expect(original.subarray(start, end).toString()).toBe(String(serial));
        expect(sent.subarray(0, start).equals(original.subarray(0, start))).toBe(true);
        expect(sent.subarray(start, start + digits.length).toString()).toBe(digits);
        expect(sent.subarray(start + digits.length).equals(original.subarray(end))).toBe(true);
        expect([body.bytes, md5]).toEqual([sent.length, createHash("md5").update(sent).digest("hex")]);
        expect(JSON.parse(sent.toString())).toEqual({ ...JSON.parse(text), serial: next });
      }),
      { numRuns: 300 },
    );
  });

  it("is the version as it is where no serial is asked for, or none can be found", async () => {
    writeFileSync(path, "{ broken");
    const state = await readState(createReadStream(path));
    for (const serial of [null, 5])
      expect((await buffer((await uploadOf({ path, state }, serial)).body.open())).toString()).toBe("{ broken");
  });

  it("is read anew for every attempt, and an aws line names the file and not what is in it", async () => {
    writeFileSync(path, "content");
    const body = new FileBody(path, 7, { start: 0, end: 3, by: Buffer.from("CONT!") });
    for (let attempt = 0; attempt < 2; attempt++) expect((await buffer(body.open())).toString()).toBe("CONT!tent");
    const line = cliLine("s3", "PutObject", { Bucket: "b", Body: body }, { region: "us-east-1" });
    expect(line).toBe(`aws s3api put-object --bucket b --body ${path} --region us-east-1`);
    await expect(buffer(new FileBody(`${path}.gone`, 7).open())).rejects.toThrow(/ENOENT/);
  });
});
