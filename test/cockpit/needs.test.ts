import { expect, test } from "vitest";
import { layoutFor } from "../../src/cockpit/layout.ts";
import { measureNeeds } from "../../src/cockpit/needs.ts";
import type { PaneId } from "../../src/panes/pane.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const at = (columns: number, rows: number, needs = {}) => {
  const layout = layoutFor({ columns, rows, banners: 0, zoomed: false, focus: "ecs", needs });
  return (id: PaneId) => layout.panes.find((pane) => pane.id === id)?.rect ?? { left: 0, top: 0, width: 0, height: 0 };
};

test.each([
  [120, 40],
  [170, 50],
  [200, 40],
  [200, 60],
  [300, 100],
])("at %ix%i log and timeline have the larger share, and the panes cover the body", (columns, rows) => {
  const rect = at(columns, rows, { ecs: 20, targets: 4, alarms: 3, metrics: 8 });
  expect(rect("logs").width).toBeGreaterThanOrEqual(Math.max(rect("ecs").width, rect("metrics").width) + 18);
  const ids = ["ecs", "targets", "alarms", "metrics", "logs", "timeline"] as const;
  const area = ids.reduce((sum, id) => sum + rect(id).width * rect(id).height, 0);
  expect(area).toBe(columns * (rows - 3));
});

test("a pane with little content gives its lines to one that scrolls", () => {
  const rect = at(120, 40, { ecs: 30, targets: 2, alarms: 3, metrics: 6 });
  expect(rect("targets").height).toBe(4);
  expect(rect("alarms").height).toBe(5);
  expect(rect("metrics").height).toBe(8);
  expect(rect("ecs").height).toBe(37 - 4 - 5 - 8);
});

test("no pane takes everything: the others keep their share while all scroll", () => {
  const rect = at(120, 40, { ecs: 500, targets: 500, alarms: 500, metrics: 500 });
  expect(Math.min(...(["targets", "alarms", "metrics"] as const).map((id) => rect(id).height))).toBeGreaterThan(5);
});

test("borders move out for more content and do not come back while data goes away, until the size changes", () => {
  const { controller, incident, resize } = createHarness({ columns: 120, rows: 40 });
  const heights = () => controller.layout().panes.map((pane) => pane.rect.height);
  measureNeeds(controller);
  const first = heights();
  const { targets } = incident.store.getState();
  if (targets.status !== "ok") throw new Error("fixture has targets");
  const [group] = targets.value;
  if (!group) throw new Error("fixture has a group");
  const many = Array.from({ length: 12 }, (_, index) => ({ ...group.targets[0]!, id: `10.0.0.${index}` }));
  incident.store.setState({ targets: { ...targets, value: [{ ...group, targets: many }] } });
  measureNeeds(controller);
  const grown = heights();
  expect(grown[1]).toBeGreaterThan(first[1] ?? 0);
  incident.store.setState({ targets: { ...targets, value: [{ ...group, targets: [] }] } });
  measureNeeds(controller);
  expect(heights()).toEqual(grown);
  resize(121, 40);
  measureNeeds(controller);
  expect(heights()[1]).toBeLessThan(grown[1] ?? 0);
});
