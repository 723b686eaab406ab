import { expect, it } from "vitest";
import type { CallStep, WaitStep } from "../../src/actions/contract.ts";
import { isVerified } from "../../src/actions/verified.ts";

const wait: WaitStep = {
  kind: "wait",
  id: "settled",
  title: "Nothing runs",
  reading: { service: "ecs", operation: "DescribeServices", input: {}, pick: {} },
  until: [],
  deadlineMs: 1,
};
const call: CallStep = {
  kind: "call",
  id: "scale",
  title: "Scale to 0",
  transport: "aws",
  service: "ecs",
  operation: "UpdateService",
  input: {},
  resource: "service nessie",
};

it("is verified by the plan's verification, or by a look that comes last", () => {
  expect(isVerified({ verify: wait, steps: [call] })).toBe(true);
  expect(isVerified({ verify: null, steps: [call, wait] })).toBe(true);
  expect(isVerified({ verify: null, steps: [wait, call] })).toBe(false);
  expect(isVerified({ verify: null, steps: [] })).toBe(false);
});
