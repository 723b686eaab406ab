import type { AwsLayer } from "../../aws/contract.ts";
import { partitionOf } from "../../aws/partition.ts";
import { Failure } from "../../base/failure.ts";
import { sanitizeLine, wrapWords } from "../../base/text.ts";
import { deploymentOf } from "../../config/load.ts";
import {
  type ExplainedStatement,
  MANAGED_POLICY_CHARACTERS,
  policyCharacters,
  policyDocument,
  policyStatements,
  ROLE_POLICY_CHARACTERS,
  splitStatements,
} from "../../readiness/iam-policy.ts";
import { type Need, neededPermissions, operationNeeds } from "../../readiness/needs.ts";
import { EXIT } from "../exit.ts";
import { connect, type StartOptions } from "./start.ts";

export interface IamPolicyOptions extends StartOptions {
  json: boolean;
  /** Twelve digits; left out: that of the credentials. */
  account?: string;
  /** Only this part of those that each fit a managed policy, from 1. */
  part?: number;
  /** Actions, diagnoses and the like that the policy need not serve, as they are named after "for". */
  without: readonly string[];
}

/** Columns of text that goes into a file or a pipe, and the most that are used in a terminal. */
const COLUMNS = 100;

/** A paragraph of comment lines; those after the first are indented like its text. */
function comment(label: string, text: string): string[] {
  const columns = Math.min(COLUMNS, process.stdout.columns ?? COLUMNS);
  return wrapWords(text, Math.max(20, columns - label.length - 2)).map(
    (line, index) => `# ${index === 0 ? label : " ".repeat(label.length)}${line}\n`,
  );
}

/** `mayday iam-policy`: the least policy that everything in the program works with, or with `--read-only` everything that only looks. */
export async function runIamPolicy(options: IamPolicyOptions): Promise<number> {
  const { config, aws } = await connect(options);
  const { accountId, partition } = await accountOf(options.account, aws);
  const deployment = deploymentOf(config, aws.region);
  const readOnly = config.values.readOnly.value;
  const permissions = neededPermissions(needsWithout(options.without)).filter(
    ({ access }) => !readOnly || access === "read",
  );
  const all = policyStatements(permissions, { deployment, accountId, region: aws.region, partition });
  const statements = options.part === undefined ? all : partOf(all, options.part);
  const document = policyDocument(statements);
  const characters = policyCharacters(document);
  aws.close();
  if (!options.json) {
    const lakehouse = `${deployment.project} ${deployment.environment}`;
    process.stdout.write(
      [
        ...comment(
          "",
          `For mayday on ${lakehouse}, account ${accountId}, ${aws.region}${readOnly ? ", only to look" : ""}.`,
        ),
        ...comment("", `${statements.length} statements, ${characters} characters: ${sizeWords(characters, all)}.`),
        ...comment("", "Objects under a KMS key of your own also need kms:Decrypt on that key, in its policy or here."),
        ...statements.map((statement) => `#\n${statementText(statement)}`),
        "\n",
      ].join(""),
    );
  } else if (characters > MANAGED_POLICY_CHARACTERS) {
    process.stderr.write(`mayday: ${characters} characters: ${sizeWords(characters, all)}\n`);
  }
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return EXIT.ok;
}

function sizeWords(characters: number, all: readonly ExplainedStatement[]): string {
  if (characters <= MANAGED_POLICY_CHARACTERS) return `it fits a managed policy (${MANAGED_POLICY_CHARACTERS})`;
  const parts = splitStatements(all).length;
  const remedy = `--part 1 to --part ${parts} print it as ${parts} managed policies`;
  if (characters <= ROLE_POLICY_CHARACTERS)
    return `too long for a managed policy (${MANAGED_POLICY_CHARACTERS}), it fits an inline policy of a role (${ROLE_POLICY_CHARACTERS}); ${remedy}`;
  return `too long for one policy; ${remedy}`;
}

function partOf(all: readonly ExplainedStatement[], part: number): ExplainedStatement[] {
  const parts = splitStatements(all);
  const chosen = parts[part - 1];
  if (chosen) return chosen;
  throw new Failure({
    kind: "invalid",
    what: `--part ${part}`,
    why: `there ${parts.length === 1 ? "is one part" : `are ${parts.length} parts`}`,
    next: `Give a number from 1 to ${parts.length}.`,
  });
}

/** Everything that sends something, but for those that are named. Throws a Failure for a name that nobody has. */
function needsWithout(without: readonly string[]): Need[] {
  const needs = operationNeeds();
  const unknown = without.filter((name) => !needs.some(({ who }) => who === name));
  if (unknown.length > 0) {
    throw new Failure({
      kind: "invalid",
      what: `--without ${unknown.map(sanitizeLine).join(", ")}`,
      why: "nothing is called so",
      next: `Names: ${needs.map(({ who }) => who).join(", ")}.`,
    });
  }
  return needs.filter(({ who }) => !without.includes(who));
}

/** Actions of IAM by which whoever has them can give themself anything. */
const POWERFUL = /^iam:(CreateAccessKey|PutRolePolicy|PassRole)$/;

function statementText({ statement, access, why, usedBy }: ExplainedStatement): string {
  const actions = `${statement.Action.length} ${statement.Action.length === 1 ? "action" : "actions"}`;
  const powerful = statement.Action.filter((action) => POWERFUL.test(action));
  return [
    `# ${statement.Sid}: ${access}, ${actions}\n`,
    ...comment("  on ", why === undefined ? "this lakehouse's own" : `${statement.Resource.join(", ")}: ${why}`),
    ...comment("  for ", usedBy.join(", ")),
    ...(powerful.length > 0
      ? comment(
          "  ! ",
          `${powerful.join(", ")} can be used to become administrator; leave out who needs it with --without`,
        )
      : []),
  ].join("");
}

/** The account and partition of the policy. Throws a Failure when neither a flag nor the credentials tell them. */
async function accountOf(given: string | undefined, aws: AwsLayer): Promise<{ accountId: string; partition: string }> {
  if (given !== undefined) {
    if (!/^\d{12}$/.test(given)) throw noAccount(`--account ${sanitizeLine(given)} is not twelve digits`);
    return { accountId: given, partition: partitionOf(aws.region) };
  }
  try {
    const { accountId, arn } = await aws.identity({ purpose: "poll" });
    return { accountId, partition: arn.split(":")[1] || partitionOf(aws.region) };
  } catch (error) {
    throw noAccount(error instanceof Failure ? error.detail.why : String(error));
  }
}

const noAccount = (why: string) =>
  new Failure({
    kind: "invalid",
    what: "the account of the policy",
    why,
    next: "Give it: mayday iam-policy --account 111122223333.",
  });
