import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dagsterOnEcs, deploymentByNamingRule } from "../../src/config/naming.ts";
import { parseTemplate } from "../../src/iceberg/template.ts";
import { templatePatch } from "../../src/iceberg/template-patch.ts";
import { parseType } from "../../src/iceberg/type.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import type { RunningSimulator } from "../../src/sim/index.ts";
import { scenarioById } from "../../src/sim/scenarios/index.ts";
import { liveSchema } from "../../src/sim/world/catalog/catalog.ts";
import type { CatalogType } from "../../src/sim/world/names.ts";
import { account, opened, stateFolder, until } from "./support.ts";

const MINUTE_MS = 60_000;
const SPEED = 60;

async function incidentOf(
  scenario: string,
  catalogType: CatalogType,
  options: (folder: string, simulator: RunningSimulator) => Partial<IncidentOptions> = () => ({}),
) {
  const simulator = await account({ scenario, speed: SPEED, catalogType });
  const { project, environment, region } = simulator.world.names;
  const named = deploymentByNamingRule(project, environment, catalogType, region);
  const folder = mkdtempSync(join(stateFolder(), "table-templates-"));
  for (const [table, text] of simulator.world.templates.texts) writeFileSync(join(folder, `${table}.yaml`), text);
  const deployment = {
    ...named,
    ...(named.nessie && { nessie: { ...named.nessie, endpoint: `${simulator.endpoint}/nessie/api/v2` } }),
    dagster: dagsterOnEcs(project, environment),
    tableTemplates: folder,
  };
  const incident = await opened(simulator, stateFolder(), { deployment, ...options(folder, simulator) });
  await until(() => simulator.world.now() >= simulator.epochMs + 2 * MINUTE_MS);
  return { simulator, incident, folder };
}

const columns = ({ world }: RunningSimulator, table: string) =>
  liveSchema(world, table)?.columns.map(({ name, type }) => `${name} ${type}`);

describe.each<CatalogType>(["nessie", "glue"])("with the catalog %s", (catalogType) => {
  it("an accident: the table goes back, the scenario is resolved, and undo brings back what was there", {
    timeout: 60_000,
  }, async () => {
    const scenario = "schema-drift:unintentional";
    const { simulator, incident } = await incidentOf(scenario, catalogType);
    const { resolved } = scenarioById(scenario);
    const { verdicts } = await incident.diagnosis.run("schema-drift");
    const [fix] = verdicts[0]?.fixes ?? [];
    if (fix?.kind !== "action") throw new Error("no action is offered first");
    expect(fix.actionId).toBe("roll-back-schema");
    // What Dagster commits between the plan and its run would refuse the plan, as it should.
    simulator.world.dagster.runs.scheduled = false;
    const before = columns(simulator, "event_stream");
    const prepared = await incident.prepare(fix.actionId, fix.parameters);
    expect(prepared.refusedReason).toBeUndefined();
    expect(prepared.facts["schema changes"]).toContain("session_id is extra");
    const run = await incident.execute(prepared, { typedName: "event_stream" });
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    expect(resolved.holds(simulator.world)).toBe(true);
    const compared = run.outcomes.find(({ stepId }) => stepId === "compare-schema");
    expect(compared?.note).toMatch(/they agree; schema_drift_sensor looks again by \d\d:\d\d:\d\d UTC/);
    expect((await incident.diagnosis.run("schema-drift")).conclusion).toBe("nothing-wrong");

    const undone = await incident.execute(await incident.prepareUndo(run.runId), { yes: true });
    expect(undone.status, JSON.stringify(undone.failure ?? undone.outcomes)).toBe("done");
    expect(columns(simulator, "event_stream")).toEqual(before);
    expect(resolved.holds(simulator.world)).toBe(false);
  });

  it("on purpose: the patch and terraform apply are a person's, then both are compared again", {
    timeout: 60_000,
  }, async () => {
    const scenario = "schema-drift:intentional";
    const asked: string[] = [];
    const { simulator, incident } = await incidentOf(scenario, catalogType, (folder, { world }) => ({
      human: async (instruction) => {
        asked.push(instruction);
        if (!instruction.includes("git apply")) return "kim";
        const file = join(folder, "orders.yaml");
        const live = liveSchema(world, "orders")!.columns.map((column) => ({
          ...column,
          type: parseType(column.type),
        }));
        const patch = templatePatch(parseTemplate(readFileSync(file, "utf8"), file), live)!;
        // What the person is shown is what makes the template follow.
        expect(instruction).toContain(patch.diff);
        writeFileSync(file, patch.text);
        world.templates.propose(patch.text);
        return "kim";
      },
    }));
    const { verdicts } = await incident.diagnosis.run("schema-drift");
    const [fix] = verdicts[0]?.fixes ?? [];
    if (fix?.kind !== "action") throw new Error("no action is offered first");
    expect(fix.actionId).toBe("adopt-schema");
    const run = await incident.execute(await incident.prepare(fix.actionId, fix.parameters), { yes: true });
    expect(run.status, JSON.stringify(run.failure ?? run.outcomes)).toBe("done");
    expect(asked[1]).toContain("terraform apply -var-file=../environments/prod.tfvars");
    expect(scenarioById(scenario).resolved.holds(simulator.world)).toBe(true);
    expect((await incident.diagnosis.run("schema-drift")).conclusion).toBe("nothing-wrong");
  });

  it("a patch that was not applied: the run says what still differs", {
    timeout: 60_000,
  }, async () => {
    const { incident } = await incidentOf("schema-drift:intentional", catalogType, () => ({
      human: async () => "kim",
    }));
    const run = await incident.execute(await incident.prepare("adopt-schema", { table: "lakehouse.orders" }), {
      yes: true,
    });
    expect(["partial", "failed"]).toContain(run.status);
    expect(run.failure?.why).toContain("order_status is extra");
  });

  it("refuses another table's metadata file", { timeout: 60_000 }, async () => {
    const { simulator, incident } = await incidentOf("schema-drift:unintentional", catalogType);
    const prepared = await incident.prepare("roll-back-schema", {
      table: "lakehouse.event_stream",
      metadata: simulator.world.catalog.peek("orders")!,
    });
    expect(prepared.refusedReason).toContain("another table's");
  });
});
