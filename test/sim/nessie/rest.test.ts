import { expect, test } from "vitest";
import { NO_ANCESTOR } from "../../../src/sim/world/nessie/model.ts";
import { http } from "../../support/http.ts";
import { testSimulator } from "../../support/simulator.ts";

async function nessie() {
  const { endpoint, world } = await testSimulator();
  const call = (path: string, method = "GET", body?: object) => http(`${endpoint}/nessie/api/v2/${path}`, method, body);
  const head = async (name = "main") => (await call(`trees/${name}`)).json.reference.hash as string;
  return { call, head, world };
}

test("config, references and the commit log with its pages", async () => {
  const { call, head } = await nessie();
  expect((await call("config")).json).toMatchObject({
    defaultBranch: "main",
    maxSupportedApiVersion: 2,
    noAncestorHash: NO_ANCESTOR,
    oldestPossibleCommitTimestamp: "2026-10-11T04:00:00.000Z",
  });
  const hash = await head();
  expect((await call("trees")).json).toEqual({ hasMore: false, references: [{ type: "BRANCH", name: "main", hash }] });
  const first = (await call("trees/main/history?max-records=3&fetch=ALL")).json;
  expect(first.hasMore).toBe(true);
  expect(first.logEntries).toHaveLength(3);
  expect(first.logEntries[0]).toMatchObject({
    commitMeta: {
      hash,
      author: "dagster",
      committer: "dagster",
      message: expect.stringMatching(/^Iceberg append against lakehouse\./),
    },
    operations: [
      { type: "PUT", key: { elements: ["lakehouse", expect.any(String)] }, content: { type: "ICEBERG_TABLE" } },
    ],
  });
  expect(first.logEntries[0].parentCommitHash).toBe(first.logEntries[1].commitMeta.hash);
  const second = (await call(`trees/main/history?max-records=3&page-token=${first.token}`)).json;
  expect(second.logEntries[0].commitMeta.hash).toBe(first.logEntries[2].parentCommitHash);
  expect(second.logEntries[0].operations).toBeUndefined();
  const limited = (await call(`trees/main/history?limit-hash=${second.logEntries[0].commitMeta.hash}`)).json;
  expect([limited.logEntries.length, limited.hasMore]).toEqual([4, false]);
});

test("entries and contents, now and at an earlier commit; what differs between two", async () => {
  const { call } = await nessie();
  const { entries } = (await call("trees/main/entries")).json;
  expect(entries.map((entry: { name: { elements: string[] } }) => entry.name.elements.join("."))).toEqual([
    "lakehouse.customers",
    "lakehouse.event_stream",
    "lakehouse.inventory",
    "lakehouse.orders",
  ]);
  const { logEntries } = (await call("trees/main/history?max-records=2&fetch=ALL")).json;
  const [newest, before] = logEntries;
  const key = newest.operations[0].key.elements.join(".");
  const now = (await call(`trees/main/contents/${key}`)).json;
  expect(now.content).toEqual(newest.operations[0].content);
  const then = (await call(`trees/main@${before.commitMeta.hash}/contents/${key}`)).json;
  expect(then.content.metadataLocation).not.toBe(now.content.metadataLocation);
  expect(then.effectiveReference.hash).toBe(before.commitMeta.hash);
  const { diffs } = (await call(`trees/main@${before.commitMeta.hash}/diff/main`)).json;
  expect(diffs).toEqual([{ key: { elements: key.split(".") }, from: then.content, to: now.content }]);
  const missing = await call("trees/main/contents/lakehouse.nope");
  expect([missing.status, missing.json.errorCode]).toEqual([404, "CONTENT_NOT_FOUND"]);
});

test("a bad head is tagged, the branch assigned to an earlier commit, and back, each with the expected hash", async () => {
  const { call, head } = await nessie();
  const bad = await head();
  const earlier = (await call("trees/main/history?max-records=2")).json.logEntries[1].commitMeta.hash as string;
  const tag = await call("trees?name=bad-head&type=TAG", "POST", { type: "BRANCH", name: "main", hash: bad });
  expect(tag.json).toEqual({ reference: { type: "TAG", name: "bad-head", hash: bad } });
  const again = await call("trees?name=bad-head&type=TAG", "POST", { type: "BRANCH", name: "main", hash: bad });
  expect(again).toMatchObject({
    status: 409,
    json: { status: 409, reason: "Conflict", errorCode: "REFERENCE_ALREADY_EXISTS" },
  });
  const target = { type: "BRANCH", name: "main", hash: earlier };
  const unexpected = await call("trees/main?type=BRANCH", "PUT", target);
  expect(unexpected).toMatchObject({
    status: 400,
    json: { errorCode: "BAD_REQUEST", message: "Expected hash must be provided." },
  });
  const stale = await call(`trees/main@${earlier}?type=BRANCH`, "PUT", target);
  expect(stale).toMatchObject({ status: 409, json: { errorCode: "REFERENCE_CONFLICT" } });
  expect((await call(`trees/main@${bad}?type=BRANCH`, "PUT", target)).json.reference.hash).toBe(earlier);
  expect(await head()).toBe(earlier);
  const undone = await call(`trees/main@${earlier}?type=BRANCH`, "PUT", { ...target, hash: await head("bad-head") });
  expect(undone.json.reference.hash).toBe(bad);
  expect((await call(`trees/bad-head@${bad}?type=TAG`, "DELETE")).status).toBe(200);
  const gone = await call("trees/bad-head");
  expect(gone).toMatchObject({
    status: 404,
    json: {
      status: 404,
      reason: "Not Found",
      errorCode: "REFERENCE_NOT_FOUND",
      message: "Named reference 'bad-head' not found",
    },
  });
});

test("commits: a key changed since the expected commit is a conflict, another key is not", async () => {
  const { call, head } = await nessie();
  const expected = await head();
  const commit = (at: string, elements: string[], type = "PUT") =>
    call(`trees/main@${at}/history/commit`, "POST", {
      commitMeta: { message: "by hand žluť", author: "ops" },
      operations: [
        type === "PUT"
          ? {
              type,
              key: { elements },
              content: { type: "ICEBERG_TABLE", metadataLocation: "s3://b/m.json", snapshotId: 1 },
            }
          : { type, key: { elements } },
      ],
    });
  const made = await commit(expected, ["lakehouse", "new.table"]);
  expect(made.json).toMatchObject({
    targetBranch: { type: "BRANCH", name: "main" },
    addedContents: [{ key: { elements: ["lakehouse", "new.table"] } }],
  });
  expect(await commit(expected, ["lakehouse", "new.table"])).toMatchObject({
    status: 409,
    json: { errorCode: "REFERENCE_CONFLICT" },
  });
  expect((await commit(expected, ["lakehouse", "orders"], "DELETE")).status).toBe(200);
  const read = await call(`trees/main/contents/${encodeURIComponent("lakehouse.new\u001dtable")}`);
  expect(read.json.content).toMatchObject({
    metadataLocation: "s3://b/m.json",
    id: made.json.addedContents[0].contentId,
  });
  expect((await call("trees/main/contents/lakehouse.orders")).status).toBe(404);
  const { logEntries } = (await call("trees/main/history?max-records=2")).json;
  expect(logEntries[1].commitMeta).toMatchObject({
    message: "by hand žluť",
    author: "ops",
    commitTime: "2026-11-23T03:00:00.000Z",
  });
  expect(await commit("0".repeat(64), ["a"])).toMatchObject({
    status: 404,
    json: { errorCode: "REFERENCE_NOT_FOUND" },
  });
});
