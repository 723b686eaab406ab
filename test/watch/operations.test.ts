import { expect, it } from "vitest";
import { dagsterOnEcs } from "../../src/config/naming.ts";
import { explainAlarms } from "../../src/runbook/alarms.ts";
import { WATCH_OPERATIONS } from "../../src/watch/operations.ts";
import { testSimulator } from "../support/simulator.ts";
import { goodValue, NESSIE_DEPLOYMENT, watching } from "./watching.ts";

it("watchers send what they say, and nothing else", async () => {
  const simulator = await testSimulator();
  const deployment = { ...NESSIE_DEPLOYMENT, dagster: dagsterOnEcs("lakehouse", "prod") };
  const { aws, watchers, until } = await watching(simulator, { deployment });
  const sent = new Set<string>();
  aws.onCall(({ service, operation }) => sent.add(`${service}:${operation}`));
  await watchers.ready;
  const said = [...new Set(Object.values(WATCH_OPERATIONS).flat())].sort();
  watchers.refresh();
  await until(() => sent.size >= said.length);
  expect([...sent].sort()).toEqual(said);
});

it("alarms come with what they look at, so that the runbook's rows are found", async () => {
  const simulator = await testSimulator();
  const { store, watchers } = await watching(simulator);
  await watchers.ready;
  const alarms = goodValue(store.getState(), "alarms");
  const { names } = simulator.world;
  expect(alarms.find(({ name }) => name.endsWith("cpu-high"))).toMatchObject({
    metric: {
      namespace: "AWS/ECS",
      name: "CPUUtilization",
      dimensions: { ClusterName: names.cluster, ServiceName: names.service },
      threshold: 80,
      missingData: "notBreaching",
    },
    notifies: [`arn:aws:sns:us-east-1:111122223333:${names.alertTopic}`],
  });
  const { alarms: explained, missing } = explainAlarms(alarms, NESSIE_DEPLOYMENT);
  expect(
    Object.fromEntries(explained.map(({ alarm, entry, matchedBy }) => [alarm.name, [entry?.id, matchedBy]])),
  ).toEqual({
    "lakehouse-prod-nessie-cpu-high": ["nessie-cpu-high", "name and metric"],
    "lakehouse-prod-nessie-dynamo-throttled": ["nessie-dynamo-throttled", "name and metric"],
    "lakehouse-prod-nessie-unhealthy-hosts": ["nessie-health-check-failed", "name and metric"],
  });
  expect(missing.map(({ id }) => id)).toEqual(["dagster-task-stopped"]);
});
