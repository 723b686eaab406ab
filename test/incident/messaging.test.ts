import { expect, it } from "vitest";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { messageTargets, NO_MESSAGING } from "../../src/incident/messaging.ts";

const deployment = {
  ...deploymentByNamingRule("lakehouse", "prod", "nessie", "us-east-1"),
  alertTopic: "arn:aws:sns:us-east-1:111122223333:alerts",
};
const messaging = {
  ...NO_MESSAGING,
  secrets: ["SLACK_BOT_TOKEN", "ALERT_SLACK_WEBHOOK_URL"],
  slackChannel: "#incidents",
};
const waysOf = (stakeholderChannel?: string, secrets = messaging.secrets) =>
  messageTargets(
    { messaging: { ...messaging, secrets, ...(stakeholderChannel ? { stakeholderChannel } : {}) }, deployment },
    "stakeholders",
  ).map(({ label, otherwise = [] }) => [label, ...otherwise.map((other) => other.label)]);

it("what is for the stakeholders' own channel is not told to other people when that channel refuses", () => {
  expect(waysOf("#business")).toEqual([["Slack #business"]]);
  expect(waysOf()).toEqual([["Slack #incidents", "Slack (webhook)", "SNS alerts"]]);
  expect(waysOf("#business", ["ALERT_SLACK_WEBHOOK_URL"])).toEqual([["Slack (webhook)", "SNS alerts"]]);
});
