import { Command } from "commander";
import { expect, test } from "vitest";
import { addReadinessCommands } from "../../src/cli/readiness-commands.ts";

test.each([
  ["init", "refuse every call that changes anything"],
  ["doctor", "ask only for the permissions of a session that changes nothing"],
  ["iam-policy", "only what looks: leave out every permission to change something"],
])("%s says what --read-only means to it", (name, expected) => {
  const program = new Command();
  addReadinessCommands(program, () => undefined);
  const help = program.commands.find((command) => command.name() === name)?.helpInformation() ?? "";
  expect(help.replaceAll(/\s+/g, " ")).toContain(`--read-only ${expected}`);
});
