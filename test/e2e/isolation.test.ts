import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TerminalProgram } from "../support/terminal-program.ts";

let folder = "";
let stray: Server;
let connections = 0;
let program: TerminalProgram | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mayday-isolation-"));
  connections = 0;
  stray = createServer((_request, response) => response.end("{}"));
  stray.on("connection", () => {
    connections++;
  });
  await new Promise<void>((resolve) => stray.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  program?.kill("SIGKILL");
  await program?.exited;
  stray.closeAllConnections();
  await new Promise((resolve) => stray.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

it("the demo never speaks to anyone but its own simulator, whatever the AWS settings say", async () => {
  const address = stray.address();
  const elsewhere = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const config = join(folder, "config");
  writeFileSync(
    config,
    `[profile production]\nregion = eu-central-1\nendpoint_url = ${elsewhere}\nservices = all\naws_access_key_id = AKIAREALREALREALREAL\naws_secret_access_key = real\nmfa_serial = arn:aws:iam::999988887777:mfa/ana\n[services all]\necs =\n  endpoint_url = ${elsewhere}\n`,
  );
  program = new TerminalProgram(["demo", "--speed", "20", "--state-directory", folder], {
    columns: 170,
    env: {
      AWS_PROFILE: "production",
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL: elsewhere,
      AWS_ENDPOINT_URL_S3: elsewhere,
      AWS_ENDPOINT_URL_ECS: elsewhere,
      AWS_ENDPOINT_URL_STS: elsewhere,
      AWS_DEFAULTS_MODE: "auto",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: elsewhere,
      AWS_EC2_METADATA_DISABLED: undefined,
      AWS_USE_FIPS_ENDPOINT: "true",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${elsewhere}/credentials`,
      AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, "token"),
      AWS_ROLE_ARN: "arn:aws:iam::999988887777:role/real",
      HTTP_PROXY: elsewhere,
      HTTPS_PROXY: elsewhere,
    },
  });
  await program.waitFor(/SIMULATED 127\.0\.0\.1:\d+/);
  await program.waitFor(
    (shown) =>
      /nessie +\d\/\d/.test(shown.screen()) &&
      /10\.0\.\d+\.\d+:19120/.test(shown.screen()) &&
      /111122223333/.test(shown.screen()),
  );
  await program.waitFor(/OBSERVED/);
  expect(program.screen()).not.toContain("eu-central-1");
  expect(connections).toBe(0);
});
