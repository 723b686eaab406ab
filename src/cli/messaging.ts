import type { Clock } from "../base/clock.ts";
import { Secrets } from "../base/secrets.ts";
import type { LoadedSettings } from "../config/load.ts";
import { defaultSecretsFile, loadSecrets } from "../config/secrets.ts";
import type { Messaging } from "../incident/messaging.ts";
import type { Transport } from "../transports/contract.ts";
import { httpTransport } from "../transports/http/transport.ts";
import { DEMO_SECRETS } from "./demo-credentials.ts";

/** What it takes to tell people: where to, for the incident, and the transport that has the secrets. */
export interface MessagingSetup {
  messaging: Messaging;
  transport: Transport;
}

/** As it is configured. Secrets that cannot be read are a warning, never the end: everything but sending works without them. */
export async function configuredMessaging(
  { values }: LoadedSettings,
  clock: Clock,
  environment: NodeJS.ProcessEnv,
): Promise<MessagingSetup> {
  const { secretsFile } = values;
  const { secrets, problems } = await loadSecrets(environment, {
    path: secretsFile?.value ?? defaultSecretsFile(environment),
    isNamed: secretsFile !== undefined,
  });
  const stakeholderChannel = values["slack.stakeholderChannel"]?.value;
  return {
    messaging: {
      secrets: secrets.names(),
      slackChannel: values["slack.channel"].value,
      ...(stakeholderChannel === undefined ? {} : { stakeholderChannel }),
      invite: values["slack.invite"]?.value ?? [],
      contacts: contactsOf(values),
      problems,
    },
    transport: httpTransport({
      clock,
      secrets,
      endpoints: { slackApi: values["slack.apiUrl"].value, pagerDutyEvents: values["pagerDuty.eventsUrl"].value },
      loopbackOnly: false,
      environment,
    }),
  };
}

/**
 * The simulator's Slack and PagerDuty, and no others, whatever environment and configuration say: their secrets are not even read, and
 * the transport sends to this machine only. `endpoint`: where the simulator listens; without one nothing can be sent.
 */
export function simulatedMessaging(
  { values }: LoadedSettings,
  clock: Clock,
  endpoint: string | undefined,
): MessagingSetup {
  const { ALERT_SLACK_WEBHOOK_PATH, ...fixed } = DEMO_SECRETS;
  const base = (endpoint ?? "").replace(/\/$/, "");
  const secrets = new Secrets(
    new Map(
      endpoint === undefined
        ? []
        : Object.entries({ ...fixed, ALERT_SLACK_WEBHOOK_URL: base + ALERT_SLACK_WEBHOOK_PATH }),
    ),
  );
  const contacts = contactsOf(values);
  return {
    messaging: { secrets: secrets.names(), slackChannel: "#incidents", invite: [], contacts, problems: [] },
    transport: httpTransport({
      clock,
      secrets,
      endpoints: { slackApi: `${base}/slack/api`, pagerDutyEvents: `${base}/pagerduty/v2/enqueue` },
      loopbackOnly: true,
      environment: {},
    }),
  };
}

function contactsOf(values: LoadedSettings["values"]): Messaging["contacts"] {
  const l2 = values["escalation.l2"]?.value;
  const l3 = values["escalation.l3"]?.value;
  return { ...(l2 === undefined ? {} : { L2: l2 }), ...(l3 === undefined ? {} : { L3: l3 }) };
}
