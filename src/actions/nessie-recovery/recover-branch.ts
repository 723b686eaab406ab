import * as z from "zod";
import type { BadCommit } from "../../iceberg/bad-commits.ts";
import {
  BRANCH_READS,
  type BranchPlace,
  type BranchState,
  type Commit,
  fileStatus,
  findCommit,
  readBranch,
  readEntries,
  type TableChanges,
  tableChanges,
} from "../../recovery/nessie/branch.ts";
import { commitWords, count, shortHash, utcDay } from "../../recovery/nessie/words.ts";
import type { ActionDefinition, CallStep, Check, PrepareContext, Prepared, Reading } from "../contract.ts";
import { nessieEndpoint } from "../schema-repairs/table-facts.ts";
import { freeTagName } from "./tag-name.ts";
import { writersCheck } from "./writers.ts";

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
/** Commits that the plan shows one by one. */
const SHOWN = 8;
/** Metadata files of tables that come back which are looked for. */
const FILES = 50;
/** A commit this young says that somebody still writes, domain ms. */
const RECENT_MS = 10 * MINUTE_MS;
/** The shortest beginning of a hash that is taken for one. */
const HASH = /^[0-9a-fA-F]{8,64}$/;

const parameters = z.object({
  hash: z
    .string()
    .trim()
    .regex(/^([0-9a-fA-F]{8,64})?$/, "8 to 64 hexadecimal digits")
    .default("")
    .describe("Commit to go back to, 8 digits or more (empty: the one before the bad commits)"),
  branch: z.string().trim().min(1).default("main").describe("Branch of Nessie"),
});

/**
 * Assigns a branch to the last good commit, with the expected hash: Nessie refuses when somebody committed meanwhile. The bad head is
 * tagged first, so that nothing is lost, and undo assigns the branch back to it.
 */
export const recoverNessieBranch: ActionDefinition<z.infer<typeof parameters>> = {
  id: "recover-nessie-branch",
  title: "Nessie: assign a branch to the last good commit",
  description:
    "For bad commits on a sound store: shows the history, tags the bad head, assigns the branch to the earlier hash. Seconds; can be undone.",
  runbook: "Disaster Recovery > Nessie DynamoDB Recovery (Point-in-Time)",
  tier: "name",
  parameters,
  operations: [
    ...BRANCH_READS,
    "nessie:CreateReference",
    "nessie:AssignReference",
    "elbv2:DescribeLoadBalancers",
    "elbv2:DescribeListeners",
    "sts:GetCallerIdentity",
  ],
  async prepare(context, { hash: wanted, branch }): Promise<Prepared> {
    const place = { endpoint: await nessieEndpoint(context, context.deployment), branch };
    const state = await readBranch(context, place, { wanted, sinceMs: context.clock.now() - DAY_MS });
    const choice = chooseCommit(state, wanted);
    const parameters = { hash: choice.target ?? "", branch };
    const facts = { "Nessie at": place.endpoint, ...historyFacts(state, choice.target) };
    const base = { actionId: recoverNessieBranch.id, parameters, resourceName: branch, tier: "name" as const };
    if (choice.target === undefined) {
      const title = `Assign ${branch} to an earlier commit`;
      const plan = { ...base, title, effects: [], caveats: [], steps: [], verify: null, guard: null };
      return { facts, checks: [choice.check], plan };
    }
    const { target } = choice;
    const lost = state.commits.slice(0, choice.position);
    const [then, tag] = await Promise.all([
      readEntries(context, place, target),
      freeTagName(context, place, state.head),
    ]);
    const changes = tableChanges(state.entries, then);
    return {
      facts: { ...facts, "tables back": tablesWords(changes), "tag for the bad head": tag },
      checks: [
        choice.check,
        await filesCheck(context, changes, then),
        writersCheck(context),
        recentCheck(state.commits, context.clock.now()),
      ],
      plan: {
        ...base,
        title: `Assign ${branch} to ${shortHash(target)}, ${count(lost.length, "commit")} back`,
        effects: effectsOf(branch, tag, lost, state.bad, changes),
        caveats: [
          "Stop the writers first: a commit that comes between reading and assigning makes Nessie refuse, and nothing is changed.",
          "Jobs that wrote the commits which are lost from the branch have to run again, or their commits be transplanted from the tag.",
          `The tag stays, also after an undo: it keeps the commits from Nessie's garbage collection. Delete it when the incident is reviewed.`,
        ],
        undoing: {
          effects: [
            `${branch} is at ${shortHash(state.head)} again: readers and jobs see the bad commits at their next request.`,
          ],
          tier: "name",
        },
        steps: [tagStep(place, state.head, tag), assignStep(place, state.head, target)],
        verify: {
          kind: "wait",
          id: "verify-branch",
          title: `${branch} is at ${shortHash(target)}`,
          reading: headReading(place),
          until: [{ label: "head", op: "equals", value: target }],
          deadlineMs: MINUTE_MS,
        },
        guard: null,
      },
    };
  },
};

interface Choice {
  /** Undefined: none, and the check says why. */
  target?: string;
  /** Commits above it. */
  position: number;
  check: Check;
}

/** The commit that was asked for, or the one before the oldest of the bad ones. */
function chooseCommit({ commits, bad, head, isWhole }: BranchState, wanted: string): Choice {
  const label = "commit";
  const none = (detail: string): Choice => ({ position: 0, check: { label, status: "fail", detail } });
  if (wanted !== "") {
    const found = HASH.test(wanted) ? findCommit(commits, wanted) : [];
    const [commit] = found;
    if (!commit)
      return none(`the branch has no commit ${wanted}${isWhole ? "" : ` among its newest ${commits.length}`}`);
    if (found.length > 1) return none(`${found.length} commits begin with ${wanted}: give more digits`);
    const { hash } = commit.commitMeta;
    if (hash === head) return none("it is the head: there is nothing to go back to");
    const position = commits.indexOf(commit);
    const left = bad.filter((one) => commits.findIndex(({ commitMeta }) => commitMeta.hash === one.hash) >= position);
    const detail =
      left.length > 0
        ? `bad commits stay below it: ${left.map(({ hash: one }) => shortHash(one)).join(", ")}`
        : "on the branch, as asked for";
    return { target: hash, position, check: { label, status: left.length > 0 ? "warn" : "pass", detail } };
  }
  const oldest = bad.at(-1);
  if (!oldest) return none("no commit of the last day took tables away: name the hash to go back to");
  const position = commits.findIndex(({ commitMeta }) => commitMeta.hash === oldest.parent);
  if (position < 0) return none("the commit before the bad one is not in the history: name the hash to go back to");
  const detail = `before ${bad.map(badWords).join("; ")}`;
  return { target: oldest.parent, position, check: { label, status: "pass", detail } };
}

function badWords({ hash, author, atMs, dropped, moved }: BadCommit): string {
  const parts = [
    ...(dropped.length > 0 ? [`deleted ${dropped.join(", ")}`] : []),
    ...moved.map(({ name }) => `moved ${name} to where nothing is`),
  ];
  return `${shortHash(hash)} of ${utcDay(atMs)} by ${author || "nobody named"}, which ${parts.join(" and ")}`;
}

function historyFacts({ commits, bad, isWhole }: BranchState, target: string | undefined): Record<string, string> {
  const end = commits.findIndex(({ commitMeta }) => commitMeta.hash === target);
  const isBad = (hash: string) => bad.some((one) => one.hash === hash);
  // The head, what did harm, and where it goes: what lies between only if there is room.
  const important = commits.filter(
    ({ commitMeta: { hash } }, index) => index === 0 || isBad(hash) || hash === target || index < SHOWN / 2,
  );
  const shown = new Set([...important.slice(0, SHOWN - 1), ...(end >= 0 ? commits.slice(end, end + 1) : [])]);
  const lines = commits
    .filter((commit) => shown.has(commit))
    .map((commit): [string, string] => {
      const { hash } = commit.commitMeta;
      const mark = hash === target ? "GOOD " : isBad(hash) ? "BAD " : "";
      return [shortHash(hash), `${mark}${commitWords(commit)}`];
    });
  const total = `${commits.length}${isWhole ? "" : " newest"} commits read, ${bad.length} bad${end > 0 ? `, ${end} above the good one` : ""}`;
  return { history: total, ...Object.fromEntries(lines) };
}

function tablesWords({ back, gone, changed }: TableChanges): string {
  const parts = [
    ...(back.length > 0 ? [`${back.join(", ")} come back`] : []),
    ...(gone.length > 0 ? [`${gone.join(", ")} go`] : []),
    ...(changed.length > 0 ? [`${changed.map(({ name }) => name).join(", ")} at their former metadata`] : []),
  ];
  return parts.join("; ") || "no table differs";
}

function effectsOf(
  branch: string,
  tag: string,
  lost: readonly Commit[],
  bad: readonly BadCommit[],
  { gone }: TableChanges,
): string[] {
  const good = lost.filter(({ commitMeta }) => !bad.some(({ hash }) => hash === commitMeta.hash));
  const listed = good.slice(0, SHOWN).map((commit) => `${shortHash(commit.commitMeta.hash)} ${commitWords(commit)}`);
  const more = good.length - listed.length;
  return [
    `Readers and jobs see ${branch} as it was: they meet it at their next request.`,
    good.length === 0
      ? `Nobody else committed since: only the bad commits leave ${branch}.`
      : `${count(good.length, "other commit")} since then ${good.length === 1 ? "is" : "are"} lost from ${branch}, and kept under the tag ${tag}: ${listed.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`,
    ...(gone.length > 0 ? [`Tables that were made since are not in it any more: ${gone.join(", ")}.`] : []),
  ];
}

/** Whether what the former commit points at is still in S3: Iceberg's maintenance may have taken it. */
async function filesCheck(
  context: PrepareContext,
  { back, changed }: TableChanges,
  then: Awaited<ReturnType<typeof readEntries>>,
): Promise<Check> {
  const label = "metadata files";
  const wanted = new Set([...back, ...changed.map(({ name }) => name)]);
  const files = then
    .filter(({ name, content }) => wanted.has(name.elements.join(".")) && content?.metadataLocation?.endsWith(".json"))
    .slice(0, FILES);
  const found = await Promise.all(
    files.map(async ({ name, content }) => ({
      name: name.elements.join("."),
      status: await fileStatus(context, content?.metadataLocation ?? ""),
    })),
  );
  const named = (status: string) => found.filter((one) => one.status === status).map(({ name }) => name);
  const [missing, unknown] = [named("missing"), named("unknown")];
  if (missing.length > 0)
    return {
      label,
      status: "warn",
      detail: `S3 lacks those of ${missing.join(", ")}: recover them as well (recover-s3)`,
    };
  if (unknown.length > 0) return { label, status: "unknown", detail: `could not be looked for: ${unknown.join(", ")}` };
  return { label, status: "pass", detail: `${found.length} looked for, all in S3` };
}

function recentCheck(commits: readonly Commit[], nowMs: number): Check {
  const label = "last commit";
  const [last] = commits;
  const atMs = Date.parse(last?.commitMeta.commitTime ?? "");
  const isRecent = nowMs - atMs < RECENT_MS;
  const detail = Number.isNaN(atMs) ? "its time is not known" : `${utcDay(atMs)}${isRecent ? ": somebody writes" : ""}`;
  return { label, status: Number.isNaN(atMs) ? "unknown" : isRecent ? "warn" : "pass", detail };
}

function headReading({ endpoint, branch }: BranchPlace): Reading {
  return {
    service: "nessie",
    operation: "GetReference",
    input: { Endpoint: endpoint, Reference: branch },
    pick: { head: "reference.hash" },
  };
}

function tagStep({ endpoint, branch }: BranchPlace, head: string, tag: string): CallStep {
  return {
    kind: "call",
    id: "tag-bad-head",
    title: `Tag the bad head ${shortHash(head)}`,
    transport: "aws",
    service: "nessie",
    operation: "CreateReference",
    input: { Endpoint: endpoint, Reference: branch, Hash: head, Name: tag, Type: "TAG" },
    resource: `tag ${tag} of Nessie`,
    state: {
      reading: {
        service: "nessie",
        operation: "GetReference",
        input: { Endpoint: endpoint, Reference: tag },
        pick: { hash: "reference.hash" },
        absent: ["REFERENCE_NOT_FOUND"],
      },
      before: { hash: null },
      after: { hash: head },
    },
  };
}

function assignStep(place: BranchPlace, head: string, target: string): CallStep {
  const { endpoint, branch } = place;
  const reading = headReading(place);
  const step = (id: string, title: string, from: string, to: string): CallStep => ({
    kind: "call",
    id,
    title,
    transport: "aws",
    service: "nessie",
    operation: "AssignReference",
    input: { Endpoint: endpoint, Reference: branch, Hash: from, To: to },
    resource: `branch ${branch} of Nessie`,
    state: { reading, before: { head: from }, after: { head: to } },
  });
  const since: Reading = {
    service: "nessie",
    operation: "GetHistory",
    input: { Endpoint: endpoint, Reference: branch, LimitHash: target, MaxRecords: SHOWN },
    pick: { "its commits, newest first": "logEntries[].commitMeta.message" },
  };
  return {
    ...step("assign-branch", `Assign ${branch} to ${shortHash(target)}`, head, target),
    undo: [
      {
        ...step("assign-back", `Assign ${branch} back to ${shortHash(head)}`, target, head),
        keepsOthers: since,
      },
    ],
  };
}
