import { describe, expect, it } from "vitest";
import { Failure } from "../../src/base/failure.ts";
import { alarmPrefixes, arnParts, commonPrefix } from "../../src/discovery/names.ts";
import { findsOfState, parseState } from "../../src/discovery/state.ts";

const SECRET = "hunter2-never-printed";
const tags = { Project: "zoo", Environment: "live", Owner: SECRET };

const resource = (type: string, name: string, ...instances: object[]) => ({
  module: "module.x",
  mode: "managed",
  type,
  name,
  instances: instances.map((attributes) => ({ attributes: { tags_all: tags, password: SECRET, ...attributes } })),
});

const state = (resources: object[], outputs: object = {}, more: object = {}) =>
  JSON.stringify({ version: 4, serial: 7, lineage: SECRET, outputs, resources, ...more });

const finds = (text: string) => findsOfState(parseState(text, "a state"));

describe("what a Terraform state gives", () => {
  it("names that follow no rule, with the address of each, and nothing else of the state", () => {
    const text = state(
      [
        resource("aws_s3_bucket", "lakehouse", { bucket: "pond" }),
        resource("aws_s3_bucket", "logs", { bucket: "puddle" }),
        resource("aws_cloudtrail", "events", { name: "watch", s3_bucket_name: "puddle" }),
        resource("aws_ecs_service", "catalog", {
          name: "fish",
          cluster: "arn:aws:ecs:eu-west-3:111122223333:cluster/tank",
        }),
        resource("aws_ecs_service", "dagster", {
          name: "rod",
          cluster: "arn:aws:ecs:eu-west-3:111122223333:cluster/boat",
        }),
        resource("aws_ecs_service", "dagster_daemon", {
          name: "reel",
          cluster: "arn:aws:ecs:eu-west-3:111122223333:cluster/boat",
        }),
        resource("aws_lb", "front", {
          name: "shore",
          arn: "arn:aws:elasticloadbalancing:eu-west-3:111122223333:loadbalancer/app/shore/1",
        }),
        resource("aws_lb_target_group", "front", { name: "hooks" }),
        resource("aws_cloudwatch_log_group", "catalog", { name: "/fish/log" }),
        resource("aws_dynamodb_table", "catalog", { name: "scales" }),
        resource("aws_cloudwatch_metric_alarm", "a", { alarm_name: "pond-cpu" }, { alarm_name: "pond-hosts" }),
        resource("aws_sns_topic", "alerts", { arn: "arn:aws:sns:eu-west-3:111122223333:bells" }),
        resource("random_password", "db", { result: SECRET, id: "none" }),
      ],
      { catalog_type: { value: "nessie", type: "string" }, db_password: { value: SECRET, sensitive: true } },
    );
    const found = finds(text);
    expect(Object.fromEntries(found.all().map(({ key, value }) => [key, value]))).toEqual({
      project: "zoo",
      environment: "live",
      catalogType: "nessie",
      region: "eu-west-3",
      "buckets.lakehouse": "pond",
      "buckets.audit": "puddle",
      "nessie.cluster": "tank",
      "nessie.service": "fish",
      "nessie.loadBalancer": "shore",
      "nessie.targetGroup": "hooks",
      "nessie.logGroup": "/fish/log",
      "nessie.tables": ["scales"],
      "dagster.cluster": "boat",
      "dagster.services": ["rod", "reel"],
      alarmPrefixes: ["pond-"],
      alertTopic: "arn:aws:sns:eu-west-3:111122223333:bells",
    });
    expect(found.get("nessie.service")?.origin).toBe("Terraform state: module.x.aws_ecs_service.catalog");
    expect(JSON.stringify(found.all())).not.toContain(SECRET);
    expect(JSON.stringify(parseState(text, "a state"))).not.toContain(SECRET);
  });

  it("the output wins over a bucket's name, and of several tables only Nessie's is taken", () => {
    const found = finds(
      state(
        [
          resource("aws_s3_bucket", "lakehouse", { bucket: "one" }),
          resource("aws_dynamodb_table", "orders", { name: "orders" }),
          resource("aws_dynamodb_table", "locks", { name: "locks" }),
        ],
        { lakehouse_bucket_name: { value: "two" } },
      ),
    );
    expect(found.value("buckets.lakehouse")).toBe("two");
    expect(found.get("nessie.tables")).toBeUndefined();
  });

  it("what a setting cannot be is a problem and no value; data sources do not count", () => {
    const odd = {
      ...resource("aws_s3_bucket", "lakehouse", { bucket: "b", tags_all: { Project: "NOT OK", Environment: "prod" } }),
    };
    const data = { ...resource("aws_ecs_service", "nessie", { name: "n" }), mode: "data" };
    const found = finds(state([odd, data]));
    expect(found.get("project")).toBeUndefined();
    expect(found.problems.join()).toMatch(
      /^project: Terraform state: tag Project of 1 resources gives something that is not/,
    );
    expect(found.get("nessie.service")).toBeUndefined();
  });

  it.each([
    ["not JSON", `{"secret": "${SECRET}"`, /it is not JSON/],
    ["a list", `["${SECRET}"]`, /it is not JSON/],
    ["an old format", state([], {}, { version: 3 }), /format version 4/],
  ])("%s is refused without a word of its content", (_what, text, why) => {
    const refused = () => parseState(text, "a state");
    expect(refused).toThrow(Failure);
    expect(refused).toThrow(why);
    expect(refused).not.toThrow(SECRET);
  });

  it("parts of the wrong type are passed over", () => {
    const text = state([
      null,
      3,
      { mode: "managed", type: "aws_lb", name: "x", instances: [null, { attributes: 4 }] },
    ] as object[]);
    expect(finds(text).all()).toEqual([]);
  });
});

describe("names", () => {
  it.each([
    [["a-b-c", "a-b-d"], "a-b-"],
    [["one"], undefined],
    [["a-one"], "a-"],
    [["abc", "abd"], undefined],
    [[], undefined],
  ] as const)("what %j begin with", (names, prefix) => expect(commonPrefix(names)).toBe(prefix));

  it("alarms: the template's prefix, else what they share, else themselves", () => {
    expect(alarmPrefixes(["p-e-nessie-a", "p-e-nessie-b"], "p", "e")).toEqual(["p-e-"]);
    expect(alarmPrefixes(["x-a", "x-b", "TargetTracking-y"], "p", "e")).toEqual(["x-"]);
    expect(alarmPrefixes(["one", "two"])).toEqual(["one", "two"]);
    expect(alarmPrefixes([])).toEqual([]);
  });

  it("the parts of an ARN", () => {
    expect(arnParts("arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/x:*")).toMatchObject({
      service: "logs",
      region: "eu-west-1",
      resource: "log-group:/ecs/x:*",
    });
    expect(arnParts("not an arn")).toBeUndefined();
  });
});
