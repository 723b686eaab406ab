import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkSignature, signBundle } from "../../../src/evidence/custody/signature.ts";
import { stateFolder } from "../../incident/support.ts";

it("a signature names its signer, and no longer holds once the manifest or the signers change", async () => {
  const folder = stateFolder();
  const key = join(stateFolder(), "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const signers = join(folder, "signers");
  writeFileSync(signers, `kim@example.com ${readFileSync(`${key}.pub`, "utf8")}`);
  writeFileSync(join(folder, "manifest.json"), "{}\n");
  expect(await checkSignature(folder, signers)).toEqual({ status: "none" });
  const path = await signBundle(folder, key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await checkSignature(folder, signers)).toEqual({ status: "good", by: "kim@example.com" });
  expect(await checkSignature(folder)).toMatchObject({ status: "unknown-signer" });
  await expect(checkSignature(folder, join(folder, "not-there"))).rejects.toThrow(/there is no file/);
  writeFileSync(signers, "");
  expect(await checkSignature(folder, signers)).toMatchObject({ status: "bad" });
  writeFileSync(join(folder, "manifest.json"), "{ }\n");
  expect(await checkSignature(folder)).toMatchObject({ status: "bad" });
});
