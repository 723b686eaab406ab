import { DockerError } from "../../world/docker/compose.ts";

/** Options that take a value, of docker and of compose, by the name that they are kept under. */
const VALUED: Record<string, string> = {
  "-p": "project",
  "--project-name": "project",
  "-f": "file",
  "--file": "file",
  "--project-directory": "directory",
  "--env-file": "environmentFile",
  "--format": "format",
  "--filter": "filter",
  "--since": "since",
  "--until": "until",
  "--tail": "tail",
  "--type": "type",
  "--scale": "scale",
  "--hash": "hash",
  "--pull": "pull",
  "-t": "timeout",
  "--timeout": "timeout",
};
const SWITCHES = new Set([
  "--all",
  "-a",
  "--no-trunc",
  "--timestamps",
  "--detach",
  "-d",
  "--no-deps",
  "--no-recreate",
  "--quiet-pull",
  "--quiet",
  "--force-recreate",
  "--ignore-buildable",
]);

/** A docker command line taken apart. */
export interface CommandLine {
  /** `inspect`, `logs`, `compose ps` ... */
  command: string;
  /** What is no option, after the command. */
  names: string[];
  options: Record<string, string[]>;
  switches: Set<string>;
}

/** @throws DockerError in docker's words for an option that is not simulated. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const words: string[] = [];
  const options: Record<string, string[]> = {};
  const switches = new Set<string>();
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? "";
    const [flag = "", attached] = word.startsWith("--") ? word.split(/=(.*)/s) : [word];
    const name = VALUED[flag];
    if (!word.startsWith("-")) words.push(word);
    else if (name !== undefined) {
      const value = attached ?? args[++index];
      if (value === undefined) throw new DockerError(`flag needs an argument: ${flag}`, 125);
      options[name] = [...(options[name] ?? []), value];
    } else if (SWITCHES.has(word)) switches.add(word);
    else throw new DockerError(`unknown flag: ${word}`, 125);
  }
  const count = words[0] === "compose" ? 2 : 1;
  return { command: words.slice(0, count).join(" "), names: words.slice(count), options, switches };
}
