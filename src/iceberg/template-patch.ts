import { isMap, isScalar, isSeq, type Node, parseDocument, stringify, type YAMLMap } from "yaml";
import { unifiedDiff } from "../base/line-diff.ts";
import { compareSchemas } from "./compare.ts";
import { parseTemplate, type TableTemplate } from "./template.ts";
import { type IcebergField, typeText } from "./type.ts";

export interface TemplatePatch {
  /** The template's whole text after the change. */
  text: string;
  /** The change as a unified diff. */
  diff: string;
  /** What has to be looked at by a person, a sentence each. */
  notes: string[];
}

/**
 * The change of a template that makes it say what the live table is. Comments, descriptions and the order of columns stay; only lines
 * of changed columns are touched. Undefined when the two agree already.
 */
export function templatePatch(template: TableTemplate, live: readonly IcebergField[]): TemplatePatch | undefined {
  if (!compareSchemas(template.fields, live)) return undefined;
  const lines = template.text.split("\n");
  const columns = blockColumns(template.text);
  const text = columns ? editLines(lines, columns, template, live) : rewritten(template, live);
  const checked = compareSchemas(parseTemplate(text, template.file).fields, live) === undefined;
  const final = checked ? text : rewritten(template, live);
  return {
    text: final,
    diff: unifiedDiff(template.text, final, `table-templates/${template.file.split(/[\\/]/).at(-1)}`),
    notes: danglingColumns(template, live),
  };
}

/** Where a column stands: its first and last line, the column of its members, and the lines of single members. */
interface ColumnLines {
  from: number;
  to: number;
  dash: number;
  indent: number;
  members: Map<string, Member>;
}

/** The line of a member, and where its value begins and ends in it. */
interface Member {
  line: number;
  from: number;
  to: number;
}

/** The columns of a template in block style, each member on one line of its own; undefined for another style. */
function blockColumns(text: string): Map<string, ColumnLines> | undefined {
  const columns = parseDocument(text).get("columns");
  if (!isSeq(columns) || columns.flow) return undefined;
  const lines = text.split("\n");
  const place = (offset: number) => {
    const before = text.slice(0, offset).split("\n");
    return { line: before.length - 1, column: before.at(-1)!.length };
  };
  const found = new Map<string, ColumnLines>();
  for (const item of columns.items) {
    if (!isMap(item) || item.flow) return undefined;
    const members = membersOf(item, place);
    const name = item.get("name");
    if (!members || typeof name !== "string" || !members.has("type")) return undefined;
    const ends = [...members.values()].map(({ line }) => line);
    const first = Math.min(...ends);
    const dash = /^(\s*)- /.exec(lines[first] ?? "");
    if (!dash || new Set(ends).size < members.size) return undefined;
    const { column: indent } = place(keyStart(item));
    found.set(name, { from: first, to: Math.max(...ends), dash: dash[1]!.length, indent, members });
  }
  return found;
}

/** Undefined when a value goes over several lines. */
function membersOf(
  item: YAMLMap,
  place: (offset: number) => { line: number; column: number },
): Map<string, Member> | undefined {
  const members = new Map<string, Member>();
  for (const { key, value } of item.items) {
    if (!isScalar(key) || !isScalar(value)) return undefined;
    const [from, to] = [place(value.range![0]), place(value.range![1])];
    if (from.line !== to.line || from.line !== place(key.range![0]).line) return undefined;
    members.set(String(key.value), { line: from.line, from: from.column, to: to.column });
  }
  return members;
}

const keyStart = (item: YAMLMap) => (item.items[0]?.key as Node | null)?.range?.[0] ?? 0;

const scalar = (value: string) => stringify(value, { lineWidth: 0 }).trim();

function editLines(
  given: readonly string[],
  columns: ReadonlyMap<string, ColumnLines>,
  template: TableTemplate,
  live: readonly IcebergField[],
): string {
  const byName = new Map(live.map((field) => [field.name, field]));
  const templateNames = new Set(template.fields.map(({ name }) => name));
  /** New text of a line, by its number; undefined takes it out. */
  const changed = new Map<number, string | undefined>();
  const behind = new Map<number, string[]>();
  const add = (line: number, text: string[]) => behind.set(line, [...(behind.get(line) ?? []), ...text]);
  for (const field of template.fields) {
    const at = columns.get(field.name);
    const now = byName.get(field.name);
    if (!at) continue;
    if (!now) {
      for (let line = at.from; line <= at.to; line++) changed.set(line, undefined);
      continue;
    }
    const put = ({ line, from, to }: Member, value: string) =>
      changed.set(line, given[line]!.slice(0, from) + value + given[line]!.slice(to));
    const type = at.members.get("type")!;
    if (field.required !== now.required) {
      const required = at.members.get("required");
      if (required) put(required, String(now.required));
      else add(type.line, [`${" ".repeat(at.indent)}required: ${now.required}`]);
    }
    if (typeText(field.type) !== typeText(now.type)) put(type, scalar(typeText(now.type)));
  }
  const last = [...columns.values()].at(-1)!;
  for (const [index, field] of live.entries()) {
    if (templateNames.has(field.name)) continue;
    const before = live.slice(0, index).findLast(({ name }) => columns.has(name));
    const at = (before && columns.get(before.name)) ?? last;
    add(at.to, columnText(field, at.dash, at.indent));
  }
  return given
    .flatMap((line, index) => {
      const now = changed.has(index) ? changed.get(index) : line;
      return [...(now === undefined ? [] : [now]), ...(behind.get(index) ?? [])];
    })
    .join("\n");
}

function columnText(field: IcebergField, dash: number, indent: number): string[] {
  const first = `${" ".repeat(dash)}-`.padEnd(indent);
  const pad = " ".repeat(indent);
  return [
    `${first}name: ${scalar(field.name)}`,
    `${pad}type: ${scalar(typeText(field.type))}`,
    ...(field.required ? [`${pad}required: true`] : []),
  ];
}

/** The whole document written anew, for columns in another style. */
function rewritten(template: TableTemplate, live: readonly IcebergField[]): string {
  const document = parseDocument(template.text);
  const given = document.toJS() as { columns: Record<string, unknown>[] };
  const columns = live.map((field) => {
    const { required: _required, ...old } = given.columns.find(({ name }) => name === field.name) ?? {};
    const members = { ...old, name: field.name, type: typeText(field.type) };
    return field.required ? { ...members, required: true } : members;
  });
  document.set("columns", document.createNode(columns));
  return document.toString({ lineWidth: 0 });
}

/** Columns that the template's partitions or sort order name and the live table has not. */
function danglingColumns(template: TableTemplate, live: readonly IcebergField[]): string[] {
  const names = new Set(live.map(({ name }) => name));
  const document = parseDocument(template.text).toJS() as Record<string, unknown>;
  return ["partition_spec", "sort_order"].flatMap((part) => {
    const entries = Array.isArray(document[part]) ? (document[part] as { column?: unknown }[]) : [];
    return entries
      .filter(({ column }) => typeof column === "string" && !names.has(column))
      .map(({ column }) => `${part} names ${String(column)}, which the live table does not have: decide by hand.`);
  });
}
