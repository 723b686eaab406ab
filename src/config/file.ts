import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type Document as YamlDocument,
} from "yaml";
import { sanitizeLine } from "../base/text.ts";
import { closest, type Problem, quoteValue } from "./problems.ts";
import { isSettingGroup, isSettingKey, type SettingKey, settingKeys, settings } from "./settings.ts";

/** A value that a file gives, checked, with its place as `file:line`. */
export interface FileValue {
  key: SettingKey;
  value: unknown;
  origin: string;
  /** Of a file that `mayday init` wrote: the comment above the value, without its sign. */
  comment?: string;
}

/** How a file begins that `mayday init` wrote. In others a comment may say anything. */
export const WRITTEN_BY_INIT = "# Written by mayday init";

/** What a configuration file says. `problems` is empty when everything in it can be used. */
export interface FileContent {
  values: FileValue[];
  problems: Problem[];
}

/**
 * Parses and checks the YAML of a configuration file.
 * @param label how problems and origins name the file.
 */
export function parseFile(source: string, label: string): FileContent {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number | undefined) => `${label}:${lines.linePos(offset ?? 0).line}`;
  if (document.errors.length > 0) {
    return {
      values: [],
      problems: document.errors.map((error) => ({
        origin: lineOf(error.pos[0]),
        message: `malformed YAML: ${sanitizeLine(error.message)}`,
      })),
    };
  }
  const content: FileContent = { values: [], problems: [] };
  if (document.contents === null) return content;
  const sourceLines = source.startsWith(WRITTEN_BY_INIT) ? source.split("\n") : [];
  const commentAbove = (offset: number | undefined) => {
    const above = sourceLines[lines.linePos(offset ?? 0).line - 2]?.trim() ?? "";
    return above.startsWith("#") ? sanitizeLine(above.slice(1)).trim() : "";
  };
  new FileReader(document, { lineOf, commentAbove }, content).readGroup("", document.contents);
  return content;
}

/** What is known of the place at an offset of the text; undefined: its beginning. */
type PlaceReader = (offset: number | undefined) => string;

/** Walks the nodes of one document and fills its content. */
class FileReader {
  readonly #document: YamlDocument;
  readonly #lineOf: PlaceReader;
  readonly #commentAbove: PlaceReader;
  readonly #content: FileContent;

  constructor(
    document: YamlDocument,
    { lineOf, commentAbove }: { lineOf: PlaceReader; commentAbove: PlaceReader },
    content: FileContent,
  ) {
    this.#document = document;
    this.#lineOf = lineOf;
    this.#commentAbove = commentAbove;
    this.#content = content;
  }

  readGroup(group: string, node: Node | null): void {
    const resolved = isAlias(node) ? node.resolve(this.#document) : node;
    if (!isMap(resolved)) {
      const origin = this.#lineOf(node?.range?.[0]);
      const found = quoteValue(node?.toJS(this.#document));
      this.#content.problems.push({
        origin,
        key: group || undefined,
        message: `expected keys with values, found ${found}`,
      });
      return;
    }
    for (const pair of resolved.items) {
      const keyNode = isNode(pair.key) ? pair.key : undefined;
      const name = isScalar(keyNode) ? String(keyNode.value) : String(keyNode);
      const valueNode = isNode(pair.value) ? pair.value : null;
      const offset = keyNode?.range?.[0];
      const comment = this.#commentAbove(offset);
      this.#readPair(group, name, { origin: this.#lineOf(offset), ...(comment ? { comment } : {}) }, valueNode);
    }
  }

  #readPair(group: string, name: string, place: Pick<FileValue, "origin" | "comment">, node: Node | null): void {
    const key = group ? `${group}.${name}` : name;
    const { origin } = place;
    if (isSettingKey(key)) this.#readValue(key, place, node);
    else if (isSettingGroup(key) && !key.includes(".")) this.readGroup(key, node);
    else this.#content.problems.push({ origin, key: sanitizeLine(key), message: unknownKey(group, name) });
  }

  #readValue(key: SettingKey, place: Pick<FileValue, "origin" | "comment">, node: Node | null): void {
    const value: unknown = node?.toJS(this.#document);
    const { schema, expected } = settings[key];
    const parsed = schema.safeParse(value);
    if (parsed.success) this.#content.values.push({ key, value: parsed.data, ...place });
    else
      this.#content.problems.push({
        origin: place.origin,
        key,
        message: `expected ${expected}, found ${quoteValue(value)}`,
      });
  }
}

function unknownKey(group: string, name: string): string {
  const siblings = settingKeys
    .filter((key) => (group ? key.startsWith(`${group}.`) : true))
    .map((key) => (group ? key.slice(group.length + 1) : key.split(".")[0]!));
  const here = [...new Set(siblings)];
  const near = closest(name, here);
  if (near) return `unknown key, did you mean "${near}"?`;
  const elsewhere = settingKeys.find((key) => key.split(".").at(-1)?.toLowerCase() === name.toLowerCase());
  if (elsewhere) return `unknown key here, did you mean "${elsewhere.replace(".", ": ")}"?`;
  return `unknown key, expected one of ${here.join(", ")}`;
}
