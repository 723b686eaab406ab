import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { digestFile } from "../../../src/evidence/upload/file-digest.ts";
import { putInParts } from "../../../src/evidence/upload/put-in-parts.ts";
import { putObject } from "../../../src/evidence/upload/put-object.ts";
import { blocks, textContent } from "../../../src/sim/world/s3/content.ts";
import { account, POLL, stateFolder } from "../../incident/support.ts";
import { exportContext } from "../export/support.ts";

const PART = 5 * 1_048_576;

it.each([
  ["in one piece", 1000, putObject],
  ["in parts", PART + 1, putInParts],
])(
  "an upload %s does not overwrite what is there, and carries the checksum of what it sends",
  async (_how, bytes, put) => {
    const simulator = await account({ speed: 1 });
    const atMs = simulator.epochMs;
    const vault = simulator.world.buckets.add({
      name: "vault",
      region: simulator.region,
      createdAtMs: atMs,
      versioning: "Enabled",
      settings: {},
    });
    vault.write("taken", textContent("of somebody else"), { atMs, origin: "world" });
    const file = join(stateFolder(), "evidence");
    writeFileSync(file, randomBytes(bytes));
    const digest = await digestFile(file, bytes, PART);
    const context = { ...(await exportContext(simulator)), sent: () => undefined };
    context.aws = await pinned(context.aws);
    const to = { bucket: "vault", owner: simulator.accountId, partBytes: PART };
    const at = (key: string) => put({ file, key, sha256: digest.sha256, bytes }, digest, to, context);
    expect(await at("taken")).toBe(false);
    const content = vault.latest("taken")?.content;
    expect(content && Buffer.concat([...blocks(content)]).toString()).toBe("of somebody else");
    expect(await at("free")).toBe(true);
    const input = { Bucket: "vault", Key: "free", ChecksumMode: "ENABLED" as const };
    expect((await context.aws.call("s3", "HeadObject", input, POLL)).output.ChecksumSHA256).toBe(digest.checksum);
  },
);

/** Writes are for the incident's own account only. */
async function pinned(aws: Awaited<ReturnType<typeof exportContext>>["aws"]) {
  const layer = aws as Awaited<ReturnType<typeof exportContext>>["aws"] & {
    identity(options: typeof POLL): Promise<{ accountId: string }>;
    pinAccount(id: string): void;
  };
  layer.pinAccount((await layer.identity(POLL)).accountId);
  return layer;
}
