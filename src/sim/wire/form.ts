import type { NormalizedSchema } from "./codec.ts";
import { textReader, wireTraits } from "./codec.ts";

/** A dotted form (`Targets.member.1.Id=...`) as a tree; `text` is set on leaves. */
interface FormNode {
  text?: string;
  children: Map<string, FormNode>;
}

const scalars = textReader(false);

function parseForm(body: string): FormNode {
  const root: FormNode = { children: new Map() };
  for (const [key, value] of new URLSearchParams(body)) {
    let node = root;
    for (const part of key.split(".")) {
      let child = node.children.get(part);
      if (!child) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.text = value;
  }
  return root;
}

/** The children with numeric names in numeric order: the elements of a list. */
function elements(node: FormNode | undefined): FormNode[] {
  return [...(node?.children ?? [])]
    .filter(([name]) => /^\d+$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function memberKey(name: string, member: NormalizedSchema, ec2: boolean): string {
  const traits = wireTraits(member);
  if (!ec2) return traits.xmlName ?? name;
  if (traits.ec2QueryName) return traits.ec2QueryName;
  const key = traits.xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

function readStructure(schema: NormalizedSchema, node: FormNode, ec2: boolean): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const value = readNode(member, node.children.get(memberKey(name, member, ec2)), ec2);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function readList(schema: NormalizedSchema, node: FormNode, ec2: boolean): unknown[] {
  const member = schema.getValueSchema();
  const flat = ec2 || wireTraits(schema).xmlFlattened;
  const holder = flat ? node : node.children.get(wireTraits(member).xmlName ?? "member");
  return elements(holder).map((element) => readNode(member, element, ec2));
}

function readMap(schema: NormalizedSchema, node: FormNode, ec2: boolean): Record<string, unknown> {
  const keyName = wireTraits(schema.getKeySchema()).xmlName ?? "key";
  const valueName = wireTraits(schema.getValueSchema()).xmlName ?? "value";
  const holder = wireTraits(schema).xmlFlattened ? node : node.children.get("entry");
  return Object.fromEntries(
    elements(holder).map((entry) => [
      entry.children.get(keyName)?.text ?? "",
      readNode(schema.getValueSchema(), entry.children.get(valueName), ec2),
    ]),
  );
}

function readNode(schema: NormalizedSchema, node: FormNode | undefined, ec2: boolean): unknown {
  if (node === undefined) return undefined;
  if (schema.isUnitSchema()) return {};
  if (schema.isStructSchema()) return readStructure(schema, node, ec2);
  if (schema.isListSchema()) return readList(schema, node, ec2);
  if (schema.isMapSchema()) return readMap(schema, node, ec2);
  return scalars.read(schema, node.text ?? "");
}

/**
 * The typed input of an awsQuery or ec2Query request body. The SDK has only the writing half of this codec, so that the
 * reading half is ours.
 */
export function decodeForm(schema: NormalizedSchema, body: string, ec2: boolean): Record<string, unknown> {
  return schema.isUnitSchema() ? {} : readStructure(schema, parseForm(body), ec2);
}
