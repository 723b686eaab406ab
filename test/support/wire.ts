import { afterEach } from "vitest";
import { WireServer } from "../../src/sim/wire/server.ts";
import type { ServiceDefinition } from "../../src/sim/wire/types.ts";

/** The virtual time of these servers. */
export const AT = new Date("2026-11-23T03:00:00.000Z");
/** Text that breaks a codec which escapes or encodes wrongly. */
export const UNICODE = "žluťoučký kůň 🐎 <&\"'>";

const servers: WireServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Client configuration for a wire server with these services and nothing behind it; it is closed after the test. */
export async function serve(...definitions: ServiceDefinition[]) {
  let count = 0;
  const server = new WireServer(definitions, {
    now: () => AT.getTime(),
    dateMs: () => AT.getTime(),
    nextRequestId: () => `request-${++count}`,
    beforeCall: async () => "answer",
    beforeHttp: async () => "answer",
    executed: () => {},
    answered: () => {},
  });
  servers.push(server);
  const endpoint = await server.listen(0);
  return {
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: "x" },
    disableHostPrefix: true,
    maxAttempts: 3,
    disableClockSkewCorrection: true,
  };
}
