import { expect, test } from "vitest";
import { displayWidth } from "../../src/base/text.ts";
import { scenarioList } from "../../src/cli/commands/scenarios.ts";
import { listScenarios } from "../../src/sim/index.ts";

test("the list has every scenario with its catalogs and what is wrong, and fits 80 columns", () => {
  const blocks = scenarioList().trimEnd().split("\n\n");
  const scenarios = listScenarios();
  expect(blocks).toHaveLength(scenarios.length);
  for (const [index, { id, description, catalogs }] of scenarios.entries()) {
    const [head, ...body] = blocks[index]!.split("\n");
    expect(head).toBe(`${id}  (catalog ${catalogs.join(" or ")})`);
    expect(body.map((line) => line.slice(2)).join(" ")).toBe(description);
    for (const line of [head!, ...body]) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    for (const line of body) expect(line).toMatch(/^ {2}\S/);
  }
});

test("a word that is too long has a line of its own", () => {
  const [first] = listScenarios();
  const list = scenarioList([{ ...first!, description: `see ${"x".repeat(90)} there` }]);
  expect(list.split("\n").slice(1, 4)).toEqual(["  see", `  ${"x".repeat(90)}`, "  there"]);
});
