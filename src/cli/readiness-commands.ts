import type { Command } from "commander";
import { type CommonFlags, startOptions, withConnection } from "./common-flags.ts";
import { wholeNumber } from "./numbers.ts";

/** The commands for the time before an incident. `finish` gets the exit code. */
export function addReadinessCommands(program: Command, finish: (code: number) => void): void {
  withConnection(
    program
      .command("init")
      .description("find the deployment (Terraform's state, tags, the naming rule) and write a commented mayday.yaml"),
  )
    .option("--state <place>", "Terraform state: s3://BUCKET/KEY, or a file")
    .option("--print", "to standard output instead of a file")
    .option("--output <file>", "the file to write (default: mayday.yaml)")
    .option("--force", "overwrite a file that is there without asking")
    .action(async (flags: CommonFlags & { state?: string; print?: boolean; output?: string; force?: boolean }) =>
      finish(
        await (await import("./commands/init.ts")).runInit({
          ...startOptions(flags),
          print: flags.print ?? false,
          force: flags.force ?? false,
          ...(flags.state === undefined ? {} : { state: flags.state }),
          ...(flags.output === undefined ? {} : { output: flags.output }),
        }),
      ),
    );

  withConnection(
    program
      .command("doctor")
      .description("whether the cockpit can work here, and where the runbook and the deployment disagree; only reads"),
    "ask only for the permissions of a session that changes nothing",
  )
    .option("--json", "as JSON")
    .action(async (flags: CommonFlags & { json?: boolean }) =>
      finish(
        await (await import("./commands/doctor.ts")).runDoctor({ ...startOptions(flags), json: flags.json ?? false }),
      ),
    );

  withConnection(
    program
      .command("iam-policy")
      .description("the least IAM policy that everything here works with; with --read-only everything that only looks"),
    "only what looks: leave out every permission to change something",
  )
    .option("--account <id>", "account of the policy (default: that of the credentials)")
    .option("--part <number>", "only this one of the parts that each fit a managed policy", wholeNumber)
    .option(
      "--without <name>",
      "leave out what only this action, diagnosis or pane needs; may be repeated",
      (name: string, all: string[] = []) => [...all, name],
    )
    .option("--json", "the document alone")
    .action(async (flags: CommonFlags & { json?: boolean; account?: string; part?: number; without?: string[] }) =>
      finish(
        await (await import("./commands/iam-policy.ts")).runIamPolicy({
          ...startOptions(flags),
          json: flags.json ?? false,
          without: flags.without ?? [],
          ...(flags.account === undefined ? {} : { account: flags.account }),
          ...(flags.part === undefined ? {} : { part: flags.part }),
        }),
      ),
    );
}
