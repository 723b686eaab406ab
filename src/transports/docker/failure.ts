import { Failure, type FailureDetail } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";

type Explanation = Pick<FailureDetail, "kind" | "why" | "next">;

/** Characters of docker's own words that are shown. */
const WORDS_SHOWN = 400;

const MISSING: Explanation = {
  kind: "not-found",
  why: "there is no docker command on this host's PATH",
  next: "Run mayday on the host that runs Dagster, or install the docker CLI here and set dagster.dockerHost (such as ssh://HOST).",
};

/** What docker says on its standard error, and what it means. The first that fits counts. Wordings of docker 20 to 29 and compose 2 to 5. */
const EXPLANATIONS: readonly { says: RegExp; means: Explanation }[] = [
  {
    says: /permission denied while trying to connect|dial unix .*: permission denied/i,
    means: {
      kind: "denied",
      why: "this user may not use docker's socket",
      next: "Log in as a user of the group docker (id shows the groups), or run mayday by sudo -E; the rest of the cockpit goes on.",
    },
  },
  {
    says: /cannot connect to the docker daemon|failed to connect to the docker api|error during connect|is the docker daemon running/i,
    means: {
      kind: "unreachable",
      why: "the docker daemon does not answer",
      next: "Look at it on its host (systemctl status docker), and at dagster.dockerHost, DOCKER_HOST and docker context ls; it is tried again by itself.",
    },
  },
  {
    says: /'compose' is not a docker command|unknown command: docker compose|unknown shorthand flag: 'p' in -p|unknown flag: --(all|project)/i,
    means: {
      kind: "not-found",
      why: "docker has no compose plugin on this host",
      next: "Install it (package docker-compose-plugin, or docker-compose-v2); the older docker-compose with a dash is not used.",
    },
  },
  {
    says: /context .*not found|unable to resolve docker endpoint|no such host|could not resolve/i,
    means: {
      kind: "unreachable",
      why: "docker does not find the host or context that it is told to use",
      next: "Check dagster.dockerHost, DOCKER_HOST and DOCKER_CONTEXT; docker context ls shows the contexts.",
    },
  },
  {
    says: /no such (object|container)/i,
    means: {
      kind: "not-found",
      why: "the container is not there any more",
      next: "Somebody removed or recreated it. Look at pane 1, and prepare the action again.",
    },
  },
  {
    says: /no such service|no container found for project|no resource found/i,
    means: {
      kind: "not-found",
      why: "the compose project has no such service",
      next: "Check dagster.composeProject and dagster.composeServices; docker compose ls --all shows the projects.",
    },
  },
  {
    says: /no configuration file provided|no such file or directory/i,
    means: {
      kind: "not-found",
      why: "the compose file is not on this host",
      next: "Set dagster.composeDirectory to the project's folder, or run mayday where it is.",
    },
  },
  {
    says: /logging driver does not support reading/i,
    means: {
      kind: "invalid",
      why: "the container's logging driver does not let docker read its logs",
      next: "Its logs are where the driver sends them (docker info and the compose file name it): collect them there.",
    },
  },
];

/** docker ended with a code other than 0. `words`: what it wrote to its standard error. */
export function dockerFailed(operation: string, exitCode: number | null, words: string): Failure {
  const said = lastWords(words);
  const known = EXPLANATIONS.find(({ says }) => says.test(words))?.means;
  const what = `docker:${operation}`;
  if (known) return new Failure({ ...known, what, why: said ? `${known.why} (${said})` : known.why });
  return new Failure({
    kind: "invalid",
    what,
    why: said || `docker ended with code ${exitCode ?? "unknown"} and said nothing`,
    next: "docker refused it. The command log (@) has the command line; try it in a shell on the same host.",
  });
}

/** docker could not be started at all. */
export function notStarted(operation: string, error: NodeJS.ErrnoException): Failure {
  const what = `docker:${operation}`;
  if (error.code === "ENOENT") return new Failure({ ...MISSING, what });
  return new Failure({
    kind: error.code === "EACCES" ? "denied" : "invalid",
    what,
    why: `docker could not be started (${sanitizeLine(error.message)})`,
    next: "Check the docker command on this host's PATH (command -v docker).",
  });
}

/** docker was given up: what it was told may still happen. */
export function noAnswer(operation: string, afterMs: number): Failure {
  return new Failure({
    kind: "unreachable",
    what: `docker:${operation}`,
    why: `docker did not come to an end within ${afterMs / 1000} s`,
    next: "Look at the docker daemon on its host (systemctl status docker), and at the network where it is a remote one.",
  });
}

/** An answer that cannot be used: too long, or not what it should be. */
export function badAnswer(operation: string, why: string): Failure {
  return new Failure({
    kind: "invalid",
    what: `docker:${operation}`,
    why,
    next: "The command log (@) has the command line; try it in a shell on the same host, and report this.",
  });
}

/** The last line says what went wrong; lines before it are progress and warnings. */
function lastWords(words: string): string {
  const lines = words
    .split("\n")
    .map(sanitizeLine)
    .filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|denied|cannot|failed|no such|unknown|not found/i.test(line));
  return (errors.at(-1) ?? lines.at(-1) ?? "").slice(0, WORDS_SHOWN);
}
