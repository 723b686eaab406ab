import { describe, expect, test } from "vitest";
import { quiet } from "../../../src/sim/scenarios/quiet.ts";
import type { World } from "../../../src/sim/world/world.ts";
import { accountAt, contextOf, diagnose } from "../support.ts";

// A user is judged with the policies of its groups, and within its permissions boundary.

const statement = (Effect: string, Action: string, Resource: string) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "OfGroup", Effect, Action, Resource }],
});

interface Case {
  name: string;
  /** What the user's own policy is left with: false takes it away. */
  ownPolicy: boolean;
  group?: object;
  attachedToGroup?: string;
  boundary?: object;
  verdicts: string[];
  text: RegExp;
}

const OBJECTS = "arn:aws:s3:::lakehouse-prod-lakehouse/*";
const ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess";
const CASES: Case[] = [
  {
    name: "its own policy allows it",
    ownPolicy: true,
    verdicts: ["nothing-wrong"],
    text: /Allowed there: user ci-uploader: s3:GetObject/,
  },
  {
    name: "a group's policy allows it",
    ownPolicy: false,
    group: statement("Allow", "s3:GetObject", OBJECTS),
    verdicts: ["nothing-wrong"],
    text: /Allowed there: user ci-uploader: s3:GetObject, as asked \(use of group pipelines, statement "OfGroup", allows it\)/,
  },
  {
    name: "a managed policy of the group allows it",
    ownPolicy: false,
    attachedToGroup: ADMINISTRATOR,
    verdicts: ["nothing-wrong"],
    text: /Allowed there: .*AdministratorAccess of group pipelines/,
  },
  {
    name: "a group's policy denies it",
    ownPolicy: true,
    group: statement("Deny", "s3:Get*", "*"),
    verdicts: ["s3-identity-policy"],
    text: /use of group pipelines, statement "OfGroup", denies it/,
  },
  {
    name: "neither the user nor a group allows it",
    ownPolicy: false,
    group: statement("Allow", "s3:GetObject", `${OBJECTS}x`),
    verdicts: ["s3-identity-policy"],
    text: /no policy of the user or its groups allows it/,
  },
  {
    name: "the permissions boundary does not allow what the group does",
    ownPolicy: false,
    attachedToGroup: ADMINISTRATOR,
    boundary: statement("Allow", "dynamodb:*", "*"),
    verdicts: ["s3-identity-policy"],
    text: /the permissions boundary does not allow it/,
  },
];

function arrange({ iam, epochMs }: World, { ownPolicy, group, attachedToGroup, boundary }: Case): void {
  const user = iam.users.get("ci-uploader")!;
  if (!ownPolicy) user.inline.clear();
  const pipelines = iam.addGroup("pipelines", {
    createdAtMs: epochMs,
    ...(group ? { inline: { use: group } } : {}),
    ...(attachedToGroup ? { attached: [attachedToGroup] } : {}),
  });
  user.groups.push(pipelines);
  if (boundary) user.boundaryArn = iam.addPolicy("limit", "", boundary, epochMs);
}

const USER = "arn:aws:iam::111122223333:user/ci/ci-uploader";
const given = { principal: USER, action: "s3:GetObject", key: "lakehouse/orders/data/a.parquet" };

describe("a user who is refused access", () => {
  test.each(CASES)("$name", async (one) => {
    const simulator = await accountAt(2, { scenario: quiet });
    arrange(simulator.world, one);
    const found = await diagnose(await contextOf(simulator, { given }), "s3-403");
    const check = found.checks.find(({ id }) => id === "s3-identity-policy")!;
    expect(check.findings.map(({ text }) => text).join("\n")).toMatch(one.text);
    const named = [...found.verdicts, ...found.possible].map(({ id }) => id);
    expect(named).toEqual(one.verdicts);
  });

  test.each(["ListGroupsForUser", "ListGroupPolicies", "GetGroupPolicy", "ListAttachedGroupPolicies"])(
    "iam:%s is denied: it is said, and nothing is claimed for sure",
    async (operation) => {
      const simulator = await accountAt(2, { scenario: quiet });
      arrange(simulator.world, { ...CASES[4]!, attachedToGroup: ADMINISTRATOR });
      simulator.faults.add({ kind: "deny", service: "iam", operation });
      const found = await diagnose(await contextOf(simulator, { given }), "s3-403");
      expect(found.verdicts.filter(({ id }) => id !== "nothing-wrong")).toEqual([]);
      const check = found.checks.find(({ id }) => id === "s3-identity-policy")!;
      expect(check.findings.map(({ text }) => text).join("\n")).toContain(
        `Not read: the policies of the user's groups: needs iam:${operation}.`,
      );
    },
  );
});
