import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject } from "vitest";
import type { RunResult } from "../../src/actions/contract.ts";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { Deployment } from "../../src/config/deployment.ts";
import type { PreparedAction } from "../../src/incident/contract.ts";
import { openIncident } from "../../src/incident/open.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import type { IncidentOptions } from "../../src/incident/options.ts";
import { type Caller, type Clients, clientsOf } from "./clients.ts";
import { REGION as CONTRACT_REGION } from "./server.ts";

/** An account of moto with nothing in it, and a session in it. moto's accounts are there as soon as somebody takes a role in them. */
export interface MotoAccount {
  accountId: string;
  region: string;
  /** Clients that nothing of the cockpit stands before: what they read is moto's own word. */
  clients: Clients;
  credentials: Caller;
}

/** @param accountId 12 digits, that of no other test: IAM is one for all regions. */
export async function motoAccount(accountId: string, region: string): Promise<MotoAccount> {
  const endpoint = inject("motoEndpoint");
  const outside = clientsOf(endpoint, CONTRACT_REGION, { accessKeyId: "AKIAOUTSIDE", secretAccessKey: "moto" });
  const RoleArn = `arn:aws:iam::${accountId}:role/responder`;
  const { Credentials } = await outside.sts.assumeRole({ RoleArn, RoleSessionName: "kim" });
  const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials!;
  const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  return { accountId, region, clients: clientsOf(endpoint, region, credentials), credentials };
}

/** An incident at moto, with what its tests do again and again. */
export interface MotoIncident {
  incident: OpenIncident;
  /** The instructions that people were given, and the secrets that were shown. */
  asked: string[];
  shown: string[];
  /** Confirms and runs what was prepared; fails when it is refused. */
  carryOut(prepared: PreparedAction): Promise<RunResult>;
  /** Prepares an action and carries it out. */
  run(actionId: string, parameters?: Record<string, string>): Promise<RunResult>;
  undo(runId: string): Promise<RunResult>;
  /** Closes the incident. @returns every byte of its folder. */
  everythingKept(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens an incident as a headless command does. @param clock moto's time is the machine's: a faster one only shortens waits.
 * @param endpoint of what stands before moto; left out: moto itself.
 */
export async function incidentAt(
  { accountId, region, credentials }: MotoAccount,
  deployment: Deployment,
  {
    clock = systemClock(),
    endpoint = inject("motoEndpoint"),
    ...options
  }: Partial<IncidentOptions> & { clock?: Clock; endpoint?: string } = {},
): Promise<MotoIncident> {
  const stateDirectory = mkdtempSync(join(tmpdir(), "mayday-moto-"));
  const [asked, shown]: [string[], string[]] = [[], []];
  const aws = await createAwsLayer({ clock, region, endpoint, credentials, loopbackOnly: true });
  // moto has no LookupEvents: that it fails, which is tried again each time, need not last as long as AWS's rate would have it.
  aws.setRate("cloudtrail", "LookupEvents", 1_000);
  const incident = await openIncident({
    aws,
    clock,
    deployment,
    stateDirectory,
    title: "Recovery at moto",
    severity: "P2",
    onCall: "kim",
    simulated: true,
    toolVersion: "test",
    reason: "run",
    watch: false,
    human: async (instruction) => {
      asked.push(instruction);
      return "kim";
    },
    showSecret: async ({ lines }) => {
      shown.push(...lines);
    },
    ...options,
  });
  await incident.ready;
  const carryOut = async (prepared: PreparedAction) => {
    expect(prepared.refusedReason, JSON.stringify(prepared.checks)).toBeUndefined();
    const { resourceName: typedName } = prepared.plan;
    return incident.execute(prepared, { yes: true, typedName, typedAccount: accountId });
  };
  return {
    incident,
    asked,
    shown,
    carryOut,
    run: async (actionId, parameters = {}) => carryOut(await incident.prepare(actionId, parameters)),
    undo: async (runId) => carryOut(await incident.prepareUndo(runId)),
    everythingKept: async () => {
      await incident.close("handover");
      return readdirSync(stateDirectory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
        .join("\n");
    },
    close: async () => {
      await incident.release();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** Fails with all that a run says when it has another status. */
export function expectStatus(result: RunResult, status: RunResult["status"]): void {
  expect(result.status, JSON.stringify([result.failure, result.outcomes])).toBe(status);
}
