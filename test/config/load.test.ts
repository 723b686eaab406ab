import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { configJson, describeConfig } from "../../src/config/describe.ts";
import { deploymentOf, type LoadOptions, loadConfig, loadSettings } from "../../src/config/load.ts";
import { settingKeys } from "../../src/config/settings.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mayday-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (more: Partial<LoadOptions> = {}): LoadOptions => ({
  flags: {},
  env: { HOME: join(folder, "home"), ...more.env },
  workingDirectory: folder,
  ...(more.flags && { flags: more.flags }),
  ...(more.file && { file: more.file }),
});
const write = (text: string, path = "mayday.yaml") => writeFileSync(join(folder, path), text);

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Failure)) throw new Error(`expected a Failure, got ${String(error)}`);
  return error;
}

describe("sources", () => {
  test("project and environment are enough: every other name comes from the naming rule", async () => {
    const config = await loadConfig(options({ flags: { project: "lakehouse", environment: "prod" } }));
    expect(deploymentOf(config, "eu-west-1")).toEqual({
      project: "lakehouse",
      environment: "prod",
      catalogType: "nessie",
      region: "eu-west-1",
      nessie: {
        cluster: "lakehouse-prod-nessie",
        service: "nessie",
        container: "nessie",
        logGroup: "/ecs/lakehouse-prod-nessie",
        targetGroup: "lakehouse-prod-nessie",
        loadBalancer: "lakehouse-prod-nessie",
        tables: ["lakehouse-prod-nessie"],
      },
      buckets: { lakehouse: "lakehouse-prod-lakehouse", audit: "lakehouse-prod-audit-trail" },
      alarmPrefixes: ["lakehouse-prod-"],
      logGroups: [],
    });
    expect(config.values.project).toEqual({ value: "lakehouse", source: "flag", origin: "--project" });
    expect(config.values["nessie.cluster"]).toEqual({ value: "lakehouse-prod-nessie", source: "naming rule" });
  });

  test("flag > environment > file > naming rule, each with its origin", async () => {
    write("project: filed\nenvironment: dev\nregion: eu-west-1\nnessie:\n  cluster: own-cluster\n");
    const env = { MAYDAY_PROJECT: "environed", MAYDAY_ENV: "staging" };
    const config = await loadConfig(options({ env, flags: { project: "flagged" } }));
    expect(config.file).toBe(join(folder, "mayday.yaml"));
    expect(config.values.project).toEqual({ value: "flagged", source: "flag", origin: "--project" });
    expect(config.values.environment).toEqual({ value: "staging", source: "environment", origin: "MAYDAY_ENV" });
    expect(config.values.region).toEqual({ value: "eu-west-1", source: "file", origin: "mayday.yaml:3" });
    expect(config.values["nessie.cluster"]).toEqual({ value: "own-cluster", source: "file", origin: "mayday.yaml:5" });
    expect(deploymentOf(config, "eu-west-1").nessie).toMatchObject({
      cluster: "own-cluster",
      logGroup: "/ecs/flagged-staging-nessie",
    });
  });

  test("AWS's own variables give region and profile, mayday's win over them, empty ones do not count", async () => {
    const env = { AWS_PROFILE: "p", AWS_REGION: "us-east-1", AWS_DEFAULT_REGION: "us-west-2", MAYDAY_REGION: "" };
    const { values } = await loadSettings(options({ env }));
    expect(values.profile).toMatchObject({ value: "p", origin: "AWS_PROFILE" });
    expect(values.region).toMatchObject({ value: "us-east-1", origin: "AWS_REGION" });
    const more = await loadSettings(options({ env: { ...env, MAYDAY_REGION: "eu-north-1" } }));
    expect(more.values.region?.origin).toBe("MAYDAY_REGION");
  });

  test("lists and switches are read from the environment", async () => {
    const env = { MAYDAY_LOG_GROUPS: "/a, /b,", MAYDAY_READ_ONLY: "yes" };
    const { values } = await loadSettings(options({ env }));
    expect(values.logGroups?.value).toEqual(["/a", "/b"]);
    expect(values.readOnly.value).toBe(true);
    const failure = await failureOf(loadSettings(options({ env: { MAYDAY_READ_ONLY: "perhaps" } })));
    expect(failure.detail.why).toBe('MAYDAY_READ_ONLY readOnly: expected true or false, found "perhaps"');
  });

  test("the file of the working directory comes before the one of the home folder", async () => {
    mkdirSync(join(folder, "home/.config/mayday"), { recursive: true });
    mkdirSync(join(folder, "xdg/mayday"), { recursive: true });
    write("project: home\n", "home/.config/mayday/mayday.yaml");
    write("project: xdg\n", "xdg/mayday/mayday.yaml");
    expect((await loadSettings(options())).values.project?.value).toBe("home");
    const xdg = options({ env: { XDG_CONFIG_HOME: join(folder, "xdg") } });
    expect((await loadSettings(xdg)).values.project?.value).toBe("xdg");
    write("project: here\n");
    expect((await loadSettings(xdg)).values.project?.value).toBe("here");
    expect((await loadSettings(options({ file: "home/.config/mayday/mayday.yaml" }))).values.project?.value).toBe(
      "home",
    );
  });

  test("Dagster only where it is configured; a Glue lakehouse has no Nessie", async () => {
    write("project: lake\nenvironment: dev\ncatalogType: glue\ndagster:\n  cluster: c\n  services: [web]\n");
    const deployment = deploymentOf(await loadConfig(options()), "us-east-1");
    expect(deployment.nessie).toBeUndefined();
    expect(deployment.dagster).toEqual({ cluster: "c", services: ["web"], logGroups: [] });
  });

  test("Dagster in docker compose: the project is enough, and the folder may be relative to the file", async () => {
    write("project: lake\nenvironment: dev\ndagster:\n  composeProject: lake-dev\n");
    expect(deploymentOf(await loadConfig(options()), "us-east-1")).toMatchObject({
      compose: { project: "lake-dev", services: ["dagster-daemon", "dagster-webserver"] },
    });
    mkdirSync(join(folder, "sub"));
    const more = "  composeServices: [daemon, web]\n  composeDirectory: dagster\n  dockerHost: ssh://ops@host\n";
    write(`project: lake\nenvironment: dev\ndagster:\n  composeProject: lake-dev\n${more}`, "sub/mayday.yaml");
    const deployment = deploymentOf(await loadConfig(options({ file: "sub/mayday.yaml" })), "us-east-1");
    expect(deployment.dagster).toBeUndefined();
    expect(deployment.compose).toEqual({
      project: "lake-dev",
      services: ["daemon", "web"],
      directory: join(folder, "sub/dagster"),
      dockerHost: "ssh://ops@host",
    });
  });

  test("Terraform's state, the alert topic and break-glass: key and lock table by the rule, only beside a bucket", async () => {
    const of = async (env: NodeJS.ProcessEnv) =>
      deploymentOf(await loadConfig(options({ env, flags: { project: "lake", environment: "dev" } })), "us-east-1");
    const bare = await of({});
    expect(bare).not.toHaveProperty("terraform");
    expect(bare).not.toHaveProperty("alertTopic");
    expect(bare).not.toHaveProperty("breakGlass");
    const topic = "arn:aws:sns:us-east-1:111122223333:alerts";
    const env = {
      MAYDAY_TERRAFORM_STATE_BUCKET: "states",
      ALERT_SNS_TOPIC_ARN: topic,
      MAYDAY_BREAK_GLASS_USER: "glass",
    };
    expect(await of(env)).toMatchObject({
      terraform: { stateBucket: "states", stateKey: "iceberg-lakehouse/dev/terraform.tfstate", lockTable: "tf-locks" },
      alertTopic: topic,
      breakGlass: { user: "glass" },
    });
    write(
      'terraform:\n  stateBucket: own\n  stateKey: k\n  lockTable: ""\nbreakGlass:\n  role: arn:aws:iam::111122223333:role/e/g\n',
    );
    const own = await of({});
    expect(own.terraform).toEqual({ stateBucket: "own", stateKey: "k" });
    expect(own.breakGlass).toEqual({ role: "arn:aws:iam::111122223333:role/e/g" });
    const failure = await failureOf(of({ MAYDAY_ALERT_TOPIC: "alerts" }));
    expect(failure.detail.why).toMatch(
      /MAYDAY_ALERT_TOPIC alertTopic: expected the ARN of an SNS topic, found "alerts"/,
    );
    const role = await failureOf(of({ MAYDAY_BREAK_GLASS_ROLE: "arn:aws:iam::111122223333:user/g" }));
    expect(role.detail.why).toContain("expected the name or the ARN of an IAM role");
  });

  test("the state directory: default, XDG_STATE_HOME, ~ and relative to the file", async () => {
    const of = async (more: Partial<LoadOptions>) => (await loadSettings(options(more))).values.stateDirectory.value;
    expect(await of({})).toBe(join(folder, "home/.local/state/mayday"));
    expect(await of({ env: { XDG_STATE_HOME: "/xdg/state" } })).toBe("/xdg/state/mayday");
    expect(await of({ flags: { stateDirectory: "~/incidents" } })).toBe(join(folder, "home/incidents"));
    mkdirSync(join(folder, "sub"));
    write("stateDirectory: here\n", "sub/other.yaml");
    expect(await of({ file: "sub/other.yaml" })).toBe(join(folder, "sub/here"));
  });

  test("keys are a map of command to one or several keys", async () => {
    write('keys:\n  help: "?"\n  quit: [q, "ctrl+x"]\n');
    expect((await loadSettings(options())).values.keys.value).toEqual({ help: ["?"], quit: ["q", "ctrl+x"] });
  });

  test("an empty file and one of comments only give nothing", async () => {
    write("");
    expect((await loadSettings(options())).file).toBe(join(folder, "mayday.yaml"));
    write("# nothing\n");
    expect((await loadSettings(options())).values.project).toBeUndefined();
  });
});

describe("problems", () => {
  test("all at once, each with file, line, key, and what was expected", async () => {
    write(
      [
        "project: P",
        "enviroment: prod",
        "nessie:",
        "  log_group: /ecs/x",
        "  tables: just-one",
        "  cluster:",
        "severity: P9",
        "logGroup: /ecs/y",
        "zebra: 1",
        "buckets: lakehouse",
      ].join("\n"),
    );
    const failure = await failureOf(loadConfig(options({ env: { MAYDAY_REGION: "mars" } })));
    expect(failure.kind).toBe("invalid");
    const lines = failure.detail.why.split("\n").map((line) => line.trim());
    expect(lines).toEqual([
      "11 problems:",
      'mayday.yaml:1 project: expected 2 to 21 lower-case letters, digits and hyphens, starting with a letter, found "P"',
      'mayday.yaml:2 enviroment: unknown key, did you mean "environment"?',
      'mayday.yaml:4 nessie.log_group: unknown key, did you mean "logGroup"?',
      'mayday.yaml:5 nessie.tables: expected a list of names, found "just-one"',
      "mayday.yaml:6 nessie.cluster: expected a name: text on one line, found nothing",
      'mayday.yaml:7 severity: expected P1, P2 or P3, found "P9"',
      'mayday.yaml:8 logGroup: unknown key, did you mean "logGroups"?',
      expect.stringMatching(/^mayday\.yaml:9 zebra: unknown key, expected one of project, environment, /),
      'mayday.yaml:10 buckets: expected keys with values, found "lakehouse"',
      'MAYDAY_REGION region: expected an AWS region such as us-east-1, found "mars"',
      "mayday.yaml environment: missing: give --env, MAYDAY_ENV or the key",
    ]);
  });

  test("malformed YAML names the line", async () => {
    write("project: lake\nnessie: {cluster: a\nenvironment: prod\n");
    const failure = await failureOf(loadConfig(options()));
    expect(failure.detail.why).toMatch(/mayday\.yaml:[23]: malformed YAML: /);
  });

  test("a key given twice names the second line", async () => {
    write("project: lake\nproject: lake\n");
    expect((await failureOf(loadSettings(options()))).detail.why).toMatch(/^mayday\.yaml:2: malformed YAML: .*unique/);
  });

  test.each(["- a\n- b\n", "just text\n", "42\n"])("a file that is not a map: %j", async (text) => {
    write(text);
    expect((await failureOf(loadSettings(options()))).detail.why).toMatch(
      /^mayday\.yaml:1: expected keys with values, found/,
    );
  });

  test("project names are 2 to 21 characters", async () => {
    const load = (project: string) => loadConfig(options({ flags: { project, environment: "prod" } }));
    await expect(load("ab")).resolves.toBeDefined();
    await expect(load(`a${"b".repeat(20)}`)).resolves.toBeDefined();
    for (const bad of ["a", `a${"b".repeat(21)}`, "Lake", "1lake", "la ke", "la\u001b[31mke"]) {
      const failure = await failureOf(load(bad));
      expect(failure.detail.why).toMatch(/^--project project: expected 2 to 21/);
      expect(failure.detail.why).not.toContain("\u001b");
    }
  });

  test("nothing configured: says what to do", async () => {
    const failure = await failureOf(loadConfig(options()));
    expect(failure.detail.why).toContain(join(folder, "mayday.yaml"));
    expect(failure.detail.next).toContain("mayday demo");
    expect(failure.detail.next).toContain("--project P --env E");
    expect(failure.detail.next).toContain("docs/mayday.example.yaml");
  });

  test("a named file that is missing, and a folder in its place", async () => {
    expect((await failureOf(loadConfig(options({ file: "no.yaml" })))).detail.why).toBe("there is no such file");
    mkdirSync(join(folder, "mayday.yaml"));
    expect((await failureOf(loadConfig(options()))).detail.why).toContain("it is a folder");
  });

  test("half of Dagster, and Nessie's names in a Glue lakehouse, are refused", async () => {
    write("project: lake\nenvironment: dev\ndagster:\n  logGroups: [/x]\nnessie:\n  cluster: c\n");
    const failure = await failureOf(loadConfig(options({ flags: { catalogType: "glue" } })));
    expect(failure.detail.why).toContain("mayday.yaml:4 dagster.cluster: missing");
    expect(failure.detail.why).toContain("mayday.yaml:4 dagster.services: missing");
    expect(failure.detail.why).toContain("mayday.yaml:6 nessie.cluster: set, but catalogType is glue (--catalog-type)");
  });

  test("Dagster on ECS and in docker compose at once, or half in compose, is refused; so is what docker could misread", async () => {
    write("project: lake\nenvironment: dev\ndagster:\n  cluster: c\n  services: [web]\n  composeProject: lake-dev\n");
    expect((await failureOf(loadConfig(options()))).detail.why).toContain(
      "mayday.yaml:4 dagster.cluster: set, but dagster.composeProject is set as well",
    );
    write("project: lake\nenvironment: dev\ndagster:\n  composeServices: [daemon]\n");
    expect((await failureOf(loadConfig(options()))).detail.why).toContain("dagster.composeProject: missing");
    write(
      "project: lake\nenvironment: dev\ndagster:\n  composeProject: Lake\n  composeServices: [--all]\n  dockerHost: tcp://me:secret@host:2376\n",
    );
    const { why } = (await failureOf(loadConfig(options()))).detail;
    expect(why).toMatch(/dagster\.composeProject: expected .*lower-case/);
    expect(why).toMatch(/dagster\.composeServices: expected a list of names of compose services/);
    expect(why).toMatch(/dagster\.dockerHost: expected a DOCKER_HOST without a password/);
    expect(why).not.toContain("hunter22");
    for (const host of [
      "unix:///var/run/docker.sock",
      "tcp://10.8.0.4:2376",
      "ssh://ops@dagster.example:22",
      "ssh://host",
    ]) {
      write(`project: lake\nenvironment: dev\ndagster:\n  composeProject: lake\n  dockerHost: ${host}\n`);
      expect(deploymentOf(await loadConfig(options()), "x").compose?.dockerHost).toBe(host);
    }
  });

  test("a password in an endpoint is shown neither in problems nor in the description", async () => {
    const bad = await failureOf(loadSettings(options({ flags: { endpoint: "ftp://me:hunter22@host/" } })));
    expect(bad.detail.why).toContain("***@host");
    const settings = await loadSettings(options({ flags: { endpoint: "http://me:hunter22@host/" } }));
    const shown = describeConfig(settings) + JSON.stringify(configJson(settings));
    expect(bad.detail.why + shown).not.toContain("hunter22");
    expect(shown).toContain("http://***@host/");
  });
});

describe("description", () => {
  test("every setting stands in the table with its value and source, in aligned columns", async () => {
    write("project: lake\nlogGroups: [/a, /b]\n");
    const config = await loadConfig(options({ flags: { environment: "prod" } }));
    const lines = describeConfig(config).trimEnd().split("\n");
    expect(lines[0]).toBe(`file: ${join(folder, "mayday.yaml")}`);
    expect(lines.slice(3).map((line) => line.split(" ")[0])).toEqual(settingKeys);
    const column = lines[2]!.indexOf("SOURCE");
    expect(lines.find((line) => line.startsWith("project"))?.slice(column)).toBe("file, mayday.yaml:1");
    expect(lines.find((line) => line.startsWith("environment"))?.slice(column)).toBe("flag, --env");
    expect(lines.find((line) => line.startsWith("nessie.cluster"))).toMatch(/lake-prod-nessie +naming rule$/);
    expect(lines.find((line) => line.startsWith("logGroups"))).toMatch(/\/a, \/b +file, mayday.yaml:2$/);
    expect(lines.find((line) => line.startsWith("endpoint"))?.slice(column)).toContain("AWS_ENDPOINT_URL");
  });

  test("in a narrow terminal the source of what does not fit stands below", async () => {
    write("project: lake\nenvironment: prod\n");
    const lines = describeConfig(await loadConfig(options({})), 80)
      .trimEnd()
      .split("\n");
    expect(Math.max(...lines.slice(1).map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.find((line) => line.startsWith("severity"))).toMatch(/^severity +P1 +default$/);
    const endpoint = lines.findIndex((line) => line.startsWith("endpoint"));
    expect(lines[endpoint + 1]).toMatch(/^ +<- the AWS SDK's: AWS_ENDPOINT_URL/);
  });

  test("as JSON", async () => {
    const json = configJson(await loadConfig(options({ flags: { project: "lake", environment: "prod" } })));
    expect(json.settings).toMatchObject({
      project: { value: "lake", source: "flag", origin: "--project" },
      severity: { value: "P1", source: "default", origin: null },
      "dagster.cluster": null,
    });
  });
});

test("docs/mayday.example.yaml is valid and shows every key", async () => {
  const source = readFileSync(new URL("../../docs/mayday.example.yaml", import.meta.url), "utf8");
  write(source);
  const config = await loadConfig(options());
  const shown = settingKeys.filter((key) => config.values[key]?.source === "file");
  const ofCompose = settingKeys.filter((key) => /^dagster\.(compose|docker)/.test(key));
  expect(shown).toEqual(settingKeys.filter((key) => key !== "endpoint" && !ofCompose.includes(key)));
  expect(source).toContain("# endpoint: http");
  const [before = "", after = ""] = source.split("# Where Dagster runs in docker compose instead.");
  const [block = "", ...rest] = after.split("\n\n");
  const uncommented = block.replace(/^.*\n/, "").replace(/^# /gm, "");
  write([before.replace(/\ndagster:\n( .*\n)+/, "\n") + uncommented, ...rest].join("\n\n"));
  const compose = await loadConfig(options());
  expect(settingKeys.filter((key) => compose.values[key]?.source === "file")).toEqual(
    expect.arrayContaining(ofCompose),
  );
});
