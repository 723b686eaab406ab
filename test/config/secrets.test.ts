import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secrets } from "../../src/base/secrets.ts";
import { defaultSecretsFile, loadSecrets } from "../../src/config/secrets.ts";

const TOKEN = "xoxb-of-the-file";
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-secrets-"));
  path = join(folder, "secrets.env");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string, mode = 0o600): void {
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
}

const load = (env: NodeJS.ProcessEnv = {}, isNamed = true) => loadSecrets(env, { path, isNamed });

describe("secrets", () => {
  it("come from the environment, else from the private file", async () => {
    write(`# for messages\n\nexport SLACK_BOT_TOKEN="${TOKEN}"\nPAGERDUTY_ROUTING_KEY='key of the file'\r\n`);
    const { secrets, problems } = await load({ PAGERDUTY_ROUTING_KEY: "key of the environment", SLACK_BOT_TOKEN: " " });
    expect(problems).toEqual([]);
    expect(secrets.reveal("SLACK_BOT_TOKEN")).toBe(TOKEN);
    expect(secrets.reveal("PAGERDUTY_ROUTING_KEY")).toBe("key of the environment");
    expect(secrets.has("ALERT_SLACK_WEBHOOK_URL")).toBe(false);
  });

  it.each([0o644, 0o640, 0o604, 0o660])("a file of mode %o is not read, and it is said what to do", async (mode) => {
    write(`SLACK_BOT_TOKEN=${TOKEN}\n`, mode);
    const { secrets, problems } = await load();
    expect(secrets.names()).toEqual([]);
    expect(problems[0]).toContain(`chmod 600 ${path}`);
    expect(problems.join()).not.toContain(TOKEN);
  });

  it("a file that was named must be there; the default one need not", async () => {
    expect((await load()).problems[0]).toContain("ENOENT");
    expect((await load({}, false)).problems).toEqual([]);
  });

  it("a line that is none is named by its number and never shown", async () => {
    write(`SLACK_BOT_TOKEN=\nSLACK_TOKEN=${TOKEN}\nhttps://hooks.slack.com/${TOKEN}\n`);
    const { secrets, problems } = await load();
    expect(secrets.names()).toEqual([]);
    expect(problems.map((problem) => /line \d/.exec(problem)?.[0])).toEqual(["line 1", "line 2", "line 3"]);
    expect(problems.join()).not.toContain(TOKEN);
  });

  it("are looked for in the user's configuration folder", () => {
    expect(defaultSecretsFile({ XDG_CONFIG_HOME: "/c" })).toBe("/c/mayday/secrets.env");
    expect(defaultSecretsFile({ HOME: "/home/kim" })).toBe("/home/kim/.config/mayday/secrets.env");
  });

  it("show their names whatever is done with them", () => {
    const secrets = new Secrets(new Map([["SLACK_BOT_TOKEN", TOKEN]]));
    expect(JSON.stringify({ secrets })).toBe('{"secrets":["SLACK_BOT_TOKEN"]}');
    expect(inspect(secrets, { depth: 9, showHidden: true }) + String(secrets)).not.toContain(TOKEN);
  });

  it("are taken out of texts: whole, encoded, and the path of an address", () => {
    const secrets = new Secrets(
      new Map([
        ["SLACK_BOT_TOKEN", "xoxb-1/2+3=4"],
        ["ALERT_SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/averysecretpath"],
      ]),
    );
    expect(secrets.redact("POST /services/T0/B0/averysecretpath with xoxb-1%2F2%2B3%3D4 and xoxb-1/2+3=4")).toBe(
      "POST [ALERT_SLACK_WEBHOOK_URL] with [SLACK_BOT_TOKEN] and [SLACK_BOT_TOKEN]",
    );
    expect(secrets.redact("at hooks.slack.com: averysecretpath")).toBe("at hooks.slack.com: [ALERT_SLACK_WEBHOOK_URL]");
  });
});
