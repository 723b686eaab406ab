import type { JsonObject } from "../../base/json.ts";
import type { ComposeDeployment } from "../../config/deployment.ts";
import type { EvidenceWindow } from "../evidence-window.ts";

/** A job of a plan that preserves evidence. */
export interface EvidencePart {
  job: string;
  title: string;
  input: JsonObject;
  operations: string[];
}

/** Every operation that the two parts use. */
export const CONTAINER_EVIDENCE_OPERATIONS = ["docker:ComposePs", "docker:Inspect", "docker:Events", "docker:Logs"];

/** Said wherever the whole inspection is kept. */
export const CONTAINER_SECRETS =
  "An inspection holds the containers' environment, and so its secrets: the bundle then does, too, in files that only its owner may read.";

/** List, inspections and events of the project's containers: gone with the containers, the events with the daemon. */
export function containerStatePart({ project }: ComposeDeployment): EvidencePart {
  const operations = ["docker:ComposePs", "docker:Inspect", "docker:Events"];
  return { job: "container-state", title: `Collect the containers of ${project}`, input: { project }, operations };
}

/** The logs of all containers of the project over the window. */
export function containerLogsPart({ project }: ComposeDeployment, window: EvidenceWindow): EvidencePart {
  const operations = ["docker:ComposePs", "docker:Logs"];
  const title = `Export the container logs of ${project}`;
  return { job: "export-container-logs", title, input: { project, ...window }, operations };
}
