import { Failure } from "../../base/failure.ts";
import type { BranchPlace } from "../../recovery/nessie/branch.ts";
import { calling } from "../../recovery/nessie/reader.ts";
import type { PrepareContext } from "../contract.ts";

/**
 * `incident-ID-DATE`, in the characters that Nessie takes for names. The same name again when the tag is at this hash already; with the
 * time of day where it is at another one.
 */
export async function freeTagName(context: PrepareContext, { endpoint }: BranchPlace, head: string): Promise<string> {
  const now = new Date(context.clock.now()).toISOString();
  const name = `incident-${context.incident.id}-${now.slice(0, 10)}`.replace(/[^A-Za-z0-9_-]/g, "-");
  try {
    const at = { Endpoint: endpoint, Reference: name };
    const { output } = await context.aws.call("nessie", "GetReference", at, calling(context));
    return output.reference.hash === head ? name : `${name}-${now.slice(11, 19).replaceAll(":", "")}`;
  } catch (error) {
    if (error instanceof Failure && error.kind === "not-found") return name;
    throw error;
  }
}
