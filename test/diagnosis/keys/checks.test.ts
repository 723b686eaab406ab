import { describe, expect, test } from "vitest";
import { keyVerdicts, useCheck } from "../../../src/diagnosis/keys/checks.ts";
import type { AccessKey } from "../../../src/diagnosis/keys/key-facts.ts";
import type { DataEvent } from "../../../src/diagnosis/sources/data-events.ts";
import type { TrailEvent } from "../../../src/diagnosis/sources/trail.ts";
import { ago, event, known, said, scope } from "../facts.ts";

const KEY = "AKIAOWN";
const PLANTED = "AKIAPLANTED";
const CI = { sourceAddress: "198.51.100.20", userAgent: "aws-sdk-go-v2/1.39 ci/2.4" };
const AWAY = { sourceAddress: "203.0.113.77", userAgent: "aws-cli/2.15 Python/3.11" };
const KALI = { ...AWAY, userAgent: "aws-cli/2.15 Linux/6.6 source/x86_64.kali" };

const key = (id = KEY, change: Partial<AccessKey> = {}): AccessKey => ({
  user: "ci",
  id,
  active: true,
  createdMs: ago(100_000),
  ...change,
});
const refused = (count: number, place: Partial<TrailEvent>): TrailEvent[] =>
  Array.from({ length: count }, (_, index) =>
    event(`List${index}`, {}, { atMs: ago(30 - index), accessKeyId: KEY, errorCode: "AccessDenied", ...place }),
  );
const created = (place: Partial<TrailEvent>): TrailEvent =>
  event(
    "CreateAccessKey",
    {},
    { atMs: ago(20), accessKeyId: KEY, output: { accessKey: { accessKeyId: PLANTED } }, ...place },
  );
const data = (name: string, place: typeof CI, id = KEY): DataEvent => ({
  atMs: ago(10),
  name,
  arn: "",
  by: "ci",
  accessKeyId: id,
  bucket: "b",
  key: name === "GetObject" ? "lakehouse/customers/data/a" : "landing/ci/a",
  ...place,
});

const judge = (history: TrailEvent[], events: DataEvent[] = [], keys = [key()]) =>
  useCheck.judge(
    { keys: { keys, unread: 0 }, histories: { events: new Map([["ci", history]]), unread: [] } },
    scope(),
    {
      data: known({ events, fromMs: ago(60), deliveredMs: ago(1), whole: true }),
    },
  );

describe("from where keys are used", () => {
  const two = [key(), key(PLANTED, { createdMs: ago(20) })];
  test.each<[string, ReturnType<typeof judge>, string[]]>([
    ["nothing", judge([]), []],
    ["the usual work", judge([], [data("PutObject", CI)]), []],
    [
      "two places, and nothing refused: an office and a home",
      judge([], [data("PutObject", CI), data("GetObject", AWAY)]),
      [],
    ],
    ["a slip", judge(refused(2, AWAY), [data("PutObject", CI)]), []],
    [
      "probing, while the usual work goes on elsewhere",
      judge(refused(6, AWAY), [data("PutObject", CI)]),
      ["access-key-leaked proves"],
    ],
    ["probing, and a key was made", judge([...refused(6, AWAY), created(AWAY)], [], two), ["access-key-leaked proves"]],
    ["probing from the one place that there is", judge(refused(6, CI)), ["access-key-leaked supports"]],
    [
      "a tool that is made for it",
      judge([event("GetUser", {}, { accessKeyId: KEY, ...KALI })]),
      ["access-key-leaked supports"],
    ],
    [
      "probing, and objects were read",
      judge(refused(6, AWAY), [data("PutObject", CI), data("GetObject", AWAY)]),
      ["access-key-leaked proves", "access-key-leaked supports"],
    ],
    ["a rotation by its owner", judge([created(CI)], [data("PutObject", CI)], two), []],
    [
      "probing with a key that is off by now",
      judge(refused(6, AWAY), [data("PutObject", CI)], [key(KEY, { active: false })]),
      [],
    ],
    [
      "another user's key in the same history",
      judge(refused(6, { ...AWAY, accessKeyId: "AKIAOTHER" }), [data("PutObject", CI)]),
      [],
    ],
  ])("%s", (_name, findings, expected) => {
    expect(said(findings)).toEqual(expected);
  });

  test("what is offered: the leaked key in the order of compromise, with room made by the one that was planted", () => {
    const findings = judge([...refused(6, AWAY), created(AWAY)], [data("GetObject", AWAY, PLANTED)], two);
    expect(findings[0]?.details).toMatchObject({ user: "ci", leaked: [KEY], planted: [PLANTED] });
    expect(keyVerdicts[0]!.fixes(findings, scope())).toMatchObject([
      { actionId: "rotate-access-key", parameters: { user: "ci", key: KEY, compromised: "yes", remove: PLANTED } },
      { actionId: "delete-access-key", parameters: { user: "ci", key: KEY } },
      // Objects were read: more than an incident.
      { actionId: "flag", parameters: { flag: "data-breach" } },
    ]);
    const unread = judge([...refused(6, AWAY), created(AWAY)], [], two);
    expect(keyVerdicts[0]!.fixes(unread, scope()).at(-1)).toMatchObject({
      actionId: "flag",
      parameters: { flag: "security-incident" },
    });
  });
});
