import { defineCheck } from "../check.ts";
import { crashLoopFindings, rolloutFindings, startFailureFindings, zeroFindings } from "../sources/service-findings.ts";
import { quote, utc } from "../words.ts";
import { nessieLogEnds, nessieTroubles } from "./log-facts.ts";
import { nessieDefinitions, nessieService, nessieServiceChanges, nessieTasks } from "./service-facts.ts";

/** A new revision whose tasks fail while those of the one before serve. */
export const rolloutCheck = defineCheck({
  id: "nessie-rollout",
  title: "Deployments of Nessie",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["bad-deployment"],
  needs: { service: nessieService, tasks: nessieTasks },
  uses: { definitions: nessieDefinitions, changes: nessieServiceChanges, ends: nessieLogEnds },
  judge({ service, tasks }, scope, { definitions, changes, ends }) {
    return rolloutFindings("bad-deployment", service, tasks, scope, {
      definitions: definitions.status === "known" ? definitions.value : new Map(),
      changes: changes.status === "known" ? changes.value : [],
      ends: ends.status === "known" ? ends.value : [],
    });
  },
});

/** Nobody wants any task: that is no fault of Nessie's. */
export const desiredCheck = defineCheck({
  id: "nessie-desired",
  title: "Tasks that Nessie is asked to run",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["scaled-to-zero"],
  needs: { service: nessieService },
  uses: { changes: nessieServiceChanges },
  judge: ({ service }, scope, { changes }) =>
    zeroFindings("scaled-to-zero", service, changes.status === "known" ? changes.value : [], scope),
});

/** Tasks that never ran: the image, or what the roles may not do. */
export const startCheck = defineCheck({
  id: "nessie-start-failures",
  title: "Tasks of Nessie that could not start",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["image-or-permission-failure"],
  needs: { service: nessieService, tasks: nessieTasks },
  judge: ({ service, tasks }) => startFailureFindings("image-or-permission-failure", service, tasks),
});

/** Tasks that end by themselves again and again. */
export const crashCheck = defineCheck({
  id: "nessie-crash-loop",
  title: "Tasks of Nessie that ended by themselves",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["crash-loop"],
  needs: { service: nessieService, tasks: nessieTasks },
  uses: { ends: nessieLogEnds },
  judge: ({ service, tasks }, scope, { ends }) =>
    crashLoopFindings("crash-loop", service, tasks, ends.status === "known" ? ends.value : [], scope),
});

const DENIED = /AccessDenied(?:Exception)?|ResourceNotFoundException/;

/** What AWS refuses Nessie itself: its role, or a table that is not there. */
export const deniedCheck = defineCheck({
  id: "nessie-denied",
  title: "Refusals by AWS in Nessie's log",
  diagnoses: ["nessie-unreachable"],
  verdicts: ["image-or-permission-failure"],
  needs: { troubles: nessieTroubles },
  judge({ troubles }) {
    const lines = troubles.events.filter(({ text }) => DENIED.test(text));
    const last = lines.at(-1);
    if (!last) return [];
    const from = Math.max(0, last.text.search(DENIED));
    const text = `${lines.length} lines in the last 20 minutes say that AWS refused Nessie, last at ${utc(last.atMs)}: ${quote(last.text.slice(from))}.`;
    // A single line may be a request that was meant to be refused.
    return [{ verdict: "image-or-permission-failure", strength: lines.length >= 10 ? "proves" : "supports", text }];
  },
});
