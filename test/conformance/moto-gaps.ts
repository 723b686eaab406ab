/** Why a case of the contract does not hold at moto's server. */
export interface MotoGap {
  /** What moto does instead of what AWS's documentation says. */
  reason: string;
  /** What the case's failure says at moto. Another failure is not this gap, and none at all means that it is closed. */
  failure: RegExp;
}

/** Operations that moto does not have are answered with an HTML page. */
const absent = (operation: string): MotoGap => ({
  reason: `moto has no ${operation}`,
  failure: /mismatched tags <html>|Unexpected token '<', "<!doctype|SyntaxError/,
});

/** moto fails inside. */
const broken = (reason: string): MotoGap => ({ ...absent(""), reason });

/** moto takes what AWS refuses. */
const accepts = (reason: string): MotoGap => ({ reason, failure: /the call succeeded/ });

/** By the title of the case. */
export const MOTO_GAPS: Record<string, MotoGap> = {
  "application auto scaling: a target goes with its policies, and a new one needs both ends of its range": {
    reason: "moto keeps the policies of a target that was deregistered",
    failure: /to deeply equal \[\]/,
  },
  "iam: ids begin with what they are ids of": {
    reason: "moto's ids of users and policies have no prefix",
    failure: /to match \/\^AIDA/,
  },
  "iam: users are listed page by page": {
    reason: "moto lists all users in one page",
    failure: /\[ 'break-glass', false \]/,
  },
  "iam policies: the policy simulator says what a principal may do, and by which policy":
    absent("SimulatePrincipalPolicy"),
  "iam policies: the policy simulator takes policies that nobody has": absent("SimulateCustomPolicy"),
  "sts: a session of less than a quarter of an hour is refused": accepts("moto's sessions may be of any length"),
  "sts: a session token is its user's": {
    reason: "moto's session tokens are all the same, and nobody's",
    failure: /user\/moto/,
  },
  "ecs: a cluster counts its services and tasks": {
    reason: "moto's counts of a cluster stand still",
    failure: /\[ \+0, \+0, 2 \]|to deeply equal \[ 1, 2, \+0 \]/,
  },
  "ecs: a service tells when it was created": {
    reason: "moto does not tell it",
    failure: /undefined to be an instance/,
  },
  "ecs: a scaled service's deployment wants as many tasks": {
    reason: "moto's deployments keep their first count",
    failure: /expected 2 to be 3/,
  },
  "ecs: revisions are listed the newest first": { reason: "moto ignores sort", failure: /\[ '1', '2' \]/ },
  "ecs: definitions are listed page by page": { reason: "moto ignores maxResults", failure: /\[ 3, 'undefined' \]/ },
  "ecs: a task that is not there is a failure": {
    reason: "moto tells no failures of tasks",
    failure: /\[ \[\], \[\] \]/,
  },
  "ecs: a service's tasks run, and one that was stopped is told when and why": {
    reason: "moto's tasks are not connected, and do not tell when they stopped",
    failure: /to match object \{ lastStatus: 'RUNNING'/,
  },
  "elastic load balancing: a target that is not registered is unused": {
    reason: "moto calls it unavailable",
    failure: /unavailable/,
  },
  "cloudwatch: alarms are found by prefix and state at once": {
    reason: "moto looks at the prefix only",
    failure: /to deeply equal \[\]/,
  },
  "cloudwatch: alarms are described page by page": {
    reason: "moto ignores MaxRecords",
    failure: /\[ 3, 'undefined' \]/,
  },
  "cloudwatch: a new alarm knows nothing yet": {
    reason: "moto's new alarms are OK",
    failure: /expected 'OK' to be 'INSUFFICIENT_DATA'/,
  },
  "cloudwatch: a set state is in the history, as text and as data": absent("DescribeAlarmHistory"),
  "cloudwatch: a metric is listed once": {
    reason: "moto lists it once for each data point",
    failure: /length of 1 but got 60/,
  },
  "application auto scaling: a scheduled action that is not there is ObjectNotFoundException": accepts(
    "moto deletes what is not there",
  ),
  "application auto scaling: what scaled is told as activities": absent("DescribeScalingActivities"),
  "cloudtrail: a change is in the event history some minutes later": absent("LookupEvents"),
  "cloudtrail: a trail that is not there has no selectors": {
    reason: "moto's status is 400, the service's model says 404",
    failure: /to deeply equal \{ Object \(name, status\) \}/,
  },
  "cloudtrail: a key that signs digests is listed for its time only": absent("ListPublicKeys"),
  "cloudtrail: more than 50 events a page are refused": absent("LookupEvents"),
  "s3 buckets: a name with capitals is refused": accepts("moto takes it"),
  "s3 buckets: every new bucket is encrypted": {
    reason: "moto's buckets are as before January 2023",
    failure: /ServerSideEncryptionConfigurationNotFoundError/,
  },
  "s3 buckets: the bucket's owner owns its objects": {
    reason: "moto's buckets are as before April 2023",
    failure: /OwnershipControlsNotFoundError/,
  },
  "s3 objects: several attributes are told at once": {
    reason: "moto does not take the blank between the names",
    failure: /undefined to be 256/,
  },
  "s3 versions: who deletes a marker is told that it was one": {
    reason: "moto does not tell it",
    failure: /undefined to be true/,
  },
  "s3 versions: a listing goes on behind a key that is not there": {
    reason: "moto leaves out the first version there",
    failure: /to deeply equal \[ \[ 'c', true \]/,
  },
  "s3 versions: a copy is conditional: only over what was read": accepts("moto takes no notice of the condition"),
  "s3 versions: of many deletions each is conditional: only of what was read": {
    reason: "moto takes no notice of the conditions",
    failure: /expected undefined to deeply equal/,
  },
  "s3 versions: a part comes too late": { reason: "moto fails inside", failure: /status: 500/ },
  "dynamodb tables: a restored table tells what it came from, and of which second it is": {
    reason: "moto copies the table as it is now, and tells the time of the call",
    failure: /RestoreDateTime|to match object/,
  },
  "dynamodb items: a projection takes members of lists, and names with dots": {
    reason: "moto takes no index after a substituted name",
    failure: /unused in expressions/,
  },
  "dynamodb reads: values of another type are neither less nor greater": broken("moto fails inside"),
  "dynamodb reads: a filter asks for the size of what some items do not have": {
    reason: "moto refuses it",
    failure: /Bad Filter Expression/,
  },
  "dynamodb reads: a batch of more than 25 writes is refused": accepts("moto takes it"),
  "glue: tables are listed page by page": { reason: "moto ignores MaxResults", failure: /to deeply equal \[ 2,/ },
  "glue: a table tells when it was updated": { reason: "moto does not tell it", failure: /expected false to be true/ },
  "glue: versions are listed the newest first": { reason: "moto lists the oldest first", failure: /\[ 1, 2, 3 \]/ },
  "lake formation: permissions on a table are granted and revoked": broken("moto fails inside at the second grant"),
  "lake formation: who may do what at a path is told": absent("GetEffectivePermissionsForPath"),
  "sns: an e-mail address has to confirm": {
    reason: "moto's subscriptions need no confirmation",
    failure: /to be 'pending confirmation'/,
  },
  "acm: a certificate that is not issued has no body yet": accepts("moto's certificates have one at once"),
  "acm: a public certificate is not renewed by request": absent("RenewCertificate"),
  "kms: a policy that is none is refused": accepts("moto does not read policies of keys"),
  "kms: a key that waits to be deleted cannot be enabled": accepts("moto enables it"),
  "tagging: a value is listed once": {
    reason: "moto lists it once for each resource",
    failure: /\[ 'lakehouse', 'lakehouse'/,
  },
};
