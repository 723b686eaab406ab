import { actionDefinitions, parseParameters } from "../actions/registry.ts";
import { Failure } from "../base/failure.ts";
import type { DiagnosisResult } from "../diagnosis/run.ts";
import type { Fix, RankedVerdict } from "../diagnosis/verdict.ts";

/** The result with those fixes alone that can be carried out here: their action exists and takes these parameters. */
export function withOfferedFixes(result: DiagnosisResult): DiagnosisResult {
  return { ...result, verdicts: offered(result.verdicts), possible: offered(result.possible) };
}

/** The verdicts with those fixes alone. */
export const offered = (verdicts: readonly RankedVerdict[]): RankedVerdict[] =>
  verdicts.map((verdict) => ({ ...verdict, fixes: verdict.fixes.filter(isOffered) }));

function isOffered(fix: Fix): boolean {
  if (fix.kind === "text") return true;
  const definition = actionDefinitions.find(({ id }) => id === fix.actionId);
  if (!definition) return false;
  try {
    parseParameters(definition, fix.parameters);
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}
