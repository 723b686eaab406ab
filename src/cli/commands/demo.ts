import { userInfo } from "node:os";
import { join } from "node:path";
import { createAwsLayer } from "../../aws/layer.ts";
import { scaledClock } from "../../base/clock.ts";
import { loadSettings } from "../../config/load.ts";
import { dagsterInCompose, dagsterOnEcs, deploymentByNamingRule } from "../../config/naming.ts";
import { openIncident } from "../../incident/open.ts";
import { withTransports } from "../../transports/route.ts";
import { DEMO_CREDENTIALS } from "../demo-credentials.ts";
import { withDocker } from "../docker.ts";
import { simulatedMessaging } from "../messaging.ts";
import type { OpeningScreen } from "../opening-screen.ts";
import { loadCockpit, runSession } from "../session.ts";
import { type SimulatorChoice, startSimulatorProcess } from "../simulator-process.ts";
import { requireTerminal } from "../terminal.ts";
import { toolVersion } from "../version.ts";

export interface DemoOptions extends Omit<SimulatorChoice, "scenario" | "tableTemplates" | "composeFolder"> {
  stateDirectory?: string;
  readOnly: boolean;
  notifications?: boolean;
}

/**
 * `mayday demo`: the same cockpit against a simulated lakehouse in a child process. Endpoint, region and credentials are given
 * explicitly; environment and profile are ignored, and an endpoint that is not loopback is refused by the client layer.
 */
export async function runDemo(
  scenario: string,
  options: DemoOptions,
  screen: OpeningScreen | undefined,
): Promise<number> {
  requireTerminal("mayday demo");
  void loadCockpit();
  const settings = await loadSettings({
    flags: {
      ...(options.stateDirectory ? { stateDirectory: options.stateDirectory } : {}),
      ...(options.notifications === undefined ? {} : { notifications: options.notifications }),
    },
    env: process.env,
    workingDirectory: process.cwd(),
  });
  const stateDirectory = settings.values.stateDirectory.value;
  const tableTemplates = join(stateDirectory, "demo", "table-templates");
  const composeFolder = join(stateDirectory, "demo", "dagster");
  const simulator = await startSimulatorProcess({ ...options, scenario, tableTemplates, composeFolder });
  try {
    const clock = scaledClock({
      domainEpochMs: simulator.epochMs,
      wallEpochMs: simulator.startedWallMs,
      speed: simulator.speed,
    });
    const { project, environment, catalogType, region } = simulator;
    const named = deploymentByNamingRule(project, environment, catalogType, region);
    const dagster =
      options.dagster === "compose"
        ? { compose: dagsterInCompose(project, environment) }
        : { dagster: dagsterOnEcs(project, environment) };
    const layer = await createAwsLayer({
      clock,
      region: simulator.region,
      endpoint: simulator.endpoint,
      credentials: DEMO_CREDENTIALS,
      loopbackOnly: true,
      readOnly: options.readOnly,
    });
    const { messaging, transport } = simulatedMessaging(settings, clock, simulator.endpoint);
    const docker = await withDocker(layer, dagster.compose, clock, { simulated: true });
    const aws = withTransports(docker, [transport], clock);
    const incident = await openIncident({
      aws,
      messaging,
      clock,
      deployment: {
        ...named,
        ...(named.nessie && { nessie: { ...named.nessie, endpoint: simulator.nessieEndpoint } }),
        ...dagster,
        terraform: simulator.terraform,
        alertTopic: simulator.alertTopic,
        breakGlass: { user: simulator.breakGlassUser },
        tableTemplates,
      },
      stateDirectory,
      title: simulator.title,
      severity: "P1",
      onCall: settings.values.onCall?.value ?? userInfo().username,
      simulated: true,
      toolVersion: toolVersion(),
      reason: "start",
      watch: true,
    });
    return await runSession(incident, {
      keys: settings.values.keys.value,
      notifications: settings.values.notifications.value,
      screen,
    });
  } finally {
    simulator.stop();
  }
}
