import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it, vi } from "vitest";
import { runVerify, type VerifyOptions } from "../../src/cli/commands/verify.ts";
import { account, opened, stateFolder, YES } from "../incident/support.ts";

/** What the command prints, and its exit code. */
async function verified(what: string, stateDirectory: string, options: Partial<VerifyOptions> = {}) {
  let out = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    const code = await runVerify(what, { flags: { stateDirectory }, json: false, ...options });
    return { code, out };
  } finally {
    write.mockRestore();
  }
}

it("closing prints the root digest; verify accepts it, says what it proves, and names what was changed", async () => {
  const simulator = await account();
  const stateDirectory = stateFolder();
  const incident = await opened(simulator, stateDirectory);
  const early = await verified(incident.id, stateDirectory);
  expect(early).toMatchObject({ code: 1, out: expect.stringContaining("BROKEN: the evidence was never sealed") });
  await incident.execute(await incident.prepare("preserve-logs", { from: "5m" }), YES);
  const { files } = await incident.close("suspended");
  const digest = /root digest ([0-9a-f]{64})/.exec(files.map(({ label }) => label).join("\n"))?.[1] ?? "";
  expect(dirname(files.find(({ label }) => label.includes(digest))?.path ?? "")).toBe(incident.folder);

  const plain = await verified(incident.id, stateDirectory);
  expect(plain).toMatchObject({ code: 0, out: expect.stringContaining("consistent, not authenticated") });
  const byDigest = await verified(incident.id, stateDirectory, { digest });
  expect(byDigest).toMatchObject({ code: 0, out: expect.stringContaining("consistent and authenticated") });
  const wrong = await verified(incident.id, stateDirectory, { digest: "0".repeat(64) });
  expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining("BROKEN: manifest.json was changed") });
  await expect(verified(incident.id, stateDirectory, { digest: "beef" })).rejects.toThrow(/64 hex digits/);
  await expect(verified(join(stateDirectory, "no-such-bundle"), stateDirectory)).rejects.toThrow(/no such folder/);
  const unsigned = await verified(incident.id, stateDirectory, { signers: join(stateDirectory, "signers") });
  expect(unsigned).toMatchObject({ code: 1, out: expect.stringContaining("manifest.json.sig is missing") });

  const bundle = join(incident.folder, "evidence");
  const index = JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")).artifacts[1].path as string;
  writeFileSync(join(bundle, index), "{}\n");
  const broken = await verified(bundle, stateDirectory);
  expect(broken).toMatchObject({ code: 1, out: expect.stringContaining(`BROKEN: ${index} was truncated`) });
});
