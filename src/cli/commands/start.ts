import { userInfo } from "node:os";
import type { AwsLayer } from "../../aws/contract.ts";
import { createAwsLayer } from "../../aws/layer.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { type ConfigFlags, deploymentOf, type EffectiveConfig, loadConfig } from "../../config/load.ts";
import { writeMissingDrafts } from "../../incident/drafts.ts";
import type { Messaging } from "../../incident/messaging.ts";
import { openIncident } from "../../incident/open.ts";
import type { OpenIncident } from "../../incident/opened-incident.ts";
import type { Severity } from "../../record/entries.ts";
import { withTransports } from "../../transports/route.ts";
import { DEMO_CREDENTIALS } from "../demo-credentials.ts";
import { withDocker } from "../docker.ts";
import { printWarnings } from "../exit.ts";
import { configuredMessaging, simulatedMessaging } from "../messaging.ts";
import type { OpeningScreen } from "../opening-screen.ts";
import { SecretPrompts } from "../secret-prompts.ts";
import { loadCockpit, runSession, type SessionOptions } from "../session.ts";
import { ssoLogin } from "../sso-login.ts";
import { requireTerminal } from "../terminal.ts";
import { toolVersion } from "../version.ts";

export interface StartOptions {
  flags: Partial<ConfigFlags>;
  configFile?: string;
  title?: string;
}

/** What a command that talks to AWS needs: configuration, clock and client layer. */
export interface Connected {
  config: EffectiveConfig;
  clock: Clock;
  aws: AwsLayer;
  messaging: Messaging;
  prompts: SecretPrompts;
}

/**
 * Loads the configuration and makes the client layer; nothing is sent yet. `simulated`: for an incident of the demo, with its
 * credentials and to this machine only. `screen`: what has the terminal until the cockpit opens. Throws a Failure for a bad configuration or a missing region.
 */
export async function connect(
  options: StartOptions,
  { simulated = false, screen }: { simulated?: boolean; screen?: OpeningScreen | undefined } = {},
): Promise<Connected> {
  const config = await loadConfig({
    flags: options.flags,
    env: process.env,
    workingDirectory: process.cwd(),
    ...(options.configFile ? { file: options.configFile } : {}),
  });
  const clock = systemClock();
  const { values } = config;
  const prompts = new SecretPrompts(screen && ((work) => screen.aside(work)));
  const layer = await createAwsLayer({
    clock,
    ...(values.region ? { region: values.region.value } : {}),
    ...(values.profile ? { profile: values.profile.value } : {}),
    ...(values.endpoint ? { endpoint: values.endpoint.value } : {}),
    readOnly: values.readOnly.value,
    mfaCodeProvider: prompts.mfaCode,
    ...(simulated ? { credentials: DEMO_CREDENTIALS, loopbackOnly: true } : {}),
  });
  const { messaging, transport } = simulated
    ? simulatedMessaging(config, clock, layer.endpoint)
    : await configuredMessaging(config, clock, process.env);
  const { compose } = deploymentOf(config, layer.region);
  const docker = await withDocker(layer, compose, clock, { simulated });
  return { config, clock, aws: withTransports(docker, [transport], clock), messaging, prompts };
}

/** How a session of this connection is shown: own keys, logging in again, MFA codes. */
export function sessionOptions({ config, prompts }: Connected): SessionOptions {
  const { keys, profile, notifications } = config.values;
  return { keys: keys.value, notifications: notifications.value, prompts, login: () => ssoLogin(profile?.value) };
}

/** The options of an incident that come from the configuration. */
export function incidentOptions({ config, clock, aws, messaging }: Connected, title: string | undefined) {
  const { values } = config;
  return {
    aws,
    clock,
    messaging,
    deployment: deploymentOf(config, aws.region),
    stateDirectory: values.stateDirectory.value,
    title: title ?? `Incident on ${values.project.value} ${values.environment.value}`,
    severity: values.severity.value as Severity,
    onCall: values.onCall?.value ?? userInfo().username,
    simulated: false,
    toolVersion: toolVersion(),
  };
}

/** `mayday start`: opens the cockpit on a new incident; the clock starts at once, everything else can be filled in later. */
export async function runStart(options: StartOptions, screen: OpeningScreen | undefined): Promise<number> {
  requireTerminal("mayday start");
  void loadCockpit();
  const connected = await connect(options, { screen });
  // The drafts of killed sessions are other incidents' business: this one does not wait for them.
  const drafts = writeMissingDrafts(connected.config.values.stateDirectory.value);
  await connected.aws.login();
  const incident: OpenIncident = await openIncident({
    ...incidentOptions(connected, options.title),
    reason: "start",
    watch: true,
  });
  const code = await runSession(incident, { ...sessionOptions(connected), screen });
  printWarnings(await drafts);
  return code;
}
