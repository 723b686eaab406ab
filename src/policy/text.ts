import { Failure } from "../base/failure.ts";

/*
 * Changes to a policy's own text. Others' statements are never parsed and written again: numbers beyond a double, the order of
 * members and the spelling of every value stay as their author wrote them.
 */

interface Span {
  from: number;
  /** Exclusive. */
  to: number;
}

/**
 * The text with one more statement at its end.
 * @param statement the statement's JSON text.
 * @throws Failure (invalid) for a text that is not a JSON object with exactly one Statement.
 */
export function insertStatement(text: string, statement: string): string {
  const { value, elements } = statementSpans(text);
  if (!elements) {
    return `${text.slice(0, value.from)}[${text.slice(value.from, value.to)},${statement}]${text.slice(value.to)}`;
  }
  const at = elements.at(-1)?.to ?? value.from + 1;
  return `${text.slice(0, at)}${elements.length > 0 ? "," : ""}${statement}${text.slice(at)}`;
}

/**
 * The text without the statements of this Sid; undefined when no other statement remains, which no policy may be. A text without such
 * a statement comes back as it is.
 * @throws Failure (invalid) as insertStatement.
 */
export function removeStatement(text: string, sid: string): string | undefined {
  return removeStatements(text, (statement) => (JSON.parse(statement) as { Sid?: unknown } | null)?.Sid === sid);
}

/** The text of each statement, in their order. @throws Failure (invalid) as insertStatement. */
export function statementTexts(text: string): string[] {
  const { value, elements } = statementSpans(text);
  return (elements ?? [value]).map(({ from, to }) => text.slice(from, to));
}

/** The same as removeStatement for the statement at this place, from 0. */
export function removeStatementAt(text: string, index: number): string | undefined {
  return removeStatements(text, (_statement, at) => at === index);
}

function removeStatements(text: string, isMeant: (statement: string, index: number) => boolean): string | undefined {
  const { value, elements } = statementSpans(text);
  const spans = elements ?? [value];
  const isOurs = (span: Span) => isMeant(text.slice(span.from, span.to), spans.indexOf(span));
  const kept = spans.filter((span) => !isOurs(span));
  if (kept.length === spans.length) return text;
  const [first] = kept;
  if (!first) return undefined;
  const open = spans[0]!.from;
  const close = spans.at(-1)!.to;
  const [only] = kept.length === spans.length - 1 ? spans.filter(isOurs) : [];
  // The usual case, the last one of the list: every other character stays.
  if (only === spans.at(-1)) return text.slice(0, kept.at(-1)!.to) + text.slice(close);
  return text.slice(0, open) + kept.map(({ from, to }) => text.slice(from, to)).join(",") + text.slice(close);
}

/** The text without white space between its tokens: the same values in fewer bytes. */
export function minifyJson(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, (_all, string: string | undefined) => string ?? "");
}

/** Where the Statement's value is, and its elements when it is a list. */
function statementSpans(text: string): { value: Span; elements?: Span[] } {
  const invalid = (why: string) =>
    new Failure({
      kind: "invalid",
      what: "bucket policy",
      why,
      next: "Look at the policy with aws s3api get-bucket-policy.",
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw invalid(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw invalid("it is not a JSON object");
  const values = itemsOf(text, skipSpace(text, 0))
    .map((member) => splitMember(text, member))
    .filter(({ key }) => key === "Statement");
  const [found] = values;
  if (!found || values.length > 1) throw invalid(`it has ${values.length} members called Statement instead of one`);
  const { value } = found;
  if (text[value.from] === "[") return { value, elements: itemsOf(text, value.from) };
  if (text[value.from] === "{") return { value };
  throw invalid("its Statement is neither an object nor a list");
}

/** The items between the brackets that open at `at`, without their commas and the space around them; the text is valid JSON. */
function itemsOf(text: string, at: number): Span[] {
  const items: Span[] = [];
  let depth = 0;
  let from = skipSpace(text, at + 1);
  for (let index = at; index < text.length; index++) {
    const character = text[index]!;
    if (character === '"') index = endOfString(text, index) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth === 0 || (depth === 1 && character === ",")) {
      const to = trimEnd(text, index);
      if (to > from) items.push({ from, to });
      from = skipSpace(text, index + 1);
    }
    if (depth === 0) break;
  }
  return items;
}

function splitMember(text: string, { from, to }: Span): { key: string; value: Span } {
  const keyEnd = endOfString(text, from);
  const colon = text.indexOf(":", keyEnd);
  return { key: JSON.parse(text.slice(from, keyEnd)) as string, value: { from: skipSpace(text, colon + 1), to } };
}

function endOfString(text: string, at: number): number {
  let index = at + 1;
  while (text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
  return index + 1;
}

function skipSpace(text: string, at: number): number {
  let index = at;
  while (/\s/.test(text[index] ?? "")) index++;
  return index;
}

function trimEnd(text: string, at: number): number {
  let index = at;
  while (/\s/.test(text[index - 1] ?? "")) index--;
  return index;
}
