import type { Finding } from "../check.ts";
import { rollback } from "../nessie/verdicts.ts";
import type { Fix, VerdictDefinition } from "../verdict.ts";
import { memory } from "../words.ts";

/** Reading a file in batches that really works: `pandas.read_parquet` has no `chunksize`, although the runbook's snippet says so. */
export const CHUNKED_READ = `import pyarrow.parquet as pq

with fs.open(path) as source:                      # one file at a time, not the whole table
    for batch in pq.ParquetFile(source).iter_batches(batch_size=100_000, columns=columns):
        process(batch.to_pandas())`;

const textOf = (evidence: readonly Finding[], name: string): string => {
  const value = evidence.find(({ details }) => details?.[name] !== undefined)?.details?.[name];
  return typeof value === "string" ? value : "";
};
const numberOf = (evidence: readonly Finding[], name: string): number | undefined => {
  const value = evidence.find(({ details }) => typeof details?.[name] === "number")?.details?.[name];
  return typeof value === "number" ? value : undefined;
};

/** A container without a limit dies when its host runs out: with this much it is at least the only one that does. */
const FIRST_LIMIT_MB = 4096;

/** The compose file with twice the memory, and how it is brought up. */
function composePatch(service: string, evidence: readonly Finding[]): Fix {
  const limit = numberOf(evidence, "limitMb");
  const megabytes = limit === undefined ? FIRST_LIMIT_MB : Math.round(limit * 2);
  const file = textOf(evidence, "file") || "docker-compose.yaml";
  const text = [
    `# ${file}: in place of mem_limit, or of deploy.resources.limits.memory, of this service`,
    "services:",
    `  ${service}:`,
    `    mem_limit: ${megabytes}m`,
    "",
    ...upLines(service, evidence),
  ].join("\n");
  return { kind: "text", title: `Compose patch: ${memory(megabytes)} for ${service}`, text };
}

function composeRollback(service: string, evidence: readonly Finding[]): Fix {
  const text = [
    `# the image that runs now: ${textOf(evidence, "image")}`,
    "# put the tag of the release before into the compose file, or check out the commit before, then:",
    ...upLines(service, evidence),
  ].join("\n");
  return { kind: "text", title: `Go back to the release before of ${service}`, text };
}

function upLines(service: string, evidence: readonly Finding[]): string[] {
  const directory = textOf(evidence, "directory");
  return [
    ...(directory === "" ? [] : [`cd ${directory}`]),
    `docker compose -p ${textOf(evidence, "project")} up --detach --no-deps ${service}`,
  ];
}

/** Causes that are Dagster's. */
export const dagsterVerdicts: readonly VerdictDefinition[] = [
  {
    id: "dagster-memory-limit",
    title: "Dagster's container is killed at its memory limit",
    meaning:
      "A run needs more memory than the container has, so the kernel kills it, and all runs in it. More memory helps at once; reading in batches helps for good.",
    consequenceOf: [],
    fixes(evidence) {
      const inCompose = textOf(evidence, "composeService");
      const service = textOf(evidence, "service");
      const proposed = numberOf(evidence, "proposedMb");
      const batches: Fix = {
        kind: "text",
        title: "Read in batches (pd.read_parquet has no chunksize)",
        text: CHUNKED_READ,
      };
      if (inCompose !== "") return [composePatch(inCompose, evidence), batches];
      const raise: Fix = {
        kind: "action",
        title: `Raise the memory of ${service}${proposed === undefined ? "" : ` to ${memory(proposed)}`}`,
        actionId: "raise-memory",
        parameters: { service },
      };
      return [raise, batches];
    },
  },
  {
    id: "dagster-application-error",
    title: "Dagster ends on an error of its own code",
    meaning: "Its process ends with an error that its log names. More memory does not help; the release before does.",
    consequenceOf: [],
    fixes(evidence) {
      const inCompose = textOf(evidence, "composeService");
      return inCompose === ""
        ? rollback(textOf(evidence, "service"), evidence)
        : [composeRollback(inCompose, evidence)];
    },
  },
  {
    id: "dagster-stopped",
    title: "Dagster is scaled to zero",
    meaning: "A service of Dagster is asked for no task at all: no schedule, sensor or run works.",
    consequenceOf: ["contained-by-us"],
    fixes: (evidence) =>
      evidence.flatMap(({ details }): Fix[] =>
        details?.ours === false && typeof details.composeService === "string"
          ? [
              {
                kind: "text",
                title: `Start ${details.composeService} again`,
                text: `docker compose -p ${String(details.project)} start ${details.composeService}`,
              },
            ]
          : details?.ours === false && typeof details.service === "string"
            ? [
                {
                  kind: "action",
                  title: `Start ${details.service} again`,
                  actionId: "restore-desired-count",
                  parameters: { service: details.service },
                },
              ]
            : [],
      ),
  },
];
