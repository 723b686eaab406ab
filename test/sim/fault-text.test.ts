import { expect, test } from "vitest";
import { parseFault } from "../../src/sim/fault-text.ts";

test.each([
  ["logs:FilterLogEvents:throttle:3", { kind: "throttle", service: "logs", operation: "FilterLogEvents", times: 3 }],
  ["*:*:latency=200", { kind: "latency", latencyMs: 200 }],
  ["s3:*:partial-pages=0", { kind: "partial-pages", service: "s3", pageItems: 0 }],
  ["nessie:*:throttle=7:1", { kind: "throttle", service: "nessie", retryAfterSeconds: 7, times: 1 }],
  ["*:*:skew=-90000", { kind: "skew", skewMs: -90_000 }],
  ["iam:ListUsers:deny", { kind: "deny", service: "iam", operation: "ListUsers" }],
])("%s", (text, fault) => expect(parseFault(text)).toEqual(fault));

test.each([
  ["", "it is not of the form"],
  ["ecs:deny", "it is not of the form"],
  ["ecs:*:deny:1:2", "it is not of the form"],
  ["ecs:*:slow", 'there is no kind "slow"'],
  ["ecs:*:deny=3", "amounts are whole numbers of these kinds"],
  ["ecs:*:latency", "latency needs an amount"],
  ["ecs:*:latency=-1", "amounts are whole numbers of these kinds"],
  ["ecs:*:deny:0", "times is a whole number above 0"],
])("%s is refused", (text, why) => {
  expect(() => parseFault(text)).toThrow(`--fault ${text}: ${why}`);
});
