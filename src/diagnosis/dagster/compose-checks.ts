import { type AnyCheck, defineCheck, type Finding } from "../check.ts";
import { errorLine } from "../sources/service-findings.ts";
import { count, memory, quote, utc } from "../words.ts";
import { composeContainers, composeDeaths, composeLogEnds } from "./compose-facts.ts";
import { openRuns } from "./runs.ts";

const MEGABYTE = 1024 * 1024;

/** The kernel kills a container at its limit: docker's event `oom` beside its end; 137 alone is only SIGKILL. */
const killedCheck = defineCheck({
  id: "compose-killed-for-memory",
  title: "Containers of Dagster killed at their memory limit",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-memory-limit"],
  needs: { containers: composeContainers, deaths: composeDeaths },
  uses: { ends: composeLogEnds },
  judge({ containers, deaths }, _scope, { ends }) {
    const services = [...new Set(deaths.map(({ service }) => service))];
    return services.flatMap((service): Finding[] => {
      const killed = deaths.filter((death) => death.service === service && death.outOfMemory);
      const [newest] = killed;
      if (!newest) return [];
      const own =
        containers.find(({ Id }) => Id === newest.container) ?? containers.find(({ Service }) => Service === service);
      // Another container than the one that died was made since, maybe with more memory: its own deaths count.
      if (own && own.Id !== newest.container) {
        const text = `${service} was killed for memory at ${utc(newest.atMs)}; its container was made anew since.`;
        return [{ verdict: "dagster-memory-limit", strength: "information", text }];
      }
      const limitMb = own && own.MemoryLimit > 0 ? own.MemoryLimit / MEGABYTE : undefined;
      const limit = limitMb === undefined ? "no limit of its own: the host ran out" : `limit ${memory(limitMb)}`;
      const restarts =
        own && own.RestartCount > 0 ? `; docker has restarted it ${count(own.RestartCount, "time")}` : "";
      const end = ends.status === "known" ? ends.value.find(({ task }) => task === newest.container) : undefined;
      const last = end?.lines.at(-1);
      return [
        {
          verdict: "dagster-memory-limit",
          strength: "proves",
          text: `${service} was killed for memory ${count(killed.length, "time")} in the last 40 minutes (event oom, exit ${newest.exitCode ?? "unknown"}), ${limit}; last at ${utc(newest.atMs)}${restarts}.`,
          details: {
            composeService: service,
            limitMb: limitMb ?? null,
            ...(own ? { directory: own.WorkingDirectory, file: own.ConfigFiles[0] ?? "", project: own.Project } : {}),
          },
        },
        ...(end ? openRuns(end.lines).slice(0, 3) : []).map(
          (run): Finding => ({
            verdict: "dagster-memory-limit",
            strength: "supports",
            text: `It was carrying out the run ${run.job} (${run.id.slice(0, 8)}), step ${run.step ?? "unknown"}${run.doing === undefined ? "" : `: ${quote(run.doing, 110)}`}.`,
          }),
        ),
        ...(end && last && !end.lines.some(({ text }) => /Traceback|MemoryError/.test(text))
          ? [
              {
                verdict: "dagster-memory-limit" as const,
                strength: "supports" as const,
                text: `Its log just ends at ${utc(last.atMs)}, without an error.`,
              },
            ]
          : []),
      ];
    });
  },
});

/** Dagster's code ends its own process. */
const applicationCheck = defineCheck({
  id: "compose-application-error",
  title: "Containers of Dagster that ended on an error of their code",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-application-error"],
  needs: { containers: composeContainers, deaths: composeDeaths },
  uses: { ends: composeLogEnds },
  judge({ containers, deaths }, _scope, { ends }) {
    const failed = deaths.filter(
      ({ container, outOfMemory, exitCode = 0 }) =>
        !outOfMemory && exitCode !== 0 && exitCode !== 137 && containers.some(({ Id }) => Id === container),
    );
    const [newest] = failed;
    if (!newest) return [];
    const own = containers.find(({ Id }) => Id === newest.container);
    const end = ends.status === "known" ? ends.value.find(({ task }) => task === newest.container) : undefined;
    const line = end && errorLine(end);
    return [
      {
        verdict: "dagster-application-error",
        strength: failed.length > 1 || line !== undefined ? "proves" : "supports",
        text: `${newest.service} ended with exit ${newest.exitCode} ${count(failed.length, "time")} in the last 40 minutes, last at ${utc(newest.atMs)}${line ? `: ${quote(line)}` : ""}.`,
        details: {
          composeService: newest.service,
          image: own?.Image ?? "",
          ...(own ? { project: own.Project, directory: own.WorkingDirectory } : {}),
        },
      },
      ...(own
        ? [
            {
              verdict: "dagster-application-error" as const,
              strength: "information" as const,
              text: `It runs ${own.Image}, created ${own.Created.slice(0, 19)}Z.`,
            },
          ]
        : []),
    ];
  },
});

/** Services of which nothing runs, although nothing killed them. */
const stoppedCheck = defineCheck({
  id: "compose-stopped",
  title: "Containers of Dagster that run",
  diagnoses: ["dagster-oom"],
  verdicts: ["dagster-stopped"],
  needs: { containers: composeContainers },
  uses: { deaths: composeDeaths },
  judge({ containers }, { deployment, held }, { deaths }) {
    const { project = "", services = [] } = deployment.compose ?? {};
    return services.map((service): Finding => {
      const own = containers.filter(({ Service }) => Service === service);
      const up = own.filter(({ State }) => State.Status === "running" || State.Status === "restarting");
      const states = own.map(({ State }) => State.Status).join(", ") || "no container";
      if (up.length > 0) return { strength: "information", text: `${service}: ${states}.` };
      const died = deaths.status === "known" && deaths.value.some((death) => death.service === service);
      if (died) return { strength: "information", text: `${service}: ${states}; it ended by itself.` };
      const resource = `compose service ${service} of project ${project}`;
      const ours = held.some(({ badge, resources }) => badge !== "" && resources.includes(resource));
      return {
        verdict: "dagster-stopped",
        strength: "proves",
        text: `${service} does not run (${states}).${ours ? " It is our own containment." : ""}`,
        details: { composeService: service, project, ours },
      };
    });
  },
});

/** The checks about Dagster in docker compose. */
export const composeChecks: readonly AnyCheck[] = [stoppedCheck, killedCheck, applicationCheck];
