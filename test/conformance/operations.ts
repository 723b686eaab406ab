import { startSimulator } from "../../src/sim/index.ts";
import { allServices } from "../../src/sim/services/index.ts";

/** Operations that are never carried out, for the reason that AWS would give: called is called. */
export const ALWAYS_REFUSED: Record<string, string> = {
  "acm:RenewCertificate": "only certificates of a private CA are renewed by request, and there are none",
  "s3:GetObjectLockConfiguration": "no bucket has Object Lock",
};

/** Every operation that the simulator serves, as `signing name:Operation`, in order. */
export async function servedOperations(): Promise<string[]> {
  const simulator = await startSimulator({ scenario: "quiet", manual: true });
  const names = allServices(simulator.world).flatMap(({ signingName, operations }) =>
    Object.keys(operations).map((operation) => `${signingName}:${operation}`),
  );
  await simulator.close();
  return names.sort();
}

if (import.meta.main) process.stdout.write(`${(await servedOperations()).join("\n")}\n`);
