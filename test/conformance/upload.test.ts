import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { deploymentByNamingRule } from "../../src/config/naming.ts";
import { storeEvidence } from "../../src/evidence/store.ts";
import { openIncident } from "../../src/incident/open.ts";
import type { OpenIncident } from "../../src/incident/opened-incident.ts";
import { type Clients, clientsOf } from "./clients.ts";

// Conditional writes, checksums and versions at an S3 that we did not write. Only files of one part: moto says the checksum of an
// object that was uploaded in parts without the number of its parts, which S3 puts behind it.

const REGION = "eu-west-3";
const VAULT = "mayday-upload-vault";
const CREDENTIALS = { accessKeyId: "AKIAUPLOAD", secretAccessKey: "moto" };
const ABOUT = { source: "test", requestIds: [] };

let clients: Clients;
let incident: OpenIncident;
const state = mkdtempSync(join(tmpdir(), "mayday-upload-"));

beforeAll(async () => {
  const endpoint = inject("motoEndpoint");
  clients = clientsOf(endpoint, REGION, CREDENTIALS);
  await clients.s3.createBucket({ Bucket: VAULT });
  await clients.s3.putBucketVersioning({ Bucket: VAULT, VersioningConfiguration: { Status: "Enabled" } });
  const clock = systemClock();
  incident = await openIncident({
    aws: await createAwsLayer({ clock, region: REGION, endpoint, credentials: CREDENTIALS, loopbackOnly: true }),
    clock,
    deployment: deploymentByNamingRule("uploaded", "prod", "nessie", REGION),
    stateDirectory: state,
    title: "Upload to moto",
    severity: "P2",
    onCall: "kim",
    simulated: true,
    toolVersion: "test",
    reason: "run",
    watch: false,
  });
  await incident.ready;
  await storeEvidence(incident.recorder, "tasks.json", '{"tasks":[]}\n', ABOUT);
  await storeEvidence(incident.recorder, "large.jsonl.gz", randomBytes(4 * 1_048_576), ABOUT);
});

afterAll(async () => {
  await incident?.release();
  rmSync(state, { recursive: true, force: true });
});

async function upload() {
  const prepared = await incident.prepare("upload-evidence", { bucket: VAULT });
  const result = await incident.execute(prepared, { yes: true });
  const entry = (await incident.recorder.entries()).findLast(({ kind }) => kind === "evidence.uploaded");
  if (entry?.kind !== "evidence.uploaded") throw new Error(JSON.stringify(result));
  return { result, ...entry.payload };
}

test("the bundle is uploaded with checksums and versions, and what is there is not sent again", async () => {
  const first = await upload();
  expect(first.result.status, JSON.stringify(first.missing)).toBe("done");
  for (const { key, versionId, bytes, checksum } of first.objects) {
    const head = await clients.s3.headObject({ Bucket: VAULT, Key: key, ChecksumMode: "ENABLED" });
    expect(head).toMatchObject({ VersionId: versionId, ContentLength: bytes, ChecksumSHA256: checksum });
  }
  const again = await upload();
  expect(again.result.status, JSON.stringify(again.missing)).toBe("done");
  const artifacts = again.objects.filter(({ key }) => key.includes("/files/"));
  expect(artifacts.map(({ wasThere }) => wasThere)).toEqual([true, true]);
  const { Versions = [] } = await clients.s3.listObjectVersions({ Bucket: VAULT, Prefix: `${first.place}files/` });
  expect(Versions).toHaveLength(2);
});

test("another content under a key is named and stays", async () => {
  const key = `mayday/${incident.id}/files/later.json`;
  await clients.s3.putObject({ Bucket: VAULT, Key: key, Body: "mine" });
  await storeEvidence(incident.recorder, "later.json", "{}", ABOUT);
  const { result, missing } = await upload();
  expect(result.status).toBe("partial");
  expect(missing.join("\n")).toContain(key);
  const kept = await clients.s3.getObject({ Bucket: VAULT, Key: key });
  expect(await kept.Body?.transformToString()).toBe("mine");
});
