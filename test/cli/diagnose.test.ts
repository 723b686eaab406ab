import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { diagnosisText, printDiagnoses, runDiagnose } from "../../src/cli/commands/diagnose.ts";
import { readRecord } from "../../src/record/read.ts";
import { ACCESS_KEYS } from "../../src/sim/world/principals.ts";
import { account, opened, stateFolder } from "../incident/support.ts";
import { fixtureDiagnosis } from "../support/fixture-diagnosis.ts";

let printed = "";

beforeEach(() => {
  printed = "";
  vi.stubEnv("AWS_ACCESS_KEY_ID", ACCESS_KEYS.responder);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "simulated");
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("mayday diagnose", () => {
  it("lists the diagnoses with what they ask", () => {
    expect(printDiagnoses(false)).toBe(0);
    expect(printed).toMatch(/^everything\n {2}Everything: \d+ checks\n/);
    printed = "";
    printDiagnoses(true);
    const all = JSON.parse(printed) as { id: string; checks: { id: string }[] }[];
    expect(all.find(({ id }) => id === "nessie-unreachable")?.checks.map(({ id }) => id)).toContain(
      "nessie-network-path",
    );
  });

  it("of an incident looks at its time and is recorded in it", async () => {
    const simulator = await account({ scenario: "nessie-oom" });
    const stateDirectory = stateFolder();
    const incident = await opened(simulator, stateDirectory);
    const { id, folder } = incident;
    await incident.close("suspended");
    const { endpoint } = simulator;
    expect(
      await runDiagnose("nessie-unreachable", {
        json: true,
        incident: id,
        given: {},
        flags: { stateDirectory, endpoint },
      }),
    ).toBe(0);
    expect(JSON.parse(printed)).toMatchObject({ verdicts: [{ id: "container-memory-limit" }] });
    const entries = await readRecord(folder);
    expect(entries.find(({ kind }) => kind === "diagnosis.finished")?.payload).toMatchObject({
      diagnosisId: "nessie-unreachable",
    });
  });

  it("says in text what speaks for a verdict, what could not be looked at, and how to run the fix", () => {
    const text = diagnosisText(fixtureDiagnosis(), 80);
    expect(text).toContain("PROVEN: Nessie's container is killed at its memory limit");
    expect(text).toContain("  + Task 1231cf3d was killed at 03:01:25 UTC");
    expect(text).toContain("       mayday run raise-memory --parameter service=nessie");
    expect(text).toContain("       nessie_memory = 4096");
    expect(text).toContain("Only hints:\n  A security group closes the way to Nessie");
    expect(text).toContain("Could not be looked at:\n  Security groups on the way: needs ec2:DescribeSecurityGroups");
    expect(text).toContain("    $ aws ecs describe-tasks --cluster lakehouse-prod-nessie --region us-east-1");
    const written = text.split("\n").filter((line) => !line.startsWith("    $ "));
    expect(Math.max(...written.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});
