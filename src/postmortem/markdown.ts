import { canonicalJson, type Json } from "../base/json.ts";
import { sanitizeLine } from "../base/text.ts";

/**
 * Text from the record as inline Markdown that shows exactly that text: nothing in it can become markup, HTML, a link
 * (bare addresses included) or a new block.
 */
export function inline(text: string): string {
  return (
    sanitizeLine(text)
      .trim()
      .replace(/[\\`*_[\]<|~$]/g, "\\$&")
      .replace(/&(?=#|\w)/g, "\\&")
      // GitHub makes links of bare addresses.
      .replace(/:(?=\/\/)/g, "\\:")
      .replace(/\bwww\./gi, (match) => `${match.slice(0, 3)}\\.`)
      // At the start of a line these would begin a heading, a list or a quote.
      .replace(/^([#+=>-])/, "\\$1")
      .replace(/^(\d+)([.)])/, "$1\\$2")
  );
}

/** Text as a code span, whatever backticks are in it. */
export function code(text: string): string {
  const line = sanitizeLine(text).trim();
  if (line === "") return "";
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

/** A JSON value as a code span in its canonical form; strings without quotes. */
export function codeValue(value: Json): string {
  return code(typeof value === "string" ? value : canonicalJson(value)) || '`""`';
}

/** What only a person can say: marked, so that nobody takes it for a finding. */
export function forHuman(what: string): string {
  return `_[To be completed by a human: ${what}]_`;
}

/** Items as a list, or the sentence that says that there are none. */
export function list(items: readonly string[], none: string): string[] {
  return items.length > 0 ? items.map((item) => `- ${item}`) : [none];
}
