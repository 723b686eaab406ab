import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { AwsLayer } from "../../aws/contract.ts";
import { createAwsLayer } from "../../aws/layer.ts";
import { systemClock } from "../../base/clock.ts";
import { formatUtc } from "../../base/duration.ts";
import { Failure, failureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import { collect, FILE_NAME } from "../../config/collect.ts";
import { parseFile } from "../../config/file.ts";
import { problemsFailure } from "../../config/problems.ts";
import { type SettingKey, settingKeys } from "../../config/settings.ts";
import { Finds } from "../../discovery/contract.ts";
import { type Discovery, discover } from "../../discovery/discover.ts";
import { parseState, STATE_BYTES, type StateFacts } from "../../discovery/state.ts";
import { findsTable, isEnough, missingWords, renderYaml } from "../../discovery/yaml-file.ts";
import { askYesNo, canAsk } from "../ask.ts";
import { EXIT } from "../exit.ts";
import { askMfaCode } from "../prompt.ts";
import type { StartOptions } from "./start.ts";

export interface InitOptions extends StartOptions {
  /** `s3://BUCKET/KEY`, or a file. */
  state?: string;
  /** To standard output instead of a file. */
  print: boolean;
  /** Default: mayday.yaml in the working directory. */
  output?: string;
  /** Overwrite without asking. */
  force: boolean;
}

/** Settings of a person or a session and not of a lakehouse: written only when a flag gives them. */
const PERSONAL: readonly SettingKey[] = ["profile", "onCall", "severity", "stateDirectory", "readOnly", "keys"];
const PURPOSE = { purpose: "poll" } as const;

interface GivenState {
  facts: StateFacts;
  place: string;
  bucket?: string;
  key?: string;
}

/** `mayday init`: looks for the deployment, shows where each value was found, and writes a commented mayday.yaml. Only reads AWS. */
export async function runInit(options: InitOptions): Promise<number> {
  const given = await givenSettings(options);
  const local =
    options.state !== undefined && !options.state.startsWith("s3://") ? await localState(options.state) : undefined;
  const clock = systemClock();
  const region = given.value("region") ?? (local && regionOf(local.facts));
  // A profile of the environment is used and not written: it is somebody's own.
  const [profile, endpoint] = [given.value("profile") ?? process.env.MAYDAY_PROFILE, given.value("endpoint")];
  const aws = await createAwsLayer({
    clock,
    ...(region ? { region } : {}),
    ...(profile ? { profile } : {}),
    ...(endpoint ? { endpoint } : {}),
    readOnly: true,
    mfaCodeProvider: askMfaCode,
  });
  try {
    const { accountId } = await aws.identity(PURPOSE);
    const state = local ?? (options.state === undefined ? undefined : await remoteState(aws, options.state));
    const signal = new AbortController().signal;
    const context = { aws, clock, accountId, signal };
    given.add("region", aws.region, "the AWS profile");
    const found = await discover(context, { given, ...(state ? { state } : {}) });
    say(options, foundText(found, accountId, aws.region));
    if (!isEnough(found.finds)) throw notEnough(found);
    const yaml = renderYaml(found.finds, {
      writtenAt: formatUtc(clock.now()),
      accountId,
      region: aws.region,
      sources: found.sources,
    });
    const { problems } = parseFile(yaml, FILE_NAME);
    if (problems.length > 0) throw problemsFailure(problems);
    if (options.print) process.stdout.write(yaml);
    else return await write(yaml, options);
    return EXIT.ok;
  } finally {
    aws.close();
  }
}

/** With --print standard output belongs to the file. */
function say({ print }: InitOptions, text: string): void {
  (print ? process.stderr : process.stdout).write(text);
}

/** Columns of text that goes into a file or a pipe. */
const COLUMNS_WITHOUT_TERMINAL = 120;

function foundText(found: Discovery, accountId: string, region: string): string {
  const columns = process.stdout.columns ?? COLUMNS_WITHOUT_TERMINAL;
  const head = [`Account ${accountId}, ${region}`, ...found.sources].map((line) => `${line}\n`).join("");
  return `${head}\n${findsTable(found.finds, columns)}${notes(found)}`;
}

function notes({ disagreements, problems }: Discovery): string {
  const lines = [
    ...disagreements.map((text) => `differs: ${text}`),
    ...problems.map((text) => `not looked at: ${text}`),
  ];
  return lines.length > 0 ? `\n${lines.map((line) => `${line}\n`).join("")}` : "";
}

/** What flags and environment say. A mayday.yaml that is there already is not asked: it may be what is to be replaced. */
async function givenSettings(options: InitOptions): Promise<Finds> {
  const { values, problems } = await collect({
    flags: options.flags,
    env: process.env,
    workingDirectory: process.cwd(),
    withoutFile: true,
  });
  if (problems.length > 0) throw problemsFailure(problems);
  const given = new Finds();
  for (const key of settingKeys) {
    const sourced = values[key];
    if (!sourced || (PERSONAL.includes(key) && sourced.source !== "flag")) continue;
    given.add(key, sourced.value as never, `given by ${sourced.origin ?? sourced.source}`);
  }
  return given;
}

async function localState(path: string): Promise<GivenState> {
  const place = sanitizeLine(path);
  const unreadable = (why: string) =>
    new Failure({
      kind: "invalid",
      what: `Terraform state ${place}`,
      why,
      next: "Give a file that terraform state pull wrote, or s3://BUCKET/KEY.",
    });
  let text: string;
  try {
    const file = resolve(path);
    if ((await stat(file)).size > STATE_BYTES) throw unreadable("it is too large for a state");
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unreadable(`it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`);
  }
  return { facts: parseState(text, place), place };
}

async function remoteState(aws: AwsLayer, url: string): Promise<GivenState> {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  const place = sanitizeLine(url);
  if (bucket === "" || key === "") {
    throw new Failure({
      kind: "invalid",
      what: `--state ${place}`,
      why: "it names no bucket and key",
      next: "Give s3://BUCKET/KEY, such as s3://my-tf-state/iceberg-lakehouse/prod/terraform.tfstate, or a file.",
    });
  }
  const { output } = await aws
    .call("s3", "GetObject", { Bucket: bucket, Key: key }, PURPOSE)
    .catch((error: unknown) => {
      // The place is what was mistyped, and not the name of a call.
      throw new Failure({ ...failureDetail(error, place), what: `Terraform state ${place}` }, { cause: error });
    });
  if ((output.ContentLength ?? 0) > STATE_BYTES) {
    throw new Failure({ kind: "invalid", what: place, why: "it is too large for a state", next: "Check the key." });
  }
  const text = (await output.Body?.transformToString()) ?? "";
  return { facts: parseState(text, place), place, bucket, key };
}

/** The region of the state's resources, for those who gave none. */
function regionOf({ resources }: StateFacts): string | undefined {
  return resources
    .map(({ attributes }) => /^arn:[^:]+:[^:]+:([a-z0-9-]+):/.exec(attributes.arn ?? "")?.[1])
    .find(Boolean);
}

function notEnough({ finds }: Discovery): Failure {
  return new Failure({
    kind: "not-found",
    what: "Finding the lakehouse",
    why: `not found: ${missingWords(finds)}`,
    next: "Say more: --project and --env, --state s3://BUCKET/KEY or a state's file, another --region or --profile.",
  });
}

/** Writes the file whole or not at all; one that is there is replaced only with a yes. */
async function write(yaml: string, options: InitOptions): Promise<number> {
  const path = resolve(options.output ?? FILE_NAME);
  const shown = sanitizeLine(path);
  if (!options.force && (await exists(path))) {
    const go = canAsk() && (await askYesNo(`\n${shown} is there already. Overwrite it?`));
    if (!go) {
      throw new Failure({
        kind: "refused",
        what: `Writing ${shown}`,
        why: canAsk()
          ? "it is there already, and it stays as it is"
          : "it is there already, and there is no terminal to ask on",
        next: "Give --force to overwrite it, --output for another file, or --print to look at it first.",
      });
    }
  }
  const unfinished = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, yaml, { mode: 0o644 });
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Failure(
      {
        kind: "invalid",
        what: `Writing ${shown}`,
        why: `it cannot be written (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`,
        next: "Give another file with --output.",
      },
      { cause: error },
    );
  }
  process.stdout.write(`\nWritten: ${shown}\nNext: mayday doctor\n`);
  return EXIT.ok;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
