/** The values of a request's condition keys. Names of keys are compared without regard to case. */
export type Context = Record<string, string | string[]>;

/** The value of a condition key, whatever case its name is written in; undefined when the request lacks it. */
export function contextValue(context: Context, key: string): string | string[] | undefined {
  if (Object.hasOwn(context, key)) return context[key];
  const wanted = key.toLowerCase();
  const name = Object.keys(context).find((one) => one.toLowerCase() === wanted);
  return name === undefined ? undefined : context[name];
}

/** What a policy's text stands for: characters that are compared, and wildcards. */
type Token = { text: string } | { wildcard: "*" | "?" };

const VARIABLE = /\$\{([^}]*)\}/y;

/**
 * Splits a text of a policy into literals and wildcards, with policy variables replaced. ${*}, ${?} and ${$} are the
 * characters themselves; what a variable's value holds is never a wildcard. Undefined when a variable has no single
 * value and no default: such a text matches nothing (reference_policies_variables, "Variables with no value").
 */
export function tokens(text: string, context: Context | undefined): Token[] | undefined {
  const result: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text[index]!;
    VARIABLE.lastIndex = index;
    const variable = context && VARIABLE.exec(text);
    if (variable) {
      const value = variableValue(variable[1]!, context);
      if (value === undefined) return undefined;
      result.push({ text: value });
      index += variable[0].length;
      continue;
    }
    result.push(character === "*" || character === "?" ? { wildcard: character } : { text: character });
    index++;
  }
  return result;
}

function variableValue(inside: string, context: Context): string | undefined {
  if (inside === "*" || inside === "?" || inside === "$") return inside;
  const parts = /^([^,]*?)\s*(?:,\s*'([^']*)')?\s*$/.exec(inside);
  if (!parts) return undefined;
  const value = contextValue(context, parts[1]!.trim());
  return typeof value === "string" ? value : value === undefined ? parts[2] : undefined;
}

/** Text with its variables replaced and wildcards left as characters; undefined when a variable has no value. */
export function literal(text: string, context: Context | undefined): string | undefined {
  return tokens(text, context)
    ?.map((token) => ("text" in token ? token.text : token.wildcard))
    .join("");
}

/**
 * Whether the whole of `value` matches: * is any run of characters, also none, ? is exactly one.
 * @param context for policy variables; undefined where there are none (Action, documents of 2008-10-17).
 */
export function matchesPattern(pattern: string, value: string, context: Context | undefined): boolean {
  if (pattern === "*") return true;
  const fixed = !pattern.includes("?") && !(context && pattern.includes("${"));
  const star = fixed ? pattern.indexOf("*") : -1;
  // Most patterns of real policies are a text, or a text with one * at its end: no need to take them apart.
  if (fixed && star < 0) return pattern === value;
  if (star >= 0 && star === pattern.length - 1) return value.startsWith(pattern.slice(0, -1));
  return matchesTokens(pattern, value, context);
}

function matchesTokens(pattern: string, value: string, context: Context | undefined): boolean {
  const parts = tokens(pattern, context)?.flatMap((token): Token[] =>
    "text" in token ? [...token.text].map((text) => ({ text })) : [token],
  );
  if (!parts) return false;
  const characters = [...value];
  let part = 0;
  let at = 0;
  let star = -1;
  let retryAt = 0;
  // Greedy with one point of return: linear in practice, where a regular expression with many * can take for ever.
  while (at < characters.length) {
    const token = parts[part];
    if (token && "wildcard" in token && token.wildcard === "*") {
      star = part++;
      retryAt = at;
    } else if (token && ("wildcard" in token || token.text === characters[at])) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++retryAt;
    } else return false;
  }
  return parts.slice(part).every((token) => "wildcard" in token && token.wildcard === "*");
}

/**
 * Whether an ARN matches a pattern, part by part: each of the six parts is compared by itself, so that no wildcard
 * reaches over a colon but in the last part (reference_policies_elements_condition_operators, ARN operators).
 * A pattern that ends early in * stands for all that may follow it.
 */
export function matchesArn(pattern: string, arn: string, context: Context | undefined): boolean {
  const wanted = arnParts(pattern);
  const parts = arnParts(arn);
  if (wanted.length < 6 && !pattern.endsWith("*")) return false;
  return parts.length === 6 && parts.every((part, index) => matchesPattern(wanted[index] ?? "*", part, context));
}

/** The six parts of an ARN; a colon inside ${...} or in the last part separates nothing. */
function arnParts(arn: string): string[] {
  return arn.includes("${") ? arnPartsWithVariables(arn) : plainArnParts(arn);
}

function plainArnParts(arn: string): string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < 5) {
    const colon = arn.indexOf(":", from);
    if (colon < 0) break;
    parts.push(arn.slice(from, colon));
    from = colon + 1;
  }
  parts.push(arn.slice(from));
  return parts;
}

function arnPartsWithVariables(arn: string): string[] {
  const parts: string[] = [""];
  for (const piece of arn.match(/\$\{[^}]*\}|[\s\S]/g) ?? []) {
    if (piece === ":" && parts.length < 6) parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts;
}
