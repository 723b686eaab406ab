import { createServer, type Server } from "node:http";
import { afterEach } from "vitest";

/** What a request to such a server looked like. */
export interface SeenRequest {
  path: string;
  authorization: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests assert on the shape themselves.
  body: any;
}

/** One answer; `hang`: none at all, `break`: the connection ends without one. */
export type Scripted = { status: number; body?: string; headers?: Record<string, string> } | "hang" | "break";

export interface MessagingServer {
  url: string;
  seen: SeenRequest[];
  /** Answers in their order; the last one stays. */
  answers: Scripted[];
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on this machine that behaves as it is told: as Slack, PagerDuty, or either of them in trouble. Closed after the test. */
export async function messagingServer(...answers: Scripted[]): Promise<MessagingServer> {
  const script: MessagingServer = { url: "", seen: [], answers };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      const body = text === "" ? undefined : JSON.parse(text);
      script.seen.push({ path: request.url ?? "", authorization: request.headers.authorization ?? "", body });
      const answer = script.answers.length > 1 ? script.answers.shift() : script.answers[0];
      if (answer === "break") request.socket.destroy();
      else if (answer !== "hang" && answer) {
        response.writeHead(answer.status, answer.headers);
        response.end(answer.body ?? "");
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  script.url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  return script;
}

/** An address of this machine that nobody listens on. */
export async function refusedAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}
