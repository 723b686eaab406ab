import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** AWS restores to any second from this long ago, ms: recovery was turned on a day before. */
const EARLIEST_MS = 24 * 3_600_000;
/** Up to five minutes ago (DynamoDB developer guide, point-in-time recovery). */
const LATEST_MS = 5 * 60_000;
/** Headers of one connection, not of the message. */
const HOP_BY_HOP = new Set([
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "content-encoding",
]);

/** Members that are looked at. Times in seconds since the Unix epoch, as DynamoDB's protocol has them. */
interface Members {
  TargetTableName?: string;
  RestoreDateTime?: number;
  TableName?: string;
  Table?: { RestoreSummary?: { RestoreDateTime: number } };
  ContinuousBackupsDescription?: {
    PointInTimeRecoveryDescription?: { EarliestRestorableDateTime?: number; LatestRestorableDateTime?: number };
  };
}

/**
 * Stands before moto and says what AWS would say of two times that moto does not keep: its tables can be restored to the moment alone
 * in which recovery was turned on, and a restored table tells the moment of the restore, not the one that was asked for. Everything
 * else, data included, is moto's own.
 */
export async function restorableMoto(endpoint: string): Promise<{ endpoint: string; close(): void }> {
  /** Seconds that restores were asked for, by the new table. */
  const asked = new Map<string, number>();
  const server = createServer((request, response) => {
    answer(request, response, endpoint, asked).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: string,
  asked: Map<string, number>,
): Promise<void> {
  const body = await buffer(request);
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    HOP_BY_HOP.has(name) || value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  const sent = request.method === "GET" ? {} : { body };
  const found = await fetch(`${endpoint}${request.url}`, { method: request.method ?? "POST", headers, ...sent });
  const operation =
    String(request.headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? "";
  const text = await found.text();
  const told = found.ok ? corrected(operation, body.toString(), text, asked) : text;
  const kept = [...found.headers].filter(([name]) => !HOP_BY_HOP.has(name) && name !== "x-amz-crc32");
  response.writeHead(found.status, Object.fromEntries(kept)).end(told);
}

function corrected(operation: string, input: string, output: string, asked: Map<string, number>): string {
  const parse = (text: string) => JSON.parse(text) as Members;
  if (operation === "RestoreTableToPointInTime") {
    const { TargetTableName = "", RestoreDateTime = 0 } = parse(input);
    asked.set(TargetTableName, RestoreDateTime);
    return output;
  }
  if (operation === "DescribeTable") {
    const answer = parse(output);
    const summary = answer.Table?.RestoreSummary;
    if (summary) summary.RestoreDateTime = asked.get(parse(input).TableName ?? "") ?? summary.RestoreDateTime;
    return JSON.stringify(answer);
  }
  if (operation === "DescribeContinuousBackups") {
    const answer = parse(output);
    const window = answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    if (window?.LatestRestorableDateTime !== undefined) {
      window.EarliestRestorableDateTime = (Date.now() - EARLIEST_MS) / 1000;
      window.LatestRestorableDateTime = (Date.now() - LATEST_MS) / 1000;
    }
    return JSON.stringify(answer);
  }
  return output;
}
