import { connect } from "node:net";
import { networkInterfaces } from "node:os";

/** This machine's addresses beside 127.0.0.1: those of its networks, another one of the loopback network, and IPv6's own. */
export function otherAddresses(): string[] {
  const found = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address)),
  );
  return [...new Set([...found, "127.0.0.2", "::1"])].filter((address) => address !== "127.0.0.1");
}

/** What comes of connecting to an address: "connected", or the error's code. */
export function connecting(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}
