import type { AwsLayer } from "../../aws/contract.ts";
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
} from "../../readiness/iam-policy.ts";
import { neededPermissions } from "../../readiness/needs.ts";
import { EXIT } from "../exit.ts";
import { connect, type StartOptions } from "./start.ts";

export interface IamPolicyOptions extends StartOptions {
  json: boolean;
  /** Twelve digits; left out: that of the credentials. */
  account?: string;
}

const COLUMNS = 100;

/** `mayday iam-policy`: the least policy that everything in the program works with, or with `--read-only` everything that only looks. */
export async function runIamPolicy(options: IamPolicyOptions): Promise<number> {
  const { config, aws } = await connect(options);
  const { accountId, partition } = await accountOf(options.account, aws);
  const deployment = deploymentOf(config, aws.region);
  const readOnly = config.values.readOnly.value;
  const permissions = neededPermissions().filter(({ access }) => !readOnly || access === "read");
  const statements = policyStatements(permissions, { deployment, accountId, region: aws.region, partition });
  const document = policyDocument(statements);
  const characters = policyCharacters(document);
  aws.close();
  if (!options.json) {
    const lakehouse = `${deployment.project} ${deployment.environment}`;
    process.stdout.write(
      `# For mayday on ${lakehouse}, account ${accountId}, ${aws.region}${readOnly ? ", only to look" : ""}.\n` +
        `# ${statements.length} statements, ${characters} characters: ${sizeWords(characters)}\n` +
        "# Objects under a KMS key of your own also need kms:Decrypt on that key, in its policy or here.\n#\n" +
        `${statements.map(statementText).join("#\n")}\n`,
    );
  } else if (characters > MANAGED_POLICY_CHARACTERS) {
    process.stderr.write(`mayday: ${characters} characters: ${sizeWords(characters)}\n`);
  }
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  return EXIT.ok;
}

function sizeWords(characters: number): string {
  if (characters <= MANAGED_POLICY_CHARACTERS) return `it fits a managed policy (${MANAGED_POLICY_CHARACTERS})`;
  if (characters <= ROLE_POLICY_CHARACTERS)
    return `too long for a managed policy (${MANAGED_POLICY_CHARACTERS}), it fits an inline policy of a role (${ROLE_POLICY_CHARACTERS})`;
  return `too long for one policy: spread the statements over several managed policies (${MANAGED_POLICY_CHARACTERS} each)`;
}

function statementText({ statement, access, why, usedBy }: ExplainedStatement): string {
  const actions = `${statement.Action.length} ${statement.Action.length === 1 ? "action" : "actions"}`;
  const paragraph = (label: string, text: string) =>
    wrapWords(text, COLUMNS - label.length - 2).map(
      (line, index) => `# ${index === 0 ? label : " ".repeat(label.length)}${line}\n`,
    );
  return [
    `# ${statement.Sid}: ${access}, ${actions}\n`,
    ...paragraph("  on ", why === undefined ? "this lakehouse's own" : `${statement.Resource.join(", ")}: ${why}`),
    ...paragraph("  for ", usedBy.join(", ")),
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

/** By the region's name (AWS General Reference, "Amazon Resource Names", partitions). */
function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

const noAccount = (why: string) =>
  new Failure({
    kind: "invalid",
    what: "the account of the policy",
    why,
    next: "Give it: mayday iam-policy --account 111122223333.",
  });
