// A simulated account without rate limits, in a process of its own: `node plain-simulator.ts`. Prints its endpoint.
import { startSimulator } from "../../src/sim/index.ts";

const { endpoint } = await startSimulator({ scenario: "quiet", rateLimits: false });
process.stdout.write(`${JSON.stringify({ endpoint })}\n`);
process.stdin.resume().once("end", () => process.exit());
