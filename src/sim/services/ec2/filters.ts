import type * as Wire from "@aws-sdk/client-ec2";
import { AwsError } from "../../wire/aws-error.ts";
import type { Tags } from "../../world/network/model.ts";
import { pageOf } from "../paging.ts";

/** An error of EC2. */
export function ec2Error(code: string, message: string): AwsError {
  return new AwsError(code, message);
}

/** What a filter's name stands for in a resource; undefined: there is no such filter. */
export type Attributes<T> = (name: string, resource: T) => string[] | undefined;

function matcher(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (text) => expression.test(text);
}

function tagValues(name: string, tags: Tags): string[] | undefined {
  if (name === "tag-key") return Object.keys(tags);
  if (!name.startsWith("tag:")) return undefined;
  const value = tags[name.slice(4)];
  return value === undefined ? [] : [value];
}

/** Resources that all filters let through; the values of one filter are alternatives, with `*` and `?`. @throws AwsError InvalidParameterValue. */
export function filtered<T extends { tags: Tags }>(
  resources: readonly T[],
  filters: readonly Wire.Filter[] | undefined,
  attributes: Attributes<T>,
): T[] {
  return (filters ?? []).reduce<T[]>(
    (left, { Name: name = "", Values: values = [] }) => {
      const matchers = values.map(matcher);
      return left.filter((resource) => {
        const has = tagValues(name, resource.tags) ?? attributes(name, resource);
        if (!has) throw ec2Error("InvalidParameterValue", `The filter '${name}' is invalid`);
        return has.some((text) => matchers.some((matches) => matches(text)));
      });
    },
    [...resources],
  );
}

/** One page of a Describe call; MaxResults is 5 to 1000 (EC2 API reference). */
export function described<T>(
  items: readonly T[],
  input: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { items: T[]; next: string | undefined } {
  const { MaxResults: size = 1000, NextToken: token } = input;
  if (size < 5 || size > 1000)
    throw ec2Error(
      "InvalidParameterValue",
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`,
    );
  return pageOf(items, size, token, () => ec2Error("InvalidNextToken", "The token is invalid"));
}

/** Tags in EC2's form. */
export function tagList(tags: Tags): Wire.Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
