import type { JobContext } from "../actions/jobs.ts";
import type { AwsLayer } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import type { Deployment } from "../config/deployment.ts";
import type { Severity } from "../record/entries.ts";
import type { Messaging } from "./messaging.ts";

/** What it takes to open an incident. */
export interface IncidentOptions {
  aws: AwsLayer;
  clock: Clock;
  deployment: Deployment;
  /** Where people are told; left out: nowhere. */
  messaging?: Messaging;
  /** Folder that holds `incidents/<id>/`. */
  stateDirectory: string;
  /** An incident that exists: it is opened again. Left out: a new one. */
  incidentId?: string;
  title: string;
  severity: Severity;
  onCall: string;
  /** True for the demo: its post-mortem says so. */
  simulated: boolean;
  toolVersion: string;
  /** Why this session starts, for the record. */
  reason: "start" | "resume" | "run";
  /** False in headless runs: no watchers, no guard, no snapshots. */
  watch: boolean;
  /** Lines that the log ring keeps. */
  logCapacity?: number;
  /** Asks whoever is there to do a step of a plan, without a screen. Left out: the cockpit's dialog does. */
  human?: (instruction: string, signal: AbortSignal) => Promise<string>;
  /** Shows a secret once, without a screen. Left out: the cockpit's dialog does. */
  showSecret?: JobContext["showSecret"];
  /** Asks for something, without a screen. Left out: the cockpit's dialog does. */
  ask?: JobContext["ask"];
}
