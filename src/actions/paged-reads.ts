import type { Json, JsonObject } from "../base/json.ts";
import { type Caller, PartialRead } from "./collecting.ts";

/** A list that AWS answers in pages. */
export interface PagedList {
  service: string;
  operation: string;
  input: JsonObject;
  /** Members of the answer that hold items, of every page together. */
  members: string[];
  /** Name of the token, in question and answer alike. */
  token: "nextToken" | "NextToken";
}

/** The pages of a list, in order. A page may be empty beside its token: only a missing token ends it. */
export async function* pagesOf(caller: Caller, list: PagedList): AsyncGenerator<JsonObject> {
  const { service, operation, input, token } = list;
  let next: string | undefined;
  do {
    const page = (await caller(
      service,
      operation,
      next === undefined ? input : { ...input, [token]: next },
    )) as JsonObject;
    yield page;
    const given = page[token];
    next = typeof given === "string" && given !== "" ? given : undefined;
  } while (next !== undefined);
}

/** The items of every page. When a later page cannot be read, what there was before it, with the reason. */
export async function readEveryPage(caller: Caller, list: PagedList): Promise<Json | PartialRead> {
  const all: Record<string, Json[]> = Object.fromEntries(list.members.map((member) => [member, []]));
  let pages = 0;
  try {
    for await (const page of pagesOf(caller, list)) {
      pages += 1;
      for (const member of list.members) all[member]?.push(...itemsOf(page, member));
    }
  } catch (error) {
    if (pages === 0) throw error;
    return new PartialRead(all, error);
  }
  return all;
}

/** The items of one member of an answer; none when it is not there. */
export const itemsOf = (page: JsonObject, member: string): Json[] => (page[member] as Json[] | undefined) ?? [];

/**
 * Every task of a cluster, or of one service in it: running, and those that stopped within about the last hour (ECS shows them no
 * longer). Described page by page: DescribeTasks takes 100, which is what a page of ListTasks has (ECS API reference).
 */
export async function readTasks(caller: Caller, cluster: string, serviceName?: string): Promise<Json | PartialRead> {
  const found = { tasks: [] as Json[], failures: [] as Json[] };
  let answers = 0;
  try {
    for (const desiredStatus of ["RUNNING", "STOPPED"]) {
      const input = { cluster, desiredStatus, ...(serviceName === undefined ? {} : { serviceName }) };
      const list = {
        service: "ecs",
        operation: "ListTasks",
        input,
        members: ["taskArns"],
        token: "nextToken" as const,
      };
      for await (const page of pagesOf(caller, list)) {
        answers += 1;
        const tasks = itemsOf(page, "taskArns");
        if (tasks.length === 0) continue;
        const described = (await caller("ecs", "DescribeTasks", { cluster, tasks })) as JsonObject;
        found.tasks.push(...itemsOf(described, "tasks"));
        found.failures.push(...itemsOf(described, "failures"));
      }
    }
  } catch (error) {
    if (answers === 0) throw error;
    return new PartialRead(found, error);
  }
  return found;
}
