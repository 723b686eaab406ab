import type { Clock } from "../base/clock.ts";

/** What a client layer is made with. */
export interface AwsLayerOptions {
  clock: Clock;
  region?: string;
  profile?: string;
  /** One endpoint for every service. Left out: what the SDK finds in environment and profile. */
  endpoint?: string;
  /** Fixed credentials (the demo): then region and endpoint must be given, and environment and profile are ignored. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Refuse to send anywhere but to this machine. */
  loopbackOnly?: boolean;
  readOnly?: boolean;
  mfaCodeProvider?: (serial: string) => Promise<string>;
  environment?: NodeJS.ProcessEnv;
}
