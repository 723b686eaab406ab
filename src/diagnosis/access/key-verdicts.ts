import type { JsonObject } from "../../base/json.ts";
import type { Fix, VerdictDefinition } from "../verdict.ts";
import { detailsOf, text } from "./verdicts.ts";

/** States out of which EnableKey leads, behind CancelKeyDeletion where it is pending deletion. */
const RESTORABLE = new Set(["Disabled", "PendingDeletion"]);

/** What the key's policy has to say so that a role can read and write objects under it. */
const NEEDED = ["kms:Decrypt", "kms:GenerateDataKey"];

/** KMS keys as causes of refusals by S3. */
export const keyVerdicts: readonly VerdictDefinition[] = [
  {
    id: "s3-kms-key-unusable",
    title: "The KMS key of the objects cannot be used",
    meaning:
      "S3 encrypts and decrypts objects with it. Until it is enabled again nobody reads or writes them, whatever the policies say; nothing is lost as long as the key is not deleted.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ key }) => text(key)).map(({ key, state }): Fix => {
        if (RESTORABLE.has(text(state)))
          return {
            kind: "action",
            title: `Enable the key ${text(key).split("/").at(-1)} again`,
            actionId: "enable-kms-key",
            parameters: { key: text(key) },
          };
        return {
          kind: "text",
          title: "What to look at",
          text: `# ${text(key)} is in the state ${text(state)}: no call brings it back by itself.\naws kms describe-key --key-id ${text(key)}\n# A key that was deleted is gone for good: restore the objects from copies under another key, and correct the bucket's default encryption.\naws s3api get-bucket-encryption --bucket BUCKET\n`,
        };
      }),
  },
  {
    id: "s3-kms-key-policy",
    title: "The policy of the KMS key does not let the caller use it",
    meaning:
      "Objects under a KMS key need a statement of the key's policy that allows the caller kms:Decrypt or kms:GenerateDataKey, or one that leaves it to the account's own policies. Policies of the role alone do not help.",
    consequenceOf: [],
    fixes: (evidence) =>
      detailsOf(evidence, ({ key, principal }) => (key ? `${text(key)} ${text(principal)}` : "")).map(policyFix),
  },
];

function policyFix({ key, principal, effect, statement }: JsonObject): Fix {
  const sid = JSON.stringify(text(statement));
  const added = {
    Sid: "AllowLakehouseWorkload",
    Effect: "Allow",
    Principal: { AWS: text(principal) },
    Action: NEEDED,
    Resource: "*",
  };
  const change =
    effect === "explicit-deny"
      ? `# Take the statement ${sid} out of policy.json, or spare ${text(principal)} in its condition.`
      : `# Add this statement to "Statement" of policy.json, and keep all that are there:\n${JSON.stringify(added, null, 2)}`;
  return {
    kind: "text",
    title:
      effect === "explicit-deny"
        ? `The statement ${sid} of the key's policy, to take out by hand`
        : "The statement that the key's policy lacks, to add by hand",
    text: `# By hand, by an administrator of the key: a wrong key policy can lock everybody out of the key.\naws kms get-key-policy --key-id ${text(key)} --policy-name default --query Policy --output text > policy.json\ncp policy.json policy.before.json\n${change}\naws kms put-key-policy --key-id ${text(key)} --policy-name default --policy file://policy.json\n# Back: the same with policy.before.json. Where Terraform has the key (policy of aws_kms_key), change it there too.\n`,
  };
}
