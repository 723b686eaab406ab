import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { testSimulator } from "../support/simulator.ts";

/** "connected", or the error's code. */
function attempt(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

/** The machine's other addresses: those of its networks, the other loopback addresses, and that of IPv6. */
const others = [
  ...Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address)),
  ),
  "127.0.0.2",
  "::1",
].filter((address) => address !== "127.0.0.1");

test("listens on 127.0.0.1 and on no other address of this machine", async () => {
  const simulator = await testSimulator();
  const { hostname, port } = new URL(simulator.endpoint);
  expect(hostname).toBe("127.0.0.1");
  expect(await attempt("127.0.0.1", Number(port))).toBe("connected");
  for (const address of new Set(others)) {
    expect([address, await attempt(address, Number(port))]).not.toContain("connected");
  }
});
