import type { Condition } from "./condition-document.ts";
import type { Policy, Statement } from "./document.ts";
import { applicableStatements, type Match, type PolicyRequest } from "./evaluate.ts";
import { contextOf } from "./principal.ts";

/** What is known of a request's condition keys. A key that is neither here nor implied by the principal may have any value, or none. */
export interface KnownContext {
  values: Record<string, string>;
  /** Names that the request certainly lacks, in lower case; one that ends in * stands for all that begin so. */
  absent: readonly string[];
  /** Implied keys whose value is not certain after all, in lower case. */
  uncertain?: readonly string[];
}

export interface Denials {
  /** Deny statements that apply whatever the unknown keys are. */
  certain: Match[];
  /** Deny statements that apply for some values of the keys that are not known. */
  possible: Match[];
}

/**
 * The Deny statements of a policy that hit a request of which only some condition keys are known. A statement with a known condition
 * that does not hold is out; of the others, one that also asks for an unknown key is possible.
 */
export function denialsOf(
  request: Omit<PolicyRequest, "context">,
  policy: Policy,
  { values, absent, uncertain = [] }: KnownContext,
): Denials {
  const context = contextOf(request.principal, values);
  const isKnown = (name: string) => {
    const key = name.toLowerCase();
    if (uncertain.includes(key)) return false;
    return Object.hasOwn(context, key) || absent.some((one) => matchesName(one, key));
  };
  const hasVariables = policy.version === "2012-10-17";
  const isUncertain = (text: string) => hasVariables && variablesIn(text).some((name) => !isKnown(name));
  const isCertain = ({ key, values: wanted }: Condition) => isKnown(key) && !wanted.some(isUncertain);
  const open = new Set<number>();
  const statements = policy.statements.map((statement): Statement => {
    const conditions = statement.conditions.filter(isCertain);
    const isOpenResource = [statement.resource, statement.notResource].flat().some((text) => text && isUncertain(text));
    if (conditions.length < statement.conditions.length || isOpenResource) open.add(statement.index);
    const { resource, notResource, ...rest } = statement;
    const where = isOpenResource
      ? { resource: ["*"] }
      : { ...(resource ? { resource } : { notResource: notResource! }) };
    return { ...rest, ...where, conditions };
  });
  const found = applicableStatements({ ...request, context: values }, [{ ...policy, statements }])
    .filter(({ statement }) => statement.effect === "Deny")
    // As their author wrote them, with the conditions that were left open.
    .map((match): Match => ({ ...match, policy, statement: policy.statements[match.statement.index]! }));
  return {
    certain: found.filter(({ statement }) => !open.has(statement.index)),
    possible: found.filter(({ statement }) => open.has(statement.index)),
  };
}

const matchesName = (pattern: string, key: string): boolean =>
  pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern;

/** The policy variables of a text; ${*}, ${?} and ${$} are characters. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$\{([^},]*)/g)]
    .map(([, name = ""]) => name.trim())
    .filter((name) => !/^[*?$]$/.test(name));
}
