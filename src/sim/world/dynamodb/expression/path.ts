import { type Item, invalid, type Value } from "../value.ts";
import { Parser, type Path, type Substitutions } from "./parser.ts";

/** The value at a path of an item, undefined when there is none. */
export function valueAt(item: Item, path: Path): Value | undefined {
  let value: Value | undefined = { M: item };
  for (const step of path) {
    value = typeof step === "number" ? value?.L?.[step] : value?.M?.[step];
    if (value === undefined) return undefined;
  }
  return value;
}

const noPath = () => invalid("The document path provided in the update expression is invalid for update");

/** The item with a value put at a path, or taken away with `undefined`; the parents must be there. The given item stays as it is. */
export function withValueAt(item: Item, path: Path, value: Value | undefined): Item {
  return changed({ M: item }, path, value).M ?? {};
}

function changed(holder: Value, [step, ...rest]: Path, value: Value | undefined): Value {
  if (typeof step === "number") {
    if (holder.L === undefined) throw noPath();
    const list = [...holder.L];
    const index = Math.min(step, list.length);
    if (rest.length > 0) {
      if (!list[index]) throw noPath();
      list[index] = changed(list[index], rest, value);
    } else if (value === undefined) list.splice(index, 1);
    else list[index] = value;
    return { L: list };
  }
  if (holder.M === undefined || step === undefined) throw noPath();
  const members = { ...holder.M };
  if (rest.length > 0) {
    if (!members[step]) throw noPath();
    members[step] = changed(members[step], rest, value);
  } else if (value === undefined) delete members[step];
  else members[step] = value;
  return { M: members };
}

/** The paths of a ProjectionExpression. */
export function parseProjection(expression: string, substitutions: Substitutions, used: Set<string>): Path[] {
  const parser = new Parser(expression, "ProjectionExpression", substitutions, used);
  const paths = [parser.path()];
  while (parser.takeSymbol(",")) paths.push(parser.path());
  parser.end();
  return paths;
}

/** What an item has at the paths, in its own structure; list elements move together. */
export function project(item: Item, paths: readonly Path[]): Item {
  return part({ M: item }, paths)?.M ?? {};
}

function part(value: Value, paths: readonly Path[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const steps = [...new Set(paths.map((path) => path[0]!))];
  const below = (step: string | number) => paths.filter((path) => path[0] === step).map((path) => path.slice(1));
  if (value.M !== undefined) {
    const { M } = value;
    const kept = steps.flatMap((step) => {
      const member = typeof step === "string" && M[step] ? part(M[step], below(step)) : undefined;
      return member ? [[step, member]] : [];
    });
    return { M: Object.fromEntries(kept) };
  }
  if (value.L === undefined) return undefined;
  const { L } = value;
  const indices = steps.filter((step) => typeof step === "number").sort((a, b) => a - b);
  const kept = indices.flatMap((step) => (L[step] ? (part(L[step], below(step)) ?? []) : []));
  return { L: kept };
}
