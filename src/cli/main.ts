import { Command, CommanderError, Option } from "commander";
import type { GivenAnswers } from "../diagnosis/fact.ts";
import type { StatusForm } from "./commands/status.ts";
import {
  type CommonFlags,
  NO_NOTIFICATIONS,
  startOptions,
  withConnection,
  withStateDirectory,
} from "./common-flags.ts";
import { EXIT, exitCodeOf, failureText } from "./exit.ts";
import { wholeNumber } from "./numbers.ts";
import type { OpeningScreen } from "./opening-screen.ts";
import { addReadinessCommands } from "./readiness-commands.ts";
import { type SimulatedPlaceFlags, simulatedPlace, withSimulatedPlace } from "./simulated-place.ts";
import { leaveSkeleton } from "./skeleton.ts";
import { prepareColour } from "./terminal.ts";
import { toolVersion } from "./version.ts";

const STATUS_FORMS = ["json", "markdown", "handover"] as const satisfies StatusForm[];

/** A command of the full screen: something stands there before its code is loaded. */
async function withScreen(
  heading: string,
  work: (screen: OpeningScreen | undefined) => Promise<number>,
): Promise<number> {
  const { withOpeningScreen } = await import("./opening-screen.ts");
  return withOpeningScreen(heading, work);
}

/** The program: every command, each loading its code only when it runs. `finish` gets the exit code. */
export function createProgram(finish: (code: number) => void): Command {
  const program = new Command("mayday");
  program
    .description("A cockpit for incidents on an AWS Iceberg lakehouse.")
    .version(toolVersion())
    .showHelpAfterError("(mayday --help lists the commands)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        leaveSkeleton();
        process.stdout.write(text);
      },
      writeErr: (text) => {
        leaveSkeleton();
        process.stderr.write(text);
      },
    })
    .enablePositionalOptions();

  withConnection(program.command("start", { isDefault: true }).description("open the cockpit on a new incident"))
    .option("--title <text>", "what is broken")
    .addOption(new Option("--severity <severity>").choices(["P1", "P2", "P3"]))
    .option("--on-call <name>", "who is on call")
    .option(...NO_NOTIFICATIONS)
    .action(async (flags: CommonFlags) =>
      finish(
        await withScreen(flags.title ?? "a new incident", async (screen) =>
          (await import("./commands/start.ts")).runStart(startOptions(flags), screen),
        ),
      ),
    );

  withSimulatedPlace(
    withStateDirectory(
      program
        .command("demo [scenario]")
        .description("the cockpit against a simulated lakehouse with an incident under way"),
    ),
  )
    .option("--read-only", "refuse every call that changes anything")
    .option("--list", "list the scenarios")
    .option(...NO_NOTIFICATIONS)
    .action(async (scenario: string | undefined, flags: CommonFlags & SimulatedPlaceFlags & { list?: boolean }) => {
      if (flags.list) return finish(await (await import("./commands/scenarios.ts")).printScenarios());
      const { stateDirectory, readOnly, notifications } = flags;
      const options = {
        ...simulatedPlace(flags),
        readOnly: readOnly ?? false,
        ...(notifications === false ? { notifications } : {}),
        ...(stateDirectory ? { stateDirectory } : {}),
      };
      finish(
        await withScreen(`a simulated incident (${scenario ?? "nessie-oom"})`, async (screen) =>
          (await import("./commands/demo.ts")).runDemo(scenario ?? "nessie-oom", options, screen),
        ),
      );
    });

  program
    .command("confirm <code>")
    .description("confirm somebody else's break-glass request, from your own login on their host")
    .option("--yes", "you have read the request and agree", false)
    .option("--decline <why>", "decline it")
    .action(async (code: string, options: { yes: boolean; decline?: string }) =>
      finish(await (await import("./commands/confirm.ts")).runConfirm(code, options)),
    );

  withSimulatedPlace(
    program.command("sim [scenario]").description("run the simulated AWS on its own and print its endpoint"),
  )
    .option("--port <number>", "port on 127.0.0.1; 0 is any free one", wholeNumber, 0)
    .option("--epoch <time>", "simulated time at the start, ISO 8601 (default: now)")
    .option("--table-templates <folder>", "write the tables' YAML templates there")
    .option("--compose-folder <folder>", "with --dagster compose: write its compose file and a docker for it there")
    .option(
      "--fault <fault>",
      "disturb calls: service:Operation:kind[=amount][:times], * for any; may be repeated",
      (fault: string, before: string[] = []) => [...before, fault],
    )
    .addOption(new Option("--announce <form>").choices(["text", "json"]).default("text").hideHelp())
    .addOption(new Option("--end-with-stdin").hideHelp())
    .action(
      async (
        scenario: string | undefined,
        flags: SimulatedPlaceFlags & {
          port: number;
          epoch?: string;
          tableTemplates?: string;
          composeFolder?: string;
          fault?: string[];
          announce: "text" | "json";
          endWithStdin?: boolean;
        },
      ) => {
        const { runSim } = await import("./commands/sim.ts");
        const { port, epoch, fault, tableTemplates, composeFolder, announce, endWithStdin } = flags;
        finish(
          await runSim(scenario ?? "nessie-oom", {
            ...simulatedPlace(flags),
            port,
            announce,
            endWithStdin: endWithStdin ?? false,
            faults: fault ?? [],
            ...(epoch ? { epoch } : {}),
            ...(tableTemplates ? { tableTemplates } : {}),
            ...(composeFolder ? { composeFolder } : {}),
          }),
        );
      },
    );

  program
    .command("sim-docker <endpoint> [arguments...]", { hidden: true })
    .description("stand where docker would, and ask the simulator at this endpoint")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (endpoint: string, args: string[]) =>
      finish(await (await import("./commands/sim-docker.ts")).runSimDocker(endpoint, args)),
    );

  withConnection(program.command("resume [id]").description("back into an incident after a lost link or a crash"))
    .option(...NO_NOTIFICATIONS)
    .action(async (id: string | undefined, flags: CommonFlags) =>
      finish(
        await withScreen(id === undefined ? "the last open incident" : `incident ${id}`, async (screen) =>
          (await import("./commands/resume.ts")).runResume(id, startOptions(flags), screen),
        ),
      ),
    );

  withStateDirectory(program.command("list").description("all incidents"))
    .option("--json", "as JSON")
    .action(async (flags: CommonFlags & { json?: boolean }) =>
      finish(await (await import("./commands/list.ts")).runList({ ...startOptions(flags), json: flags.json ?? false })),
    );

  withStateDirectory(
    program
      .command("status [id]")
      .description("how an incident stands, from its record: for a second person, also while the cockpit is open"),
  )
    .addOption(new Option("--json", "as JSON").conflicts(["markdown", "handover"]))
    .addOption(new Option("--markdown", "as Markdown").conflicts("handover"))
    .option("--handover", "as the brief for whoever takes over (Markdown): what waits for them, and how to go on")
    .action(async (id: string | undefined, flags: CommonFlags & Partial<Record<StatusForm, boolean>>) =>
      finish(
        await (await import("./commands/status.ts")).runStatus(id, {
          ...startOptions(flags),
          form: STATUS_FORMS.find((form) => flags[form]) ?? "text",
        }),
      ),
    );

  withStateDirectory(program.command("postmortem <id>").description("write the post-mortem again from the record"))
    .option("--print", "print it instead of its path")
    .action(async (id: string, flags: CommonFlags & { print?: boolean }) =>
      finish(
        await (await import("./commands/postmortem.ts")).runPostmortem(id, {
          ...startOptions(flags),
          print: flags.print ?? false,
        }),
      ),
    );

  withConnection(
    program
      .command("run [action]")
      .description("carry out an action without the screen; the same checks, gates and record"),
  )
    .option("--list", "list the actions with their parameters and how each is confirmed")
    .option("--plan", "show the plan and do nothing")
    .option("--yes", "confirm what asks for y")
    .option("--confirm <name>", "confirm what asks for the resource's name")
    .option("--confirm-account <id>", "confirm what also asks for the account")
    .option(
      "--parameter <name=value>",
      "a parameter of the action; may be repeated",
      (value: string, all: string[] = []) => [...all, value],
    )
    .option("--incident <id>", "id, new or latest; needed when several are open")
    .option("--undo <run>", "undo this run")
    .option("--title <text>", "title of a new incident")
    .option("--on-call <name>", "who is on call")
    .option("--json", "print JSON")
    .action(
      async (
        action: string | undefined,
        flags: CommonFlags & {
          list?: boolean;
          plan?: boolean;
          yes?: boolean;
          json?: boolean;
          confirm?: string;
          confirmAccount?: string;
          parameter?: string[];
          incident?: string;
          undo?: string;
        },
      ) => {
        const run = await import("./commands/run.ts");
        const { list, plan, yes, json, confirm, confirmAccount, parameter, incident, undo, ...common } = flags;
        if (list) return finish(run.printActions(json ?? false));
        try {
          finish(
            await run.runAction(action, {
              ...startOptions(common),
              plan: plan ?? false,
              yes: yes ?? false,
              json: json ?? false,
              parameters: parameter ?? [],
              ...(confirm === undefined ? {} : { confirm }),
              ...(confirmAccount === undefined ? {} : { confirmAccount }),
              ...(incident === undefined ? {} : { incident }),
              ...(undo === undefined ? {} : { undo }),
            }),
          );
        } catch (error) {
          if (!json) throw error;
          (await import("./commands/run-text.ts")).printFailure(error, `mayday run ${action ?? ""}`, true);
          finish(exitCodeOf(error));
        }
      },
    );

  withConnection(program.command("diagnose [id]").description("what is wrong: all checks at once, read only"))
    .option("--list", "list the diagnoses")
    .option("--incident <id>", "id or latest: look at its time, and record what is found in it")
    .option("--alert <text>", "schema-drift: the alert's text, as it came")
    .option("--principal <arn>", "s3-403: who is refused, an ARN or a role's name")
    .option("--action <action>", "s3-403: what is refused, such as s3:PutObject")
    .option("--key <key>", "s3-403: the object that is refused")
    .option("--json", "print JSON")
    .action(
      async (
        id: string | undefined,
        flags: CommonFlags & GivenAnswers & { list?: boolean; incident?: string; json?: boolean },
      ) => {
        const { printDiagnoses, runDiagnose } = await import("./commands/diagnose.ts");
        const { list, incident, json = false, alert, principal, action, key } = flags;
        if (list) return finish(printDiagnoses(json));
        const given = { alert, principal, action, key };
        finish(
          await runDiagnose(id, {
            ...startOptions(flags),
            json,
            given: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
            ...(incident === undefined ? {} : { incident }),
          }),
        );
      },
    );

  withStateDirectory(
    program
      .command("verify <bundle>")
      .description("check an incident's evidence offline: an incident's id or a bundle's folder"),
  )
    .option("--digest <sha256>", "the root digest as it was printed and kept elsewhere")
    .option("--signers <file>", "whose signatures count: an allowed signers file of ssh-keygen")
    .option("--sign <key>", "sign a consistent bundle with this SSH key")
    .option("--json", "print JSON")
    .action(
      async (
        bundle: string,
        flags: CommonFlags & { digest?: string; signers?: string; sign?: string; json?: boolean },
      ) => {
        const { digest, signers, sign, json } = flags;
        const { runVerify } = await import("./commands/verify.ts");
        finish(
          await runVerify(bundle, {
            ...startOptions(flags),
            json: json ?? false,
            ...(digest === undefined ? {} : { digest }),
            ...(signers === undefined ? {} : { signers }),
            ...(sign === undefined ? {} : { sign }),
          }),
        );
      },
    );

  addReadinessCommands(program, finish);

  withConnection(program.command("config").description("the effective configuration with the source of each value"))
    .option("--json", "as JSON")
    .action(async (flags: CommonFlags & { json?: boolean }) =>
      finish(
        await (await import("./commands/config.ts")).runConfig({ ...startOptions(flags), json: flags.json ?? false }),
      ),
    );

  return program;
}

/** Runs the program with the arguments of the process; sets the exit code, and never shows a stack trace. */
export async function main(argv: readonly string[]): Promise<void> {
  prepareColour(process.env);
  const finish = (code: number) => {
    process.exitCode = code;
  };
  try {
    await createProgram(finish).parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) {
      finish(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    } else {
      leaveSkeleton();
      process.stderr.write(`${failureText(error, "mayday")}\n`);
      finish(exitCodeOf(error));
    }
  }
  // Open keep-alive sockets and the like must not keep a finished program alive; what matters has been awaited.
  process.exit();
}
