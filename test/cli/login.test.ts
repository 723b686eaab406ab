import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretPrompts } from "../../src/cli/secret-prompts.ts";
import { ssoLogin } from "../../src/cli/sso-login.ts";

describe("SecretPrompts", () => {
  it("asks who listens, and hands the answer through", async () => {
    const prompts = new SecretPrompts();
    prompts.subscribe((request) => {
      expect(request).toMatchObject({ label: "Code of MFA device arn:mfa", masked: true });
      request.answer(" 123456 ");
    });
    await expect(prompts.mfaCode("arn:mfa")).resolves.toBe("123456");
  });

  it("a cancelled question is a failure that says what to do, without the code", async () => {
    const prompts = new SecretPrompts();
    prompts.subscribe((request) => request.cancel());
    await expect(prompts.mfaCode("arn:mfa")).rejects.toMatchObject({
      detail: { kind: "expired", next: expect.stringContaining("log in again") },
    });
  });

  it("without a listener it falls back to the terminal, and says so when there is none", async () => {
    const prompts = new SecretPrompts();
    prompts.subscribe(() => undefined)();
    await expect(prompts.mfaCode("arn:mfa")).rejects.toMatchObject({
      detail: { why: expect.stringContaining("no terminal") },
    });
  });
});

describe("ssoLogin", () => {
  let folder = "";
  const path = process.env.PATH;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mayday-login-"));
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** An `aws` that writes down how it was called. */
  function installAws(exitCode: number): void {
    const file = join(folder, "aws");
    writeFileSync(file, `#!/bin/sh\necho "$@" > ${folder}/called\nexit ${exitCode}\n`);
    chmodSync(file, 0o755);
    process.env.PATH = `${folder}:/usr/bin:/bin`;
  }

  it("runs aws sso login with the profile and without a browser", async () => {
    installAws(0);
    await ssoLogin("oncall");
    expect(readFileSync(join(folder, "called"), "utf8")).toBe("sso login --no-browser --profile oncall\n");
  });

  it("a login that did not work, and a missing AWS CLI, are failures with what to do", async () => {
    installAws(255);
    await expect(ssoLogin(undefined)).rejects.toMatchObject({ detail: { why: "it ended with exit code 255" } });
    process.env.PATH = folder;
    rmSync(join(folder, "aws"));
    await expect(ssoLogin(undefined)).rejects.toMatchObject({
      detail: { why: expect.stringContaining("could not be started") },
    });
  });
});
