import { Failure } from "../../base/failure.ts";
import { defineCheck, type Finding } from "../check.ts";
import { dagsterDefinitions, dagsterServices } from "../dagster/facts.ts";
import type { FactReader, FactSource } from "../fact.ts";
import { DEFINITION_OPERATIONS, readDefinition, type TaskDefinition } from "../sources/ecs.ts";
import { utc } from "../words.ts";
import { bucketPolicy } from "./bucket-facts.ts";
import { deniedCalls } from "./denied-calls.ts";
import { bucketDenials, isAboutEncryption, questionOf } from "./judgement.ts";
import { nameOf, subjectOfCall, subjects } from "./subjects.ts";

/** A service's revision and the one before it. */
export interface Release {
  cluster: string;
  service: string;
  current: TaskDefinition;
  former: TaskDefinition;
}

/** The last releases of the services that are refused for want of encryption; none where nobody is. */
export const unencryptedReleases: FactSource<Release[]> = {
  id: "unencrypted-releases",
  title: "the revision before Dagster's last release",
  operations: DEFINITION_OPERATIONS,
  async fetch(reader) {
    const [{ calls }, found, { text }, services, definitions] = await Promise.all([
      reader.need(deniedCalls),
      reader.need(subjects),
      reader.need(bucketPolicy),
      reader.need(dagsterServices),
      reader.need(dagsterDefinitions),
    ]);
    const refused = calls.flatMap((call) => {
      const subject = subjectOfCall(call, found);
      if (!subject) return [];
      const { certain, possible } = bucketDenials(text, questionOf(call, subject));
      return [...certain, ...possible].some(({ statement }) => isAboutEncryption(statement)) ? [subject.name] : [];
    });
    const releases = await Promise.all(
      services.map(async ({ cluster, name, taskDefinition }) => {
        const current = definitions.get(taskDefinition);
        if (!current || !refused.includes(nameOf(current.taskRoleArn ?? "")) || current.revision < 2) return undefined;
        const former = await readFormer(reader, current);
        return former && { cluster, service: name, current, former };
      }),
    );
    return releases.filter((release) => release !== undefined);
  },
};

/** Undefined: the revision was deleted. */
async function readFormer(
  reader: FactReader,
  { family, revision }: TaskDefinition,
): Promise<TaskDefinition | undefined> {
  try {
    return await readDefinition(reader, `${family}:${revision - 1}`);
  } catch (error) {
    if (error instanceof Failure && (error.kind === "not-found" || error.kind === "invalid")) return undefined;
    throw error;
  }
}

/** Names of the variables that a container of the former revision has and the current one has not; values are nobody's business. */
export function lostVariables({ current, former }: Release): string[] {
  return former.containers.flatMap(({ name, environment }) => {
    const now = current.containers.find((container) => container.name === name)?.environment ?? {};
    return Object.keys(environment).filter((variable) => !(variable in now));
  });
}

/** Whether a setting that asked for encryption was lost: its value named KMS. */
export function lostEncryption({ current, former }: Release): string[] {
  return former.containers.flatMap(({ name, environment }) => {
    const now = current.containers.find((container) => container.name === name)?.environment ?? {};
    const asks = (value: string | undefined) => /aws:kms|ServerSideEncryption|sse/i.test(value ?? "");
    return Object.keys(environment).filter((variable) => asks(environment[variable]) && !asks(now[variable]));
  });
}

/** What the last release changed, where uploads come without the header. */
export const releaseCheck = defineCheck({
  id: "s3-unencrypted-release",
  title: "2a. What Dagster's last release changed",
  diagnoses: ["s3-403"],
  verdicts: ["s3-encryption-header"],
  needs: { releases: unencryptedReleases },
  judge: ({ releases }) =>
    releases.flatMap((release): Finding[] => {
      const { service, current, former, cluster } = release;
      const lost = lostEncryption(release);
      const all = lostVariables(release);
      const when = current.registeredAtMs === undefined ? "" : ` at ${utc(current.registeredAtMs)}`;
      const who = current.registeredBy ? ` by ${current.registeredBy.split("/").slice(-2).join("/")}` : "";
      if (lost.length === 0 && all.length === 0) {
        const text = `${service} ${current.name} has the variables of ${former.name}: the release did not lose the setting.`;
        return [{ strength: "information", text }];
      }
      return [
        {
          verdict: "s3-encryption-header",
          strength: "supports",
          text: `${service} ${current.name}, registered${when}${who}, lost ${(lost.length > 0 ? lost : all).join(", ")}, which ${former.name} has${lost.length > 0 ? ": it made uploads ask for KMS" : ""}.`,
          details: {
            cluster,
            service,
            former: former.name,
            current: current.name,
            variables: lost.length > 0 ? lost : all,
          },
        },
      ];
    }),
});
