import { systemClock } from "../../base/clock.ts";
import { incidentStatus } from "../../communication/status.ts";
import { handoverMarkdown, statusMarkdown, statusText } from "../../communication/status-text.ts";
import { listIncidents, readRecord } from "../../record/read.ts";
import { chooseIncident } from "./resume.ts";
import type { StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

/** `handover`: the brief that the cockpit writes when it is left to somebody else. */
export type StatusForm = "text" | "json" | "markdown" | "handover";

/**
 * `mayday status [id]`: how an incident stands, from its record alone; nothing is written and AWS is not asked, so that it works beside
 * an open cockpit. Without an id the newest that is not resolved. A simulated incident has a clock of its own: its status is as of its
 * newest entry.
 */
export async function runStatus(id: string | undefined, options: StartOptions & { form: StatusForm }): Promise<number> {
  const stateDirectory = await stateDirectoryOf(options);
  const summary = chooseIncident(await listIncidents(stateDirectory), id);
  const entries = await readRecord(summary.folder);
  const nowMs = summary.simulated ? Date.parse(entries.at(-1)?.at ?? "") || 0 : systemClock().now();
  const status = incidentStatus(entries, nowMs);
  const texts = {
    json: () => `${JSON.stringify(status, null, 2)}\n`,
    markdown: () => statusMarkdown(status),
    handover: () => handoverMarkdown(status),
    // Into a file or a pipe lines go as they are: somebody may search them.
    text: () => statusText(status, process.stdout.columns),
  };
  process.stdout.write(texts[options.form]());
  return 0;
}
