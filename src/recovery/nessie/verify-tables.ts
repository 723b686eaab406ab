import type { OutputOf } from "../../aws/contract.ts";
import { calling, type Reader } from "./reader.ts";
import { describe, keySchemaOf, sameKeys, type TableRole } from "./tables.ts";
import { count, shortHash } from "./words.ts";

type Item = NonNullable<OutputOf<"dynamodb", "Scan">["Items"]>[number];

/** A pair of tables that is compared. */
export interface RestoredPair {
  role: TableRole;
  source: string;
  target: string;
}

export const VERIFY_READS = ["dynamodb:DescribeTable", "dynamodb:Scan", "dynamodb:GetItem"];

/** Pages of 1 MB that are counted at most in a table, and references of which the object is looked for. */
const COUNT_PAGES = 20;
const SAMPLE = 25;

/** What a reference without commits points at, which is stored nowhere (Nessie's `noAncestorHash`). */
const NO_ANCESTOR = "2e1cfa82b035c26cbbbdae632cea070514eb8b773f616aaeaf668e2f0be8f10d";

export interface Verification {
  /** What was found, a sentence each. */
  facts: string[];
  /** What is wrong, a sentence each; empty: nothing was found. */
  wrong: string[];
  counts: Record<string, number>;
}

/**
 * Compares restored tables with what they came from: key schema, how many items, a sample; and of a Nessie's two tables, whether the
 * object that each reference points to was restored with it. Only reads. Rejects with the Failure of a read.
 */
export async function verifyTables(
  reader: Reader,
  pairs: readonly RestoredPair[],
  progress: (detail: string) => void,
): Promise<Verification> {
  const result: Verification = { facts: [], wrong: [], counts: {} };
  for (const pair of pairs) await comparePair(reader, pair, result, progress);
  const refs = pairs.find(({ role }) => role === "refs");
  const objs = pairs.find(({ role }) => role === "objs");
  if (refs && objs) await followReferences(reader, refs.target, objs.target, result, progress);
  return result;
}

async function comparePair(
  reader: Reader,
  { source, target }: RestoredPair,
  { facts, wrong, counts }: Verification,
  progress: (detail: string) => void,
): Promise<void> {
  progress(`${target}: key schema`);
  const [before, after] = await Promise.all([describe(reader, source), describe(reader, target)]);
  if (!after) {
    wrong.push(`${target} is not there`);
    return;
  }
  if (before && !sameKeys(keySchemaOf(before), keySchemaOf(after)))
    wrong.push(`${target} has another key schema than ${source}`);
  progress(`${target}: items`);
  const [then, now] = [await countItems(reader, target), before ? await countItems(reader, source) : undefined];
  counts[target] = then.items;
  if (now) counts[source] = now.items;
  const words = ({ items, isWhole }: Count) => `${count(items, "item")}${isWhole ? "" : " or more"}`;
  facts.push(`${target}: ${words(then)}, ${source} has ${now ? words(now) : "none"}${before ? " now" : ""}`);
  if (then.items === 0) wrong.push(`${target} is empty`);
}

interface Count {
  items: number;
  isWhole: boolean;
}

/** ItemCount of DescribeTable is up to six hours old (DynamoDB API reference): the items are counted, as far as is cheap. */
async function countItems(reader: Reader, TableName: string): Promise<Count> {
  let items = 0;
  let ExclusiveStartKey: Item | undefined;
  for (let page = 0; page < COUNT_PAGES; page++) {
    const paging = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey };
    const { output } = await reader.aws.call(
      "dynamodb",
      "Scan",
      { TableName, Select: "COUNT", ...paging },
      calling(reader),
    );
    items += output.Count ?? 0;
    ExclusiveStartKey = output.LastEvaluatedKey;
    if (ExclusiveStartKey === undefined) return { items, isWhole: true };
  }
  return { items, isWhole: false };
}

/** Nessie's persisted items (versioned storage, DynamoDB): key `k` is the repository's id, a colon and the name or id; `p` of a reference points. */
async function followReferences(
  reader: Reader,
  refs: string,
  objs: string,
  { facts, wrong }: Verification,
  progress: (detail: string) => void,
): Promise<void> {
  progress(`${refs}: where references point`);
  const { output } = await reader.aws.call("dynamodb", "Scan", { TableName: refs, Limit: SAMPLE }, calling(reader));
  const references = (output.Items ?? []).flatMap(({ k, d, p }) => {
    const hash = Buffer.from(p?.B ?? []).toString("hex");
    return d?.BOOL === true || hash === "" ? [] : [{ key: k?.S ?? "", hash }];
  });
  let found = 0;
  for (const { key, hash } of references) {
    const [repository, name] = split(key);
    if (hash === NO_ANCESTOR) {
      found += 1;
      continue;
    }
    const Key = { k: { S: `${repository}:${hash}` } };
    const object = await reader.aws.call(
      "dynamodb",
      "GetItem",
      { TableName: objs, Key, ConsistentRead: true },
      calling(reader),
    );
    if (object.output.Item) found += 1;
    else wrong.push(`${name} points at ${shortHash(hash)}, which ${objs} does not have`);
  }
  facts.push(`${found} of ${references.length} sampled references have the object that they point to`);
  if (references.length === 0) wrong.push(`${refs} has no reference`);
}

function split(key: string): [string, string] {
  const colon = key.indexOf(":");
  return [key.slice(0, colon), key.slice(colon + 1)];
}
