import { moreMemory } from "../../aws/fargate.ts";
import type { AnyCheck } from "../check.ts";
import { defineCheck, type Finding } from "../check.ts";
import { failedContainer, killedForMemory, revisionName, shortTask } from "../sources/ecs.ts";
import { since } from "../sources/metrics.ts";
import { differenceText, errorLine } from "../sources/service-findings.ts";
import { member, textAt } from "../sources/trail.ts";
import { count, memory, percent, quote, utc } from "../words.ts";
import {
  dagsterDefinitions,
  dagsterLogEnds,
  dagsterMemory,
  dagsterServiceChanges,
  dagsterServices,
  dagsterTasks,
  memoryPeak,
} from "./facts.ts";
import { openRuns } from "./runs.ts";

const MINUTE_MS = 60_000;
const RECENT_MS = 40 * MINUTE_MS;

/** The kernel kills Dagster's container: exit code 137 AND a reason that names memory; and which run it was. */
const killedCheck = defineCheck({
  id: "dagster-killed-for-memory",
  title: "Tasks of Dagster killed at their memory limit",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-memory-limit"],
  needs: { services: dagsterServices, tasks: dagsterTasks },
  uses: { definitions: dagsterDefinitions, ends: dagsterLogEnds },
  judge: ({ services, tasks }, { nowMs }, { definitions, ends }) =>
    services.flatMap((service) => {
      const current = definitions.status === "known" ? definitions.value.get(service.taskDefinition) : undefined;
      const own = tasks.filter((task) => task.service === service.name && (task.stoppedAtMs ?? 0) > nowMs - RECENT_MS);
      const killed = own.filter(
        (task) => killedForMemory(task) !== undefined && (current?.memoryMb ?? 0) <= (task.memoryMb ?? Infinity),
      );
      const findings: Finding[] = [];
      const [newest] = killed;
      if (newest) {
        const cpu = current?.cpu;
        const { memoryMb } = newest;
        const size = cpu === undefined || memoryMb === undefined ? undefined : moreMemory({ cpu, memoryMb });
        findings.push({
          verdict: "dagster-memory-limit",
          strength: "proves",
          text: `${count(killed.length, "task")} of ${service.name} killed: exit 137, ${quote(killedForMemory(newest)?.reason || newest.stoppedReason)}, limit ${memory(memoryMb ?? 0)}; last ${shortTask(newest)} at ${utc(newest.stoppedAtMs ?? 0)}.`,
          details: {
            service: service.name,
            memoryMb: memoryMb ?? null,
            cpu: cpu ?? null,
            proposedMb: size?.memoryMb ?? null,
          },
        });
        const end = ends.status === "known" ? ends.value.find(({ task }) => task === newest.id) : undefined;
        const last = end?.lines.at(-1);
        for (const run of end ? openRuns(end.lines).slice(0, 3) : []) {
          const what = run.doing === undefined ? "" : `: ${quote(run.doing, 110)}`;
          findings.push({
            verdict: "dagster-memory-limit",
            strength: "supports",
            text: `It was carrying out the run ${run.job} (${run.id.slice(0, 8)}), step ${run.step ?? "unknown"}${what}.`,
            details: { job: run.job, step: run.step ?? "" },
          });
        }
        if (last && !end?.lines.some(({ text }) => /Traceback|MemoryError/.test(text))) {
          const text = `Its log just ends at ${utc(last.atMs)}, without an error.`;
          findings.push({ verdict: "dagster-memory-limit", strength: "supports", text });
        }
      }
      const other = own.filter(
        (task) => task.containers.some(({ exitCode }) => exitCode === 137) && killedForMemory(task) === undefined,
      );
      if (other.length > 0) {
        const text = `${count(other.length, "task")} of ${service.name} ended with exit 137 and no reason that names memory: SIGKILL and no more, as ECS sends it to a task that does not end in time.`;
        findings.push({ strength: "information", text });
      }
      return findings;
    }),
});

/** Memory of each service. */
const memoryCheck = defineCheck({
  id: "dagster-memory-use",
  title: "Memory that Dagster used",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-memory-limit"],
  needs: { services: dagsterServices, memory: dagsterMemory },
  judge: ({ services, memory: series }, { nowMs }) =>
    services.map(({ name, deployments }): Finding => {
      const fromMs = Math.max(nowMs - RECENT_MS, deployments[0]?.createdAtMs ?? 0);
      const peak = memoryPeak(new Map([[name, since(series.get(name) ?? [], fromMs)]]), name);
      if (!peak) return { strength: "information", text: `No memory utilisation of ${name} was published.` };
      const text = `Memory of ${name} was at ${percent(peak.value)} at most, at ${utc(peak.atMs)}.`;
      return peak.value >= 90
        ? { verdict: "dagster-memory-limit", strength: "supports", text }
        : { strength: "information", text };
    }),
});

/** Dagster's code ends its own process: another exit code, and an error in its log. */
const applicationCheck = defineCheck({
  id: "dagster-application-error",
  title: "Tasks of Dagster that ended on an error of their code",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-application-error"],
  needs: { services: dagsterServices, tasks: dagsterTasks },
  uses: { definitions: dagsterDefinitions, ends: dagsterLogEnds, changes: dagsterServiceChanges },
  judge: ({ services, tasks }, { nowMs }, { definitions, ends, changes }) =>
    services.flatMap((service) => {
      const failed = tasks.filter(
        (task) =>
          task.service === service.name &&
          task.taskDefinition === service.taskDefinition &&
          failedContainer(task) !== undefined &&
          killedForMemory(task) === undefined &&
          (task.stoppedAtMs ?? 0) >= nowMs - RECENT_MS,
      );
      const [last] = failed;
      if (!last) return [];
      const container = failedContainer(last);
      const end = ends.status === "known" ? ends.value.find(({ task }) => task === last.id) : undefined;
      const line = end && errorLine(end);
      const revisions = definitions.status === "known" ? [...definitions.value.values()] : [];
      const current = revisions.find(({ arn }) => arn === service.taskDefinition);
      const before = revisions
        .filter(({ family, revision }) => family === current?.family && revision < (current?.revision ?? 0))
        .sort((a, b) => b.revision - a.revision)[0];
      const previous = before?.arn ?? revisionBefore(service.taskDefinition);
      const findings: Finding[] = [
        {
          verdict: "dagster-application-error",
          strength: failed.length > 1 || line !== undefined ? "proves" : "supports",
          text: `${count(failed.length, "task")} of ${service.name} (${revisionName(service.taskDefinition)}) ended with exit ${container?.exitCode}${container?.reason ? ` (${quote(container.reason)})` : ""}, last ${shortTask(last)} at ${utc(last.stoppedAtMs ?? 0)}${line ? `: ${quote(line)}` : ""}.`,
          details: { service: service.name, previousRevision: previous ?? null },
        },
      ];
      const change =
        changes.status === "known"
          ? changes.value.find(
              (one) => one.service === service.name && textAt(one.event.input, "taskDefinition") !== "",
            )
          : undefined;
      if (change) {
        const text = `${change.event.by} deployed ${revisionName(textAt(change.event.input, "taskDefinition"))} at ${utc(change.event.atMs)} (CloudTrail UpdateService).`;
        findings.push({ verdict: "dagster-application-error", strength: "supports", text });
      }
      const difference = differenceText(before, current);
      if (difference)
        findings.push({ verdict: "dagster-application-error", strength: "information", text: difference });
      return findings;
    }),
});

/** The ARN of the revision one below. */
function revisionBefore(arn: string): string | undefined {
  const revision = Number(/:(\d+)$/.exec(arn)?.[1] ?? 0);
  return revision > 1 ? arn.replace(/:\d+$/, `:${revision - 1}`) : undefined;
}

/** Services that are asked for no task. */
const stoppedCheck = defineCheck({
  id: "dagster-desired",
  title: "Tasks that Dagster is asked to run",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-stopped"],
  needs: { services: dagsterServices },
  uses: { changes: dagsterServiceChanges },
  judge: ({ services }, { held }, { changes }) =>
    services.map((service): Finding => {
      if (service.desired > 0) {
        const text = `${service.name}: ${service.running} of ${service.desired} tasks run.`;
        return { strength: "information", text };
      }
      const change =
        changes.status === "known"
          ? changes.value.find((one) => one.service === service.name && member(one.event.input, "desiredCount") === 0)
          : undefined;
      const resource = `service ${service.name} in cluster ${service.cluster}`;
      const ours = held.some(({ badge, resources }) => badge !== "" && resources.includes(resource));
      const by = change ? `, by ${change.event.by} at ${utc(change.event.atMs)} (CloudTrail UpdateService)` : "";
      const text = `Service ${service.name} is asked for 0 tasks${by}.${ours ? " It is our own containment." : ""}`;
      return { verdict: "dagster-stopped", strength: "proves", text, details: { service: service.name, ours } };
    }),
});

/** The checks about Dagster on ECS, in the order in which a person would ask. */
export const dagsterChecks: readonly AnyCheck[] = [stoppedCheck, killedCheck, memoryCheck, applicationCheck];
