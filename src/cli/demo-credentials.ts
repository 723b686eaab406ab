/** The fixed credentials of the demo: they open nothing anywhere. */
export const DEMO_CREDENTIALS = { accessKeyId: "ASIASIMULATEDRESPOND", secretAccessKey: "simulated" };

/** The secrets of the simulated Slack and PagerDuty: they open nothing anywhere either. The webhook's path stands behind the endpoint. */
export const DEMO_SECRETS = {
  SLACK_BOT_TOKEN: "xoxb-simulated-lakehouse-bot",
  ALERT_SLACK_WEBHOOK_PATH: "/slack/services/T0LAKEHOUSE/B0MAYDAYHOOK/simulatedWebhookSecret01",
  PAGERDUTY_ROUTING_KEY: "0123456789abcdef0123456789abcdef",
} as const;
