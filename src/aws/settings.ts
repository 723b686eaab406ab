import { loadSharedConfigFiles } from "@smithy/core/config";
import { Failure } from "../base/failure.ts";

export interface ResolvedSettings {
  region: string;
  profile?: string;
  /** A custom endpoint in use, wherever it was set; credentials in it are masked. */
  endpoint?: string;
  /** The profile has an `mfa_serial`. */
  asksForMfa?: boolean;
}

type Profile = Record<string, string | undefined>;

/**
 * Region, profile and custom endpoint as the SDK will use them: given > environment > profile.
 * @throws Failure when there is no region, or the named profile does not exist.
 */
export async function resolveSettings(
  given: { region?: string; profile?: string; endpoint?: string },
  environment: NodeJS.ProcessEnv,
): Promise<ResolvedSettings> {
  const profileName = given.profile || environment.AWS_PROFILE || undefined;
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const profiles = configFile as Record<string, Profile | undefined>;
  const profile: Profile = { ...credentialsFile[profileName ?? "default"], ...profiles[profileName ?? "default"] };
  if (profileName !== undefined && Object.keys(profile).length === 0) {
    const names = [...new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)])].sort();
    throw new Failure({
      kind: "invalid",
      what: `AWS profile ${profileName}`,
      why: "there is no such profile in the AWS configuration files",
      next:
        names.length > 0
          ? `Profiles there: ${names.join(", ")}.`
          : "Make one with aws configure sso, or leave --profile and AWS_PROFILE out.",
    });
  }
  const region = given.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION || profile.region;
  if (!region) {
    throw new Failure({
      kind: "invalid",
      what: "AWS region",
      why: "no region is set",
      next: "Give --region, set AWS_REGION, or set a region in the AWS profile or in mayday.yaml.",
    });
  }
  const endpoint =
    given.endpoint ??
    endpointOfEnvironment(environment) ??
    profile.endpoint_url ??
    endpointOfServices(profiles, profile);
  return {
    region,
    ...(profileName ? { profile: profileName } : {}),
    ...(endpoint ? { endpoint: maskCredentials(endpoint) } : {}),
    asksForMfa: profile.mfa_serial !== undefined,
  };
}

/** `AWS_ENDPOINT_URL`, or the first of the service's own variables: one of them suffices for calls to go elsewhere. */
function endpointOfEnvironment(environment: NodeJS.ProcessEnv): string | undefined {
  if (/^true$/i.test(environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? "")) return undefined;
  const specific = Object.keys(environment).find((name) => name.startsWith("AWS_ENDPOINT_URL_"));
  return environment.AWS_ENDPOINT_URL ?? (specific ? environment[specific] : undefined);
}

/** The first endpoint of the profile's `services` section: `[services NAME]` is stored under `services.NAME` by the SDK's loader. */
function endpointOfServices(profiles: Record<string, Profile | undefined>, profile: Profile): string | undefined {
  const section = profile.services ? profiles[`services.${profile.services}`] : undefined;
  return Object.entries(section ?? {}).find(([name]) => name.endsWith(".endpoint_url"))?.[1];
}

function maskCredentials(endpoint: string): string {
  try {
    const url = new URL(endpoint);
    if (url.username === "" && url.password === "") return endpoint;
    url.username = "***";
    url.password = "";
    return url.toString();
  } catch {
    throw new Failure({
      kind: "invalid",
      what: "AWS endpoint",
      why: "it is not a URL",
      next: "Give it as http://HOST:PORT or https://HOST.",
    });
  }
}
