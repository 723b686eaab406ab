import { randomUuid } from "../random.ts";
import type { Bucket } from "../s3/bucket.ts";
import { GeneratedContent, textContent } from "../s3/content.ts";
import { ObjectHands } from "../s3/hands.ts";
import type { World } from "../world.ts";

const DAY_MS = 86_400_000;
/** The daily report runs at 06:15 UTC. */
const REPORT_MS = 6.25 * 3_600_000;
const DAYS_BEFORE = 7;
const QUERIES_A_DAY = 3;

/** A day's query results: a CSV and its metadata for each query. */
function resultsOf(world: World, day: number) {
  const random = world.random(`athena/${day}`);
  return Array.from({ length: QUERIES_A_DAY }, () => {
    const id = randomUuid(random);
    const rows = Array.from({ length: random.whole(5, 40) }, (_, index) => `"${index}","${random.whole(100, 99_999)}"`);
    return [
      { key: `athena-results/${id}.csv`, content: textContent(`"bucket","count"\n${rows.join("\n")}\n`) },
      { key: `athena-results/${id}.csv.metadata`, content: new GeneratedContent(random.whole(0, 2 ** 31), 214) },
    ];
  }).flat();
}

/** What Athena's queries have left in the lakehouse bucket in the last week, and leave every day from now on. */
export function addAthenaResults(world: World, bucket: Bucket): void {
  const { kernel, names } = world;
  const hands = new ObjectHands(world, {
    by: world.principals.roleSession(`${names.prefix}-lakehouse-reader`, "daily-report", "ASIASIMULATEDATHENAX"),
    userAgent: "athena.amazonaws.com",
    sourceAddress: "athena.amazonaws.com",
  });
  const today = Math.floor(kernel.nowMs / DAY_MS);
  const nextDay = kernel.nowMs < today * DAY_MS + REPORT_MS ? today : today + 1;
  for (let day = nextDay - DAYS_BEFORE; day < nextDay; day++) {
    for (const { key, content } of resultsOf(world, day)) {
      bucket.write(key, content, { atMs: day * DAY_MS + REPORT_MS, origin: "world" });
    }
  }
  kernel.every(nextDay * DAY_MS + REPORT_MS, DAY_MS, () => {
    for (const { key, content } of resultsOf(world, Math.floor(kernel.nowMs / DAY_MS))) hands.put(bucket, key, content);
  });
}
