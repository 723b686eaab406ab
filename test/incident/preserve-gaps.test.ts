import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actionById } from "../../src/actions/registry.ts";
import type { Manifest } from "../../src/evidence/custody/manifest.ts";
import { verifyBundle } from "../../src/evidence/custody/verify.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { Fault } from "../../src/sim/faults.ts";
import { sample } from "../support/thorough.ts";
import { account, opened, stateFolder, YES } from "./support.ts";

const STATE = { stateBucket: "my-tf-state" };
/** Every operation that preserve-everything says it may use. */
// Docker's are no calls to AWS: this lakehouse has no containers.
const OPERATIONS = [...new Set(actionById("preserve-everything").operations)]
  .filter((name) => !name.startsWith("docker:"))
  .map((name) => name.split(":")[1] ?? "");

const manifestOf = (incident: OpenIncident): Manifest =>
  JSON.parse(readFileSync(join(incident.folder, "evidence", "manifest.json"), "utf8"));

/** Everything is preserved while one operation is disturbed; what is not there or not whole, a line each. */
async function preserved(fault: Omit<Fault, "onHit">) {
  const simulator = await account({ scenario: "nessie-oom" });
  let hits = 0;
  simulator.faults.add({
    ...fault,
    onHit: () => {
      hits += 1;
    },
  });
  const incident = await opened(simulator, stateFolder());
  const result = await incident.execute(await incident.prepare("preserve-everything", STATE), YES);
  const { missing, artifacts } = manifestOf(incident);
  const verdict = await verifyBundle(join(incident.folder, "evidence"));
  expect(verdict.problems).toEqual([]);
  return { hits, status: result.status, why: missing.map(({ why }) => why).join("\n"), artifacts };
}

describe("a source that cannot be read leaves no silent gap", () => {
  it.each(sample(OPERATIONS, 5))(
    "%s denied: partial, with the permission's name, and the rest is there",
    async (operation) => {
      const { hits, status, why, artifacts } = await preserved({ kind: "deny", operation });
      expect(hits, "the operation is used").toBeGreaterThan(0);
      expect(status).toBe("partial");
      expect(why).toMatch(/not authorized to perform|Access Denied|it needs s3:GetObject/);
      expect(artifacts.length).toBeGreaterThan(5);
    },
  );

  it.each(["throttle", "server-error", "drop-before", "drop-middle"] as const)(
    "every operation disturbed for a moment (%s): it is whole all the same",
    async (kind) => {
      const simulator = await account({ scenario: "nessie-oom" });
      for (const operation of OPERATIONS) simulator.faults.add({ kind, operation, times: 2 });
      const incident = await opened(simulator, stateFolder());
      const result = await incident.execute(await incident.prepare("preserve-everything", STATE), YES);
      expect(result.status, JSON.stringify(manifestOf(incident).missing)).toBe("done");
      expect((await verifyBundle(join(incident.folder, "evidence"))).problems).toEqual([]);
    },
    60_000,
  );
});
