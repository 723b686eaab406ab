import type { NodeHttpHandler } from "@smithy/node-http-handler";
import { SILENT_LOGGER } from "./silent-logger.ts";

/** What every SDK client is made with, but for the credentials that it signs with. */
export function clientConfiguration(how: {
  region: string;
  transport: NodeHttpHandler;
  /** With fixed credentials nothing of the environment may change where or how a call goes. */
  isFixed: boolean;
  profile?: string;
  endpoint?: string;
}): object {
  const { region, transport, isFixed, profile, endpoint } = how;
  return {
    region,
    requestHandler: transport,
    // Retries are the layer's own: they must pass the rate bucket and be abortable.
    maxAttempts: 1,
    // Left to AWS_DEFAULTS_MODE, `auto` asks the instance metadata service, past the transport and its loopback gate.
    defaultsMode: "standard",
    retryMode: "standard",
    logger: SILENT_LOGGER,
    ...(profile ? { profile } : {}),
    ...(endpoint ? { endpoint, disableHostPrefix: true, forcePathStyle: true } : {}),
    ...(isFixed ? { useFipsEndpoint: false, useDualstackEndpoint: false, authSchemePreference: [] } : {}),
  };
}
