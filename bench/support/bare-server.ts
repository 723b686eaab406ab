// What a request costs without a simulator: `node bare-server.ts` answers each with as many bytes as its header x-size says.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const server = createServer((incoming, response) => {
  incoming.resume();
  incoming.on("end", () => {
    response.writeHead(200, { "content-type": "application/octet-stream" });
    response.end("x".repeat(Number(incoming.headers["x-size"] ?? 0)));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(
    `${JSON.stringify({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`,
  );
});
process.stdin.resume().once("end", () => process.exit());
