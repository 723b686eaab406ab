import { describe, expect, it } from "vitest";
import { findsOfTags, oneLakehouse, type TaggedResource } from "../../src/discovery/tags.ts";

const tagged = (arn: string, project = "zoo", environment = "live"): TaggedResource => ({ arn, project, environment });
const regional = (service: string, resource: string) => tagged(`arn:aws:${service}:eu-west-3:111122223333:${resource}`);
const bucket = (name: string) => tagged(`arn:aws:s3:::${name}`);
const NO_TRAILS = { audit: [], recorded: [] };
const valuesOf = (resources: TaggedResource[], trails = NO_TRAILS as { audit: string[]; recorded: string[] }) =>
  Object.fromEntries(
    findsOfTags(resources, trails)
      .all()
      .map(({ key, value }) => [key, value]),
  );

describe("what tagged resources give", () => {
  it("names that follow no rule; buckets by what the trails do with them", () => {
    const resources = [
      bucket("puddle"),
      bucket("pond"),
      regional("ecs", "service/tank/fish"),
      regional("ecs", "service/boat/dagster-daemon"),
      regional("ecs", "cluster/tank"),
      regional("cloudwatch", "alarm:pond-cpu"),
      regional("cloudwatch", "alarm:pond-hosts"),
      regional("sns", "bells"),
    ];
    expect(valuesOf(resources, { audit: ["puddle"], recorded: ["pond"] })).toEqual({
      project: "zoo",
      environment: "live",
      "buckets.lakehouse": "pond",
      "buckets.audit": "puddle",
      "nessie.cluster": "tank",
      "nessie.service": "fish",
      "dagster.cluster": "boat",
      "dagster.services": ["dagster-daemon"],
      alarmPrefixes: ["pond-"],
      alertTopic: "arn:aws:sns:eu-west-3:111122223333:bells",
    });
  });

  it("without trails buckets are told apart by their names, and what is not clear is left out", () => {
    expect(valuesOf([bucket("zoo-lakehouse"), bucket("zoo-audit")])).toMatchObject({
      "buckets.lakehouse": "zoo-lakehouse",
      "buckets.audit": "zoo-audit",
    });
    expect(valuesOf([bucket("one"), bucket("two")])).not.toHaveProperty("buckets.lakehouse");
    expect(valuesOf([regional("ecs", "service/a/x"), regional("ecs", "service/b/y")])).not.toHaveProperty(
      "nessie.service",
    );
    expect(valuesOf([regional("sns", "a"), regional("sns", "b")])).not.toHaveProperty("alertTopic");
    expect(valuesOf([])).toEqual({});
  });
});

describe("which lakehouse", () => {
  it("the one pair of tags that has a bucket", () => {
    const own = [bucket("pond"), regional("sns", "bells")];
    expect(oneLakehouse([...own, tagged("arn:aws:sns:eu-west-3:111122223333:x", "other", "dev")])).toEqual(own);
    expect(oneLakehouse([regional("sns", "bells")])).toEqual([]);
  });

  it("several are listed by the flags that choose one", () => {
    const several = [bucket("pond"), tagged("arn:aws:s3:::lake", "zoo", "dev")];
    expect(() => oneLakehouse(several)).toThrow(/--project zoo --env live, --project zoo --env dev/);
  });
});
