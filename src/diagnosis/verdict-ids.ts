/** Every verdict that a diagnosis can end in. The ids of docs/simulator.md's table are among them. Append; do not reorder. */
export const VERDICT_IDS = [
  "contained-by-us",
  "nothing-wrong",
  // Nessie
  "container-memory-limit",
  "jvm-heap",
  "cpu-saturated",
  "dynamodb-throttling",
  "security-group",
  "bad-deployment",
  "image-or-permission-failure",
  "scaled-to-zero",
  "certificate-expired",
  "load-balancer-without-targets",
  "crash-loop",
  // Dagster
  "dagster-memory-limit",
  "dagster-application-error",
  "dagster-stopped",
  // Tables, catalog, buckets, state, keys
  "schema-drift-intentional",
  "schema-drift-unintentional",
  "s3-identity-policy",
  "s3-bucket-policy-deny",
  "s3-encryption-header",
  "lake-formation-permissions",
  "s3-vpc-endpoint-policy",
  "objects-deleted",
  "catalog-logical-damage",
  "catalog-physical-damage",
  "terraform-state-damaged",
  "access-key-leaked",
  "s3-kms-key-unusable",
  "s3-kms-key-policy",
  "network-acl",
] as const;

export type VerdictId = (typeof VERDICT_IDS)[number];
