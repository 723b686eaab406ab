import type { Names } from "../../src/sim/world/names.ts";
import type { Caller, Clients } from "./clients.ts";

/** The account of both servers, so that their ARNs are the same. */
export const ACCOUNT_ID = "123456789012";
export const REGION = "us-east-1";
/** The policy `look` of the group `pipelines`. */
export const LOOK = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "ec2:DescribeVpcs", Resource: "*" }],
};

/** One of the two servers that the contract holds for. The template's lakehouse is deployed on it. */
export interface ContractServer {
  clients: Clients;
  /** What the template's resources are called, on both servers the same. */
  names: Names;
  /** Clients of another caller. */
  as(caller: Caller): Clients;
  /** The token of the message that asks an SNS endpoint to confirm its subscription. */
  tokenOf(endpoint: string): Promise<string>;
  /** Lets at least this much of the server's time pass, ms: for what AWS does some time after a call. */
  settle(durationMs: number): Promise<void>;
}

/** One expectation of AWS, with the calls that show it. It makes what it needs, and leaves the template as it was. */
export interface ContractCase {
  /** Unique: `<service>: <what holds>`. */
  title: string;
  run(server: ContractServer): Promise<void>;
}

/** The cases of a service. */
export function casesOf(service: string, cases: Record<string, ContractCase["run"]>): ContractCase[] {
  return Object.entries(cases).map(([what, run]) => ({ title: `${service}: ${what}`, run }));
}

let counter = 0;

/** A name that no other resource has, in lower case. */
export function unique(prefix: string): string {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** How a refused call is told: its error's name and HTTP status. @throws Error when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (!$metadata) throw error;
    return { name, status: $metadata.httpStatusCode };
  }
  throw new Error("the call succeeded");
}

/** Whether a date is from this run: not older than a day, not in the future beyond a day. */
export function isRecent(date: Date | undefined): boolean {
  return date !== undefined && Math.abs(date.getTime() - Date.now()) < 86_400_000;
}
