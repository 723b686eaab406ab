import { describe, expect, it } from "vitest";
import { differences, holds, readPath, sameValue, takeReading } from "../../src/actions/reading.ts";
import type { AwsCaller } from "../../src/aws/contract.ts";

const answer = {
  services: [{ desiredCount: 2, tags: [{ key: "a", value: "b" }] }],
  TargetHealthDescriptions: [
    { Target: { Id: "10.0.0.1" }, TargetHealth: { State: "healthy" } },
    { Target: { Id: "10.0.0.2" }, TargetHealth: { State: "unhealthy" } },
  ],
};

describe("readPath", () => {
  it.each([
    ["services[0].desiredCount", 2],
    ["services[1].desiredCount", null],
    ["services.length", 1],
    ["TargetHealthDescriptions[TargetHealth.State=healthy].length", 1],
    ["TargetHealthDescriptions[TargetHealth.State=draining].length", 0],
    ["TargetHealthDescriptions[].Target.Id", ["10.0.0.1", "10.0.0.2"]],
    ["nothing[x=y].length", 0],
    ["services[0].nothing.deeper", null],
  ])("%s", (path, expected) => expect(readPath(answer, path)).toEqual(expected));
});

describe("holds", () => {
  const picked = { running: 2, state: "OK", none: null };
  it.each([
    [{ label: "running", op: "equals", value: 2 } as const, true],
    [{ label: "running", op: "atLeast", value: 3 } as const, false],
    [{ label: "running", op: "atMost", value: 2 } as const, true],
    [{ label: "state", op: "in" as const, value: ["OK", "ALARM"] }, true],
    [{ label: "missing", op: "atLeast", value: 0 } as const, false],
    [{ label: "none", op: "equals", value: null } as const, true],
  ])("%o", (expectation, expected) => expect(holds(expectation, picked)).toBe(expected));
});

describe("sameValue and differences", () => {
  it("compares by content", () => {
    expect(sameValue({ a: [1, { b: null }] }, { a: [1, {}] })).toBe(true);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
  });
  it("names what differs", () => {
    expect(differences({ desired: 0, min: 0 }, { desired: 2, min: 0 })).toEqual(["desired: expected 0, found 2"]);
  });
});

describe("takeReading", () => {
  const aws = (output: object) => ({ callByName: async () => ({ output, requestId: "r" }) }) as unknown as AwsCaller;
  const reading = {
    service: "application-autoscaling",
    operation: "DescribeScalableTargets",
    input: {},
    pick: { min: "target.min", suspended: "target.suspended" },
    otherwise: { suspended: false },
  };
  it("takes the default for what the answer leaves out, and never instead of what it says", async () => {
    const read = async (output: object) => (await takeReading(aws(output), reading, { purpose: "poll" })).picked;
    expect(await read({ target: { min: 2 } })).toEqual({ min: 2, suspended: false });
    expect(await read({ target: { min: 2, suspended: true } })).toEqual({ min: 2, suspended: true });
    expect(await read({})).toEqual({ min: null, suspended: false });
  });
});
