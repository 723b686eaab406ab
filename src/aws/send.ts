import type { SdkClient, SdkCommand } from "./sdk-client.ts";

export interface Sent {
  output: object;
  requestId: string;
  /** The `Date` header of the answer, ms since the Unix epoch. */
  serverDateMs: number | undefined;
}

/** Sends a command once and takes from the answer what the layer tells of it. Rejects with the SDK's own error. */
export async function send(
  client: SdkClient,
  command: SdkCommand,
  { signal, answerWithinMs }: { signal?: AbortSignal; answerWithinMs?: number },
): Promise<Sent> {
  let serverDateMs: number | undefined;
  command.middlewareStack.add(
    (next) => async (call) => {
      const result = await next(call);
      const date = Date.parse(result.response?.headers?.date ?? "");
      if (!Number.isNaN(date)) serverDateMs = date;
      return result;
    },
    { step: "deserialize", priority: "high", name: "maydayServerDate" },
  );
  const output = (await client.send(command, {
    ...(signal ? { abortSignal: signal } : {}),
    ...(answerWithinMs ? { requestTimeout: answerWithinMs } : {}),
  })) as { $metadata?: { requestId?: string } };
  return { output, requestId: output.$metadata?.requestId ?? "", serverDateMs };
}
