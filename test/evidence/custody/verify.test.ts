import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { sha256Of } from "../../../src/evidence/custody/manifest.ts";
import { type SealedBundle, sealBundle } from "../../../src/evidence/custody/seal.ts";
import { verifyBundle } from "../../../src/evidence/custody/verify.ts";
import { storeEvidence } from "../../../src/evidence/store.ts";
import type { RecordEntry } from "../../../src/record/entries.ts";
import { note, openTestRecorder, temporaryFolder } from "../../record/support.ts";

const { folder: home, remove } = temporaryFolder();
let sealed: SealedBundle;
let record: RecordEntry[];
let copies = 0;

beforeAll(async () => {
  const recorder = await openTestRecorder(join(home, "incident"));
  for (let at = 1; at <= 6; at++) await recorder.append(note(`note ${at}`));
  const about = { source: "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/nessie", requestIds: ["r-1"] };
  await storeEvidence(recorder, "logs.jsonl.gz", Buffer.from([31, 139, 8, 0, 1, 2, 3, 250]), about);
  await storeEvidence(recorder, "tfstate/state.json", '{"serial":7}', {
    ...about,
    status: "partial",
    reason: "denied",
  });
  sealed = await sealBundle(recorder, join(recorder.folder, "evidence"));
  record = await recorder.entries();
  await recorder.close();
  return remove;
});

/** A copy of the bundle to damage. */
function copy(): string {
  const folder = join(home, `copy-${++copies}`);
  cpSync(sealed.folder, folder, { recursive: true });
  return folder;
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

describe("a bundle", () => {
  it("as it was sealed is consistent, with its record and its digest, in private files", async () => {
    const verdict = await verifyBundle(sealed.folder, { digest: sealed.digest, record });
    expect(verdict).toMatchObject({ problems: [], artifacts: 2, partial: 1, digest: sealed.digest });
    for (const file of filesOf(sealed.folder)) expect(statSync(file).mode & 0o777, file).toBe(0o600);
    expect(statSync(sealed.folder).mode & 0o777).toBe(0o700);
  });

  it("with any byte of any file flipped is found out, and the file is named first", async () => {
    const names = filesOf(sealed.folder).map((file) => file.slice(sealed.folder.length + 1));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (name, at, mask) => {
          const folder = copy();
          const bytes = readFileSync(join(folder, name));
          const position = at % bytes.length;
          bytes[position] = (bytes[position] ?? 0) ^ mask;
          writeFileSync(join(folder, name), bytes);
          const { problems } = await verifyBundle(folder);
          expect(problems[0], `${name} byte ${position}`).toContain(name);
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 150 },
    );
  });

  it("with any file removed, cut short or added names it", async () => {
    for (const file of filesOf(sealed.folder)) {
      const name = file.slice(sealed.folder.length + 1);
      const removed = copy();
      rmSync(join(removed, name));
      expect((await verifyBundle(removed)).problems[0], name).toBe(`${name} is missing`);
      const cut = copy();
      truncateSync(join(cut, name), statSync(file).size - 1);
      expect((await verifyBundle(cut)).problems[0], name).toContain(name);
    }
    const added = copy();
    writeFileSync(join(added, "tfstate", "other.json"), "{}");
    expect((await verifyBundle(added)).problems).toEqual([join("tfstate", "other.json was added")]);
  });

  it("with the timeline's lines reordered, edited or cut names the entry", async () => {
    const change = async (edit: (lines: string[]) => string[]) => {
      const folder = copy();
      const path = join(folder, "timeline.jsonl");
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      writeFileSync(path, `${edit(lines).join("\n")}\n`);
      return (await verifyBundle(folder)).problems[0];
    };
    expect(await change((lines) => [...lines.slice(0, 2), lines[3]!, lines[2]!, ...lines.slice(4)])).toMatch(/entry 4/);
    expect(await change((lines) => lines.map((line) => line.replace("note 3", "note 9")))).toMatch(/entry 3/);
    expect(await change((lines) => lines.slice(0, -1))).toMatch(/truncated: it ends after entry 7 of 8/);
    expect(await change((lines) => [...lines.slice(0, 3), ...lines.slice(4)])).toMatch(/expected entry 4/);
  });

  it("whose manifest was edited together with its digest is found out by the timeline, the record and a kept digest", async () => {
    const forge = async (edit: (text: string) => string) => {
      const folder = copy();
      const text = edit(readFileSync(join(folder, "manifest.json"), "utf8"));
      writeFileSync(join(folder, "manifest.json"), text);
      writeFileSync(join(folder, "manifest.sha256"), `${sha256Of(text)}  manifest.json\n`);
      return folder;
    };
    const changed = await forge((text) => text.replace('"reason": "denied"', '"reason": ""'));
    expect((await verifyBundle(changed)).problems[0]).toMatch(/manifest.json was changed: tfstate\/state.json/);
    // Everything in it is a function of the timeline: who collected with what, and what is missing, too.
    for (const [from, to, name] of [
      ['"tool": "mayday unknown"', '"tool": "mayday 9"', "tool"],
      ['"missing": []', '"missing": [{ "what": "a", "why": "b" }]', "missing"],
    ] as const) {
      const edited = await forge((text) => text.replace(from, to));
      expect((await verifyBundle(edited)).problems).toEqual([
        `manifest.json was changed: its "${name}" is not what the timeline says`,
      ]);
    }
    // The same in other bytes.
    const silent = await forge((text) => `${JSON.stringify(JSON.parse(text))}\n`);
    expect((await verifyBundle(silent)).problems).toEqual([]);
    expect((await verifyBundle(silent, { record })).problems[0]).toMatch(/sealed with another digest/);
    expect((await verifyBundle(silent, { digest: sealed.digest })).problems[0]).toMatch(/manifest.json was changed/);
  });
});
