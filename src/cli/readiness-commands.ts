import type { Command } from "commander";
import { type CommonFlags, startOptions, withConnection } from "./common-flags.ts";

/** The commands for the time before an incident. `finish` gets the exit code. */
export function addReadinessCommands(program: Command, finish: (code: number) => void): void {
  withConnection(
    program
      .command("doctor")
      .description("whether the cockpit can work here, and where the runbook and the deployment disagree; only reads"),
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
  )
    .option("--account <id>", "account of the policy (default: that of the credentials)")
    .option("--json", "the document alone")
    .action(async (flags: CommonFlags & { json?: boolean; account?: string }) =>
      finish(
        await (await import("./commands/iam-policy.ts")).runIamPolicy({
          ...startOptions(flags),
          json: flags.json ?? false,
          ...(flags.account === undefined ? {} : { account: flags.account }),
        }),
      ),
    );
}
