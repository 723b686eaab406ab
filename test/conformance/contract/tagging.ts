import { expect } from "vitest";
import { casesOf, refusal } from "../server.ts";

/** What has which tags. */
export const tagging = casesOf("tagging", {
  "resources are found by their tags and their type": async ({ clients: { tagging }, names }) => {
    const TagFilters = [{ Key: "Project", Values: [names.project] }];
    const { ResourceTagMappingList: all = [] } = await tagging.getResources({ TagFilters });
    const topic = `arn:aws:sns:${names.region}:${names.accountId}:${names.prefix}-alerts`;
    expect(all.map(({ ResourceARN }) => ResourceARN)).toContain(topic);
    expect(all.find(({ ResourceARN }) => ResourceARN === topic)?.Tags).toContainEqual({
      Key: "Project",
      Value: names.project,
    });
    const topics = await tagging.getResources({ TagFilters, ResourceTypeFilters: ["sns"] });
    expect(topics.ResourceTagMappingList?.map(({ ResourceARN }) => ResourceARN)).toEqual([topic]);
    const none = await tagging.getResources({ TagFilters: [{ Key: "Project", Values: ["nope"] }] });
    expect(none.ResourceTagMappingList).toEqual([]);
  },

  "keys and values are listed": async ({ clients: { tagging }, names }) => {
    expect((await tagging.getTagKeys({})).TagKeys).toContain("Project");
    expect((await tagging.getTagValues({ Key: "Project" })).TagValues).toContain(names.project);
  },

  "a value is listed once": async ({ clients: { tagging }, names }) => {
    expect((await tagging.getTagValues({ Key: "Project" })).TagValues).toEqual([names.project]);
  },

  "a page of more than 100 resources is refused": async ({ clients: { tagging } }) => {
    expect((await refusal(tagging.getResources({ ResourcesPerPage: 101 }))).status).toBe(400);
  },
});
