import { describe, expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { account, entriesOf, opened, stateFolder } from "./support.ts";

const DAY_MS = 86_400_000;
const inUse = ({ world }: RunningSimulator) => [...world.acm.byArn.values()].find(({ inUseBy }) => inUseBy.length > 0)!;

async function check(incident: OpenIncident) {
  const prepared = await incident.prepare("check-certificate", {});
  return { prepared, of: (label: string) => prepared.checks.find((found) => found.label.startsWith(label)) };
}

describe("the certificate of the load balancer", () => {
  it("is found by its listener and told in full; confirming writes it to the timeline", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const { prepared, of } = await check(incident);
    expect(prepared.facts).toMatchObject({
      status: "ISSUED",
      type: "AMAZON_ISSUED",
      certificate: inUse(simulator).arn,
    });
    expect(of("days left")?.status).toBe("pass");
    expect(of("renewal")).toMatchObject({ status: "pass", detail: expect.stringContaining("by itself") });
    expect((await incident.execute(prepared, { yes: true })).status).toBe("done");
    const notes = await entriesOf(incident, "incident.note");
    expect(notes.at(-1)?.payload.text).toMatch(
      /^Certificate of nessie\.lakehouse-prod\.example\.com: ISSUED, \d+ days left$/,
    );
  });

  it("that cannot renew says why, and which record is missing", async () => {
    const simulator = await account();
    const { acm, kernel } = simulator.world;
    acm.records.clear();
    acm.endAt(inUse(simulator), kernel.nowMs + 10 * DAY_MS);
    const incident = await opened(simulator, stateFolder());
    await expect.poll(async () => (await check(incident)).of("renewal")?.status).toBe("warn");
    const { of } = await check(incident);
    expect(of("days left")?.status).toBe("warn");
    expect(of("renewal")?.detail).toMatch(/validation/);
    expect(of("validation of")?.detail).toMatch(/PENDING_VALIDATION: CNAME _\w+\.nessie\S+ -> _\w+/);
  });

  it("that was imported never renews by itself", async () => {
    const simulator = await account();
    inUse(simulator).type = "IMPORTED";
    const { of } = await check(await opened(simulator, stateFolder()));
    expect(of("renewal")?.detail).toMatch(/never renews by itself/);
  });

  it("is not there on a lakehouse without a load balancer", async () => {
    const simulator = await account({ catalogType: "glue" });
    const deployment = deploymentByNamingRule("lakehouse", "prod", "glue", simulator.region);
    const incident = await opened(simulator, stateFolder(), { deployment });
    await expect(incident.prepare("check-certificate", {})).rejects.toThrow(/no load balancer/);
  });
});

describe("a new certificate", () => {
  it("is requested, its records are shown, and once they exist it is issued; undo deletes it", async () => {
    const simulator = await account({ speed: 300 });
    const { acm } = simulator.world;
    acm.recordsAppear = false;
    const asked: string[] = [];
    const human = async (instruction: string) => {
      asked.push(instruction);
      for (const [, name = ""] of instruction.matchAll(/CNAME (\S+) ->/g)) acm.records.add(name);
      return "kim";
    };
    const incident = await opened(simulator, stateFolder(), { human });
    const prepared = await incident.prepare("request-certificate", { domain: "catalog.example.com" });
    const result = await incident.execute(prepared, { yes: true });
    expect(result.status, JSON.stringify(result.failure)).toBe("done");
    const made = [...acm.byArn.values()].find(({ domains }) => domains[0] === "catalog.example.com");
    expect(made?.status).toBe("ISSUED");
    expect(asked[0]).toMatch(/CNAME _\w+\.catalog\.example\.com\. -> /);
    expect(asked[1]).toContain(`certificate_arn = "${made?.arn}"`);
    const undone = await incident.execute(await incident.prepareUndo(result.runId), { yes: true });
    expect(undone.status, JSON.stringify(undone.failure)).toBe("done");
    expect(acm.byArn.has(made?.arn ?? "")).toBe(false);
  }, 60_000);

  it("takes the domains of the present one by default", async () => {
    const simulator = await account();
    const incident = await opened(simulator, stateFolder());
    const { plan } = await incident.prepare("request-certificate", {});
    expect(plan.steps[0]).toMatchObject({ input: { DomainName: "nessie.lakehouse-prod.example.com" } });
    await expect(incident.prepare("resend-validation-email", {})).rejects.toThrow(/by mail/);
    const { arn: certificate } = simulator.world.acm.request(["mail.example.com"], "EMAIL", {}, undefined);
    const resend = await incident.prepare("resend-validation-email", { certificate });
    expect(resend.facts["mail.example.com"]).toMatch(/admin@example\.com/);
    expect((await incident.execute(resend, { yes: true })).status).toBe("done");
    expect(simulator.calls.filter(({ operation }) => operation === "ResendValidationEmail")).toHaveLength(1);
  });
});
