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
}

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
  new FileReader(document, lineOf, content).readGroup("", document.contents);
  return content;
}

/** Walks the nodes of one document and fills its content. */
class FileReader {
  readonly #document: YamlDocument;
  readonly #lineOf: (offset: number | undefined) => string;
  readonly #content: FileContent;

  constructor(document: YamlDocument, lineOf: (offset: number | undefined) => string, content: FileContent) {
    this.#document = document;
    this.#lineOf = lineOf;
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
      this.#readPair(group, name, this.#lineOf(keyNode?.range?.[0]), valueNode);
    }
  }

  #readPair(group: string, name: string, origin: string, node: Node | null): void {
    const key = group ? `${group}.${name}` : name;
    if (isSettingKey(key)) this.#readValue(key, origin, node);
    else if (isSettingGroup(key) && !key.includes(".")) this.readGroup(key, node);
    else this.#content.problems.push({ origin, key: sanitizeLine(key), message: unknownKey(group, name) });
  }

  #readValue(key: SettingKey, origin: string, node: Node | null): void {
    const value: unknown = node?.toJS(this.#document);
    const { schema, expected } = settings[key];
    const parsed = schema.safeParse(value);
    if (parsed.success) this.#content.values.push({ key, value: parsed.data, origin });
    else this.#content.problems.push({ origin, key, message: `expected ${expected}, found ${quoteValue(value)}` });
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
