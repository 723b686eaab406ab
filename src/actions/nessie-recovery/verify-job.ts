import { Failure } from "../../base/failure.ts";
import type { Json } from "../../base/json.ts";
import { type RestoredPair, verifyTables } from "../../recovery/nessie/verify-tables.ts";
import type { Job, JobJudge } from "../jobs.ts";

/** Compares restored tables with their sources. Rejects with a Failure that says what is wrong with them. */
export const verifyNessieTables: Job = async (input, { aws, signal, progress }) => {
  const pairs = (input.pairs as unknown as RestoredPair[] | undefined) ?? [];
  const { facts, wrong, counts } = await verifyTables({ aws, signal }, pairs, progress);
  const found = facts.join("; ");
  if (wrong.length > 0) {
    throw new Failure({
      kind: "invalid",
      what: "compare the restored tables",
      why: `${wrong.join("; ")}. Found: ${found}`,
      next: "Do not switch to them. Restore to an earlier second under another suffix (at=..., suffix=restored2).",
    });
  }
  return { complete: true, missing: [], requestIds: [], output: { found, counts: counts as Json }, note: found };
};

/** Cut off, it changed nothing. */
export const judgeVerifyNessieTables: JobJudge = async () => ({
  verdict: "did-not-happen",
  detail: "it only compared the restored tables; run recover-nessie-tables again to compare them",
});
