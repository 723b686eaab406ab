import type * as Wire from "@aws-sdk/client-resource-groups-tagging-api";
import { AwsError } from "../wire/aws-error.ts";
import { emptyPageToken, pageLimit, withoutEmptyMark } from "../wire/partial-page.ts";
import { defineService, type ServiceDefinition } from "../wire/types.ts";
import type { Region } from "../world/region.ts";
import { type TaggedResource, taggedResources } from "../world/tagged-resources.ts";
import { pageFrom, pageOf, tokenAt } from "./paging.ts";

/** Resources of a page, tag filters of a call, keys of a page (Resource Groups Tagging API reference). */
const RESOURCES_PER_PAGE = 100;
const TAG_FILTERS = 50;
const KEYS_PER_PAGE = 50;

const invalid = (message: string) => new AwsError("InvalidParameterException", message);
const expired = () => new AwsError("PaginationTokenExpiredException", "The token is expired or invalid.");

/** Whether a resource is of a type such as `ecs:service`, or of a service such as `ecs`. */
function ofType(resource: TaggedResource, wanted: string): boolean {
  const [, , service, , , ...rest] = resource.arn.split(":");
  const [wantedService, wantedKind] = wanted.split(":");
  if (service !== wantedService) return false;
  if (wantedKind === undefined) return true;
  const kind = rest.join(":").split(/[/:]/);
  return kind.length > 1 && kind[0] === wantedKind;
}

function fits(resource: TaggedResource, filter: Wire.TagFilter): boolean {
  const value = resource.tags[filter.Key ?? ""];
  return value !== undefined && (!filter.Values?.length || filter.Values.includes(value));
}

/** Resources until their tags are more than a page may have: TagsPerPage counts tags, not resources. */
function withinTags(resources: TaggedResource[], tagsPerPage: number | undefined): TaggedResource[] {
  if (tagsPerPage === undefined) return resources;
  let tags = 0;
  const end = resources.findIndex((resource) => {
    tags += Object.keys(resource.tags).length;
    return tags > tagsPerPage;
  });
  return end < 0 ? resources : resources.slice(0, Math.max(1, end));
}

function getResources(
  region: Region,
  input: Wire.GetResourcesCommandInput,
): Omit<Wire.GetResourcesCommandOutput, "$metadata"> {
  const {
    TagFilters: filters = [],
    ResourceTypeFilters: types = [],
    ResourceARNList: arns,
    TagsPerPage: tagsPerPage,
  } = input;
  const size = input.ResourcesPerPage ?? RESOURCES_PER_PAGE;
  if (size < 1 || size > RESOURCES_PER_PAGE) throw invalid("ResourcesPerPage must be between 1 and 100");
  if (tagsPerPage !== undefined && (tagsPerPage < 100 || tagsPerPage > 500 || tagsPerPage % 100 !== 0))
    throw invalid("TagsPerPage must be a multiple of 100 between 100 and 500");
  if (filters.length > TAG_FILTERS) throw invalid(`TagFilters may have at most ${TAG_FILTERS} members`);
  if (arns && (filters.length > 0 || types.length > 0))
    throw invalid("ResourceARNList cannot be combined with other filters");
  const found = taggedResources(region).filter(
    (resource) =>
      (!arns || arns.includes(resource.arn)) &&
      (types.length === 0 || types.some((type) => ofType(resource, type))) &&
      filters.every((filter) => fits(resource, filter)),
  );
  // An empty token is what the first call of a loop may send.
  const token = input.PaginationToken || undefined;
  const given = withoutEmptyMark(token);
  const start = given === undefined ? found : pageFrom(found, given, expired);
  const empty = start.length > 0 ? emptyPageToken(token) : undefined;
  if (empty !== undefined) return { ResourceTagMappingList: [], PaginationToken: empty };
  const page = withinTags(start.slice(0, pageLimit(size)), tagsPerPage);
  const position = found.length - start.length + page.length;
  return {
    ResourceTagMappingList: page.map(({ arn, tags }) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
    PaginationToken: position < found.length ? tokenAt(position) : "",
  };
}

/** Resource Groups Tagging API: what has which tags, in one region. */
export function taggingService(region: Region): ServiceDefinition {
  const page = <T>(items: readonly T[], token: string | undefined) =>
    pageOf(items, KEYS_PER_PAGE, token || undefined, expired);
  return defineService<typeof Wire>({
    signingName: "tagging",
    load: () => import("@aws-sdk/client-resource-groups-tagging-api"),
    clientName: "ResourceGroupsTaggingAPIClient",
    operations: {
      GetResources: (input) => getResources(region, input),
      GetTagKeys: (input) => {
        const keys = new Set(taggedResources(region).flatMap(({ tags }) => Object.keys(tags)));
        const { items, next } = page([...keys].sort(), input.PaginationToken);
        return { TagKeys: items, PaginationToken: next ?? "" };
      },
      GetTagValues: (input) => {
        const values = new Set(taggedResources(region).flatMap(({ tags }) => tags[input.Key ?? ""] ?? []));
        const { items, next } = page([...values].sort(), input.PaginationToken);
        return { TagValues: items, PaginationToken: next ?? "" };
      },
    },
  });
}
