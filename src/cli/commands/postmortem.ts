import { rewritePostmortem } from "../../incident/drafts.ts";
import { listIncidents } from "../../record/read.ts";
import { chooseIncident } from "./resume.ts";
import type { StartOptions } from "./start.ts";
import { stateDirectoryOf } from "./state-directory.ts";

/** `mayday postmortem <id>`: writes the post-mortem again from the record; the same record gives the same bytes. */
export async function runPostmortem(id: string, options: StartOptions & { print: boolean }): Promise<number> {
  const stateDirectory = await stateDirectoryOf(options);
  const summary = chooseIncident(await listIncidents(stateDirectory), id);
  const written = await rewritePostmortem(summary.folder);
  process.stdout.write(
    options.print
      ? written.markdown
      : `${written.draft ? "post-mortem (draft: the incident was not closed)" : "post-mortem"}  ${written.path}\n`,
  );
  return 0;
}
