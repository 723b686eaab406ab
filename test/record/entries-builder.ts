import { entryHash, GENESIS_HASH } from "../../src/record/chain.ts";
import type { RecordDraft, RecordEntry } from "../../src/record/entries.ts";
import { ACTOR } from "./support.ts";

/** Makes sealed entries without a database: the input of the projections. */
export class EntriesBuilder {
  readonly entries: RecordEntry[] = [];
  writerId = "writer-1";

  /** @param at ISO 8601. */
  add(at: string, draft: RecordDraft): this {
    const seq = this.entries.length + 1;
    const prevHash = this.entries.at(-1)?.hash ?? GENESIS_HASH;
    const { kind, payload } = draft;
    const unsealed = {
      seq,
      id: `id-${seq}`,
      at: new Date(at).toISOString(),
      monotonicMs: seq,
      bootId: "boot-1",
      writerId: this.writerId,
      actor: ACTOR,
      kind,
      kindVersion: 1,
      payload: JSON.parse(JSON.stringify(payload)),
      prevHash,
    } as unknown as Omit<RecordEntry, "hash">;
    this.entries.push({ ...unsealed, hash: entryHash(unsealed) } as RecordEntry);
    return this;
  }
}

export const opened = (overrides: { title?: string; simulated?: boolean; declared?: string } = {}): RecordDraft => ({
  kind: "incident.opened",
  payload: {
    incidentId: "2026-11-23-2346-test",
    title: overrides.title ?? "Nessie unreachable",
    severity: "P1",
    project: "lakehouse",
    environment: "prod",
    catalogType: "nessie",
    region: "us-east-1",
    declaredAtMs: Date.parse(overrides.declared ?? "2026-11-23T23:46:00Z"),
    onCall: "Kim Doe",
    toolVersion: "0.1.0",
    simulated: overrides.simulated ?? false,
  },
});
