import { sanitizeText } from "../base/text.ts";

/** What the sensor's alert says, as far as its text could be read. */
export interface DriftAlert {
  namespace: string;
  table: string;
  missing: string[];
  extra: string[];
  types: { name: string; expected: string; actual: string }[];
}

/** Longer texts are no alert: what is behind this is not read. */
const MOST_CHARACTERS = 100_000;

/**
 * Understands alerts of `schema_drift_sensor` in a pasted text: as the sensor logs them, as SNS mails them or as Slack shows them, with
 * Python's spelling of sets and dictionaries, on one line or broken into several. Several tables may be in one text.
 */
export function parseDriftAlerts(pasted: string): DriftAlert[] {
  const text = unescaped(sanitizeText(pasted.slice(0, MOST_CHARACTERS)))
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"')
    .replaceAll(/\s+/g, " ");
  const starts = [
    ...text.matchAll(/schema drift (?:detected )?(?:in|for|on)(?: table)? [`*'"]*([\w-]+)\.([\w.-]*[\w-])[`*'"]*/gi),
  ];
  return starts.map((start, index) => {
    const part = text.slice(start.index + start[0].length, starts[index + 1]?.index);
    return {
      namespace: start[1]!,
      table: start[2]!,
      missing: setAfter(part, /missing(?: columns)?:?/i),
      extra: setAfter(part, /extra(?: columns)?:?/i),
      types: typesAfter(part),
    };
  });
}

/** A text that was copied out of JSON has its line breaks and quotes escaped. */
const unescaped = (text: string) => text.replaceAll(/\\n/g, "\n").replaceAll(/\\(["'])/g, "$1");

const quoted = (text: string) => [...text.matchAll(/(['"])(.*?)\1/g)].map(([, , name = ""]) => name);

/** The names of the set or list that follows a label. */
function setAfter(text: string, label: RegExp): string[] {
  const [, inside = ""] = new RegExp(`${label.source}\\s*[{[(]([^}\\])]*)[}\\])]`, label.flags).exec(text) ?? [];
  const names = quoted(inside);
  if (names.length > 0) return names;
  return inside
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^[\w.]+$/.test(name));
}

function typesAfter(text: string): DriftAlert["types"] {
  const [, rest = ""] = /type mismatch(?:es)?:?\s*(.*)$/i.exec(text) ?? [];
  const entry =
    /(['"])([^'"]+)\1\s*:\s*\{\s*['"]expected['"]\s*:\s*(['"])(.*?)\3\s*,\s*['"]actual['"]\s*:\s*(['"])(.*?)\5\s*\}/g;
  return [...rest.matchAll(entry)].map(([, , name = "", , expected = "", , actual = ""]) => ({
    name,
    expected,
    actual,
  }));
}
