import type { Recorder } from "../record/contract.ts";
import type { ClosedIncident, Incident } from "./contract.ts";

/** An open incident as commands see it: what the cockpit uses, its record, and how it ends without the exit flow. */
export interface OpenIncident extends Incident {
  readonly recorder: Recorder;
  /** Settles when the caller's identity is known and steps in flight have been compared with the live state. */
  readonly ready: Promise<void>;
  /** Ends without the exit flow (a signal, a crash): records why, writes a draft of the post-mortem, lets go of everything. */
  abandon(reason: "signal" | "crash", detail: string): Promise<ClosedIncident>;
  /** Ends this session and leaves the incident open (headless runs). Never rejects: `files` names what could not be saved. */
  release(): Promise<ClosedIncident>;
}
