import type { TestClientConfiguration, TestSimulator } from "../../support/simulator.ts";

/** Client configuration with other credentials. */
export function withKey(
  { clients }: TestSimulator,
  accessKeyId: string,
  sessionToken?: string,
): TestClientConfiguration & { credentials: { sessionToken?: string } } {
  const credentials = { accessKeyId, secretAccessKey: "simulated", ...(sessionToken ? { sessionToken } : {}) };
  return { ...clients, credentials };
}

/** A policy document of these statements. */
export function policyOf(...Statement: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
