import * as z from "zod";
import type { ActionDefinition } from "../contract.ts";
import { consumerFacts, describeKeys, keyById, keyReading, ownCheck, readKeys } from "./facts.ts";
import { KEY_OPERATIONS, userParameter } from "./rotate.ts";
import { deactivateStep } from "./steps.ts";

const parameters = z.object({ user: userParameter, key: z.string().describe("The key's id, AKIA...") });

/** Makes a key useless without losing it: the first thing to do with one that leaked. */
export const deactivateAccessKey: ActionDefinition<z.infer<typeof parameters>> = {
  id: "deactivate-access-key",
  title: "Deactivate an IAM access key",
  description: "Whoever uses it is refused from then on. Nothing is lost: undo activates it again.",
  runbook: "Credential Rotation > IAM Access Keys",
  tier: "name",
  parameters,
  operations: KEY_OPERATIONS,
  async prepare(context, { user, key: keyId }) {
    const keys = await readKeys(context, user);
    const key = keyById(keys, user, keyId);
    const used = await consumerFacts(context, keyId);
    return {
      facts: { ...describeKeys(keys), ...used.facts },
      checks: [
        {
          label: "status",
          status: key.isActive ? "pass" : "warn",
          detail: key.isActive ? "active" : "inactive already",
        },
        ...(await ownCheck(context, user)),
        used.check,
      ],
      plan: {
        actionId: deactivateAccessKey.id,
        title: `Deactivate access key ${keyId} of ${user}`,
        parameters: { user, key: keyId },
        tier: "name",
        resourceName: user,
        effects: [`Everything that uses ${keyId} is refused from then on; see who that is below.`],
        caveats: ["Sessions that were made with the key (GetSessionToken, AssumeRole) work until they expire."],
        steps: [deactivateStep(user, key)],
        verify: null,
        guard: {
          badge: `key ..${keyId.slice(-4)} off`,
          brokenMessage: `access key ${keyId} of ${user} is no longer inactive`,
          watches: [
            {
              reading: keyReading(user, keyId),
              holds: [{ label: "status", op: "in", value: ["Inactive", null] }],
            },
          ],
        },
      },
    };
  },
};
