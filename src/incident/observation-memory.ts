import type { JsonObject } from "../base/json.ts";
import type { RecordDraft, RecordEntry } from "../record/entries.ts";

/**
 * What the record already says about the world, so that only changes are written: built from the record on start (also after a
 * resume, or when this cockpit takes over from another), and kept up to date by every draft.
 */
export class ObservationMemory {
  readonly services = new Map<string, JsonObject>();
  readonly deployments = new Map<string, string>();
  readonly serviceEvents = new Set<string>();
  readonly stoppedTasks = new Set<string>();
  /** By the container's id: a new one of the same name is another one. */
  readonly containers = new Map<string, JsonObject>();
  readonly targets = new Map<string, string>();
  readonly alarms = new Map<string, string>();
  readonly sources = new Map<string, string>();

  /** Takes in an entry or a draft; others than observations are ignored. */
  learn(entry: RecordDraft | RecordEntry): void {
    switch (entry.kind) {
      case "observation.service":
        this.services.set(entry.payload.service, entry.payload.after);
        break;
      case "observation.deployment":
        this.deployments.set(deploymentKey(entry.payload.service, entry.payload.deployment), entry.payload.change);
        break;
      case "observation.service-event":
        this.serviceEvents.add(eventKey(entry.payload.service, entry.payload.eventAtMs, entry.payload.message));
        break;
      case "observation.task-stopped":
        this.stoppedTasks.add(entry.payload.task);
        break;
      case "observation.container":
        this.containers.set(entry.payload.container, entry.payload.after);
        break;
      case "observation.target":
        this.targets.set(targetKey(entry.payload.targetGroup, entry.payload.target), entry.payload.to);
        break;
      case "observation.alarm":
        this.alarms.set(entry.payload.alarm, entry.payload.to);
        break;
      case "observation.source":
        this.sources.set(entry.payload.source, entry.payload.status);
        break;
      default:
    }
  }
}

export const deploymentKey = (service: string, deployment: string): string => `${service} ${deployment}`;
export const eventKey = (service: string, atMs: number, message: string): string => `${service} ${atMs} ${message}`;
export const targetKey = (group: string, target: string): string => `${group} ${target}`;
