import { NessieFailure } from "../catalog/nessie.ts";
import { CallRefused } from "../catalog/workload.ts";

/** A table's metadata file is there, but no reader can use it. */
export class DamagedMetadata extends Error {}

/** An error in Python's words: its type with the message, and where it was raised. */
interface PythonError {
  text: string;
  frames: readonly [file: string, line: number, name: string, code: string][];
  /** What it was raised from. */
  cause?: PythonError;
}

const PACKAGES = "/usr/local/lib/python3.11/site-packages";
const API_CALL: PythonError["frames"][number] = [
  `${PACKAGES}/botocore/client.py`,
  1023,
  "_make_api_call",
  "raise error_class(parsed_response, operation_name)",
];

/** S3's refusals reach pyiceberg through s3fs, which makes Python's own errors of them. */
const FILE_ERRORS: Record<string, string> = { AccessDenied: "PermissionError", NoSuchKey: "FileNotFoundError" };
/** Modelled errors of Glue are classes of their own; S3's are ClientError. */
const GLUE_CALLS = new Set(["GetTable", "UpdateTable"]);

function refused({ operation, code, reason, message }: CallRefused): PythonError {
  if (GLUE_CALLS.has(operation)) {
    const client: PythonError = { text: `botocore.errorfactory.${code}: ${message}`, frames: [API_CALL] };
    if (code !== "EntityNotFoundException") return client;
    const text = "pyiceberg.exceptions.NoSuchTableError: Table does not exist";
    const frames: PythonError["frames"] = [
      [`${PACKAGES}/pyiceberg/catalog/glue.py`, 561, "load_table", "raise NoSuchTableError(...) from e"],
    ];
    return { text, frames, cause: client };
  }
  return {
    text: `${FILE_ERRORS[code] ?? "OSError"}: ${reason}`,
    frames: [
      [`${PACKAGES}/pyiceberg/io/fsspec.py`, 178, operation === "GetObject" ? "open" : "create", "self._fs.open(...)"],
      [`${PACKAGES}/s3fs/core.py`, 146, "_error_wrapper", "raise err"],
    ],
    cause: { text: `botocore.exceptions.ClientError: ${message}`, frames: [API_CALL] },
  };
}

const STATUS_ERRORS: Record<number, [type: string, phrase: string]> = {
  404: ["NoSuchTableError", "404 Client Error: Not Found"],
  409: ["CommitFailedException", "409 Client Error: Conflict"],
  429: ["RESTError", "429 Client Error: Too Many Requests"],
  502: ["RESTError", "502 Server Error: Bad Gateway"],
  503: ["ServiceUnavailableError", "503 Server Error: Service Temporarily Unavailable"],
  504: ["ServerError", "504 Server Error: Gateway Time-out"],
};

/** @param host of Nessie's load balancer. */
function nessieFailed({ status, message, code }: NessieFailure, host: string, table: string): PythonError {
  const path = `/iceberg/v1/main/namespaces/lakehouse/tables/${table}`;
  const frames: PythonError["frames"] = [
    [`${PACKAGES}/pyiceberg/catalog/rest.py`, 737, "load_table", "response.raise_for_status()"],
  ];
  if (status === undefined) {
    const why = `ConnectTimeoutError(<urllib3.connection.HTTPConnection object>, 'Connection to ${host} timed out. (connect timeout=None)')`;
    const text = `requests.exceptions.ConnectTimeout: HTTPConnectionPool(host='${host}', port=80): Max retries exceeded with url: ${path} (Caused by ${why})`;
    return { text, frames };
  }
  const [type, phrase] = STATUS_ERRORS[status] ?? ["ServerError", `${status} Server Error: Internal Server Error`];
  const detail = code === undefined ? "" : ` (${code}: ${message})`;
  return { text: `pyiceberg.exceptions.${type}: ${phrase} for url: http://${host}${path}${detail}`, frames };
}

function toPython(error: unknown, host: string, table: string): PythonError {
  if (error instanceof CallRefused) return refused(error);
  if (error instanceof NessieFailure) return nessieFailed(error, host, table);
  if (error instanceof DamagedMetadata) {
    const frames: PythonError["frames"] = [
      [`${PACKAGES}/pyiceberg/serializers.py`, 116, "table_metadata", "return TableMetadataUtil.parse_raw(metadata)"],
    ];
    return { text: `pyiceberg.exceptions.ValidationError: ${error.message}`, frames };
  }
  // Anything else is a bug of the simulator, not an event of its world.
  throw error;
}

function linesOf({ text, frames, cause }: PythonError): string[] {
  const stack = frames.flatMap(([file, line, name, code]) => [
    `  File "${file}", line ${line}, in ${name}`,
    `    ${code}`,
  ]);
  const own = [text, "Stack Trace:", ...stack];
  return cause ? [...own, "The above exception was caused by the following exception:", ...linesOf(cause)] : own;
}

/**
 * How Dagster logs the failure of a step that wrote to a table, line by line: the step's error, then what caused it.
 * @param host of Nessie's load balancer, for a lakehouse that has one. @throws an error that no call of the world makes.
 */
export function stepTraceback(error: unknown, host: string, table: string): string[] {
  return linesOf({
    text: `dagster._core.errors.DagsterExecutionHandleOutputError: Error occurred while handling output "result" of step "${table}":`,
    frames: [
      [`${PACKAGES}/dagster/_core/execution/plan/utils.py`, 56, "op_execution_error_boundary", "yield"],
      ["/app/lakehouse/resources/iceberg.py", 58, "handle_output", "table.append(obj)"],
    ],
    cause: toPython(error, host, table),
  });
}

/** The last line of a failure: what a person quotes. */
export function errorText(error: unknown, host: string, table: string): string {
  let python = toPython(error, host, table);
  while (python.cause) python = python.cause;
  return python.text;
}
