import { parse, YAMLParseError } from "yaml";
import { Failure } from "../base/failure.ts";
import { sanitizeLine } from "../base/text.ts";
import { fieldsFromJson, type IcebergField, parseType, typeFromJson } from "./type.ts";

/** A table template (`table-templates/NAME.yaml`) as far as the schema is concerned. */
export interface TableTemplate {
  /** The file that it was read from. */
  file: string;
  name: string;
  namespace: string;
  fields: IcebergField[];
  /** Its YAML as it stands in the file. */
  text: string;
}

/**
 * Reads a template. A column's type is text (`decimal(12, 2)`, `list<string>`) or an object in the form of Iceberg's JSON.
 * @param file its path, for messages. @throws Failure (invalid) that says what is wrong and where.
 */
export function parseTemplate(text: string, file: string): TableTemplate {
  const invalid = (why: string) =>
    new Failure({
      kind: "invalid",
      what: `table template ${sanitizeLine(file)}`,
      why: sanitizeLine(why),
      next: "Correct the file: name, namespace and columns (name, type, required) are needed.",
    });
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const why = (error as Error).message.split("\n")[0] ?? "";
    throw invalid(line === undefined ? why : `line ${line}: ${why}`);
  }
  const { name, namespace, columns } = (document ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || name === "") throw invalid("it has no name");
  if (typeof namespace !== "string" || namespace === "") throw invalid("it has no namespace");
  if (!Array.isArray(columns) || columns.length === 0) throw invalid("it has no columns");
  const fields = columns.map((column: unknown, index) => {
    try {
      return columnOf(column);
    } catch (error) {
      throw invalid(`column ${index + 1}: ${(error as Error).message}`);
    }
  });
  const twice = fields.find(({ name: own }, index) => fields.findIndex((one) => one.name === own) !== index);
  if (twice) throw invalid(`column ${twice.name} is there twice`);
  return { file, name, namespace, fields, text };
}

function columnOf(json: unknown): IcebergField {
  const { name, type, required, ...nested } = (json ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || name === "") throw new Error("it has no name");
  if (type === undefined) throw new Error(`${name} has no type`);
  // `type: list` with `element:` beside it is the JSON form without its own level.
  const own =
    typeof type === "string"
      ? /^(struct|list|map)$/.test(type)
        ? typeFromJson({ type, ...nested })
        : parseType(type)
      : typeFromJson(type);
  return { ...fieldsFromJson([{ name, type: "string", required }])[0]!, type: own };
}
