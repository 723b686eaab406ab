import type { Scenario } from "../scenario.ts";
import type { World } from "../world/world.ts";
import { runsSucceed, runsSucceedAgain, stoppedOr } from "./dagster-conditions.ts";
import { quiet } from "./quiet.ts";
import {
  denyInBucketPolicy,
  disableKey,
  dropEncryptionHeader,
  narrowEndpointPolicy,
  narrowIdentityPolicy,
  narrowKeyPolicy,
  revokeLakeFormation,
} from "./s3-access-causes.ts";

const MINUTE_MS = 60_000;

/** Why S3 says no, and what makes it. */
interface Cause {
  variant: string;
  /** What the responder is told of it in lists. */
  description: string;
  verdict: string;
  text: string;
  catalogs?: Scenario["catalogs"];
  lakehouseKey?: "own";
  happen(world: World): void;
}

const CAUSES: readonly Cause[] = [
  {
    variant: "identity-policy",
    description: "The role of Dagster's tasks lost its permissions on the tables' objects.",
    verdict: "s3-identity-policy",
    text: "No identity policy of the role dagster-task allows s3:GetObject and s3:PutObject on the tables any more: PutRolePolicy narrowed the statement ReadWriteLakehouse to staging/.",
    happen: narrowIdentityPolicy,
  },
  {
    variant: "bucket-policy",
    description: "The bucket policy denies Dagster explicitly.",
    verdict: "s3-bucket-policy-deny",
    text: "The bucket policy's statement DenyUnapprovedPrincipals denies the role dagster-task explicitly, since somebody's PutBucketPolicy.",
    happen: denyInBucketPolicy,
  },
  {
    variant: "encryption-header",
    description: "Dagster reads, but its writes are refused: they no longer ask for KMS.",
    verdict: "s3-encryption-header",
    text: "Uploads lack x-amz-server-side-encryption: aws:kms, and the bucket policy's statement DenyUnencryptedPuts refuses them; the daemon's last revision lost the variable FSSPEC_S3.",
    happen: dropEncryptionHeader,
  },
  {
    variant: "lake-formation",
    description: "Dagster's role lost its Lake Formation permissions on the tables.",
    verdict: "lake-formation-permissions",
    text: "Lake Formation grants the role dagster-task nothing on the database's tables any more, since a RevokePermissions of an access review.",
    catalogs: ["glue"],
    happen: revokeLakeFormation,
  },
  {
    variant: "vpc-endpoint",
    description: "The S3 gateway endpoint of Dagster's subnets does not let it through to the bucket.",
    verdict: "s3-vpc-endpoint-policy",
    text: "The policy of the S3 gateway endpoint on the route of Dagster's subnets allows other buckets only, since a ModifyVpcEndpoint.",
    happen: narrowEndpointPolicy,
  },
  {
    variant: "kms-key-policy",
    description: "The policy of the lakehouse's KMS key does not let Dagster use it.",
    verdict: "s3-kms-key-policy",
    text: "No statement of the KMS key's policy allows the role dagster-task kms:Decrypt and kms:GenerateDataKey any more, nor gives the account's own policies a say: PutKeyPolicy dropped the statement for the account.",
    lakehouseKey: "own",
    happen: narrowKeyPolicy,
  },
  {
    variant: "kms-key-disabled",
    description: "The lakehouse's KMS key is disabled: nobody reads or writes its objects.",
    verdict: "s3-kms-key-unusable",
    text: "The KMS key of the lakehouse's objects is disabled, since somebody's DisableKey.",
    lakehouseKey: "own",
    happen: disableKey,
  },
];

function scenarioOf({ variant, description, verdict, text, catalogs, lakehouseKey, happen }: Cause): Scenario {
  return {
    id: `s3-access-denied:${variant}`,
    title: "Access denied to the lakehouse",
    description: `Dagster's runs fail with AccessDenied. ${description}`,
    catalogs: catalogs ?? ["nessie", "glue"],
    ...(lakehouseKey ? { lakehouseKey } : {}),
    diagnosis: { verdict, text },
    contained: stoppedOr("its runs succeed again.", runsSucceed),
    resolved: runsSucceedAgain,
    arrange: (world) => {
      quiet.arrange(world);
      const random = world.random("scenario/s3-access-denied");
      world.kernel.at(world.epochMs - random.between(22, 28) * MINUTE_MS, () => happen(world));
    },
  };
}

/** Dagster is refused by S3, for one of seven reasons. */
export const s3AccessDenied: readonly Scenario[] = CAUSES.map(scenarioOf);
