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

/** Causes that are Dagster's. */
export const dagsterVerdicts: readonly VerdictDefinition[] = [
  {
    id: "dagster-memory-limit",
    title: "Dagster's container is killed at its memory limit",
    meaning:
      "A run needs more memory than the container has, so the kernel kills it, and all runs in it. More memory helps at once; reading in batches helps for good.",
    consequenceOf: [],
    fixes(evidence) {
      const service = textOf(evidence, "service");
      const proposed = numberOf(evidence, "proposedMb");
      const fixes: Fix[] = [
        {
          kind: "action",
          title: `Raise the memory of ${service}${proposed === undefined ? "" : ` to ${memory(proposed)}`}`,
          actionId: "raise-memory",
          parameters: { service },
        },
        { kind: "text", title: "Read in batches (pd.read_parquet has no chunksize)", text: CHUNKED_READ },
      ];
      return fixes;
    },
  },
  {
    id: "dagster-application-error",
    title: "Dagster ends on an error of its own code",
    meaning: "Its process ends with an error that its log names. More memory does not help; the release before does.",
    consequenceOf: [],
    fixes: (evidence) => rollback(textOf(evidence, "service"), evidence),
  },
  {
    id: "dagster-stopped",
    title: "Dagster is scaled to zero",
    meaning: "A service of Dagster is asked for no task at all: no schedule, sensor or run works.",
    consequenceOf: ["contained-by-us"],
    fixes: (evidence) =>
      evidence.flatMap(({ details }): Fix[] =>
        details?.ours === false && typeof details.service === "string"
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
