import { afterEach, expect, it, vi } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { runList } from "../../src/cli/commands/list.ts";
import { failureText } from "../../src/cli/exit.ts";
import { incidentFolder } from "../../src/record/place.ts";
import { openRecorder } from "../../src/record/recorder.ts";
import { stateFolder } from "../incident/support.ts";
import { ACTOR } from "../record/support.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("what a record says is drawn as text only", async () => {
  const stateDirectory = stateFolder();
  const incidentId = "2026-11-23-0301-aaaa";
  const folder = incidentFolder(stateDirectory, incidentId);
  const recorder = await openRecorder({ folder, incidentId, clock: systemClock(), actor: () => ACTOR });
  await recorder.append({
    kind: "incident.opened",
    payload: {
      incidentId,
      title: "Nessie\u001b[2J\u001b]52;c;cm0gLXJm\u0007 down\nID  P1",
      severity: "P1",
      project: "lake\u001b[31mhouse",
      environment: "prod",
      catalogType: "nessie",
      region: "us-east-1",
      declaredAtMs: 0,
      onCall: "kim",
      toolVersion: "test",
      simulated: false,
    },
  });
  await recorder.close();
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  expect(await runList({ flags: { stateDirectory }, json: false })).toBe(0);
  expect(printed).not.toMatch(/\u001b|\u0007/);
  expect(printed.trimEnd().split("\n")).toHaveLength(2);
  expect(printed).toMatch(/Nessie down/);
});

it("an error's text is drawn as text only", () => {
  expect(failureText(new Error("\u001b[2Jboom"), "x")).not.toMatch(/\u001b/);
});
