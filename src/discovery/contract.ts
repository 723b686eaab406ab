import type { AwsCaller } from "../aws/contract.ts";
import type { Clock } from "../base/clock.ts";
import { type SettingKey, type SettingValue, settings } from "../config/settings.ts";

/** A value of a setting, and where it was found, in words. */
export interface Find<K extends SettingKey = SettingKey> {
  key: K;
  value: SettingValue<K>;
  origin: string;
}

/** What one source found. The first find of a key counts: sources put what they are surest of first. */
export class Finds {
  readonly #found = new Map<SettingKey, Find>();
  /** What was found and cannot be used, a sentence each. */
  readonly problems: string[] = [];

  /** Takes a value unless the key has one. Nothing for undefined and for empty lists; what the setting's schema refuses is a problem. */
  add<K extends SettingKey>(key: K, value: SettingValue<K> | undefined, origin: string): void {
    if (value === undefined || (Array.isArray(value) && value.length === 0) || this.#found.has(key)) return;
    const { schema, expected } = settings[key];
    const parsed = schema.safeParse(value);
    if (parsed.success) this.#found.set(key, { key, value: parsed.data, origin } as unknown as Find);
    else this.problems.push(`${key}: ${origin} gives something that is not ${expected}`);
  }

  get<K extends SettingKey>(key: K): Find<K> | undefined {
    return this.#found.get(key) as Find<K> | undefined;
  }

  value<K extends SettingKey>(key: K): SettingValue<K> | undefined {
    return this.get(key)?.value;
  }

  all(): Find[] {
    return [...this.#found.values()];
  }
}

/** What discovery may use: it only reads. */
export interface DiscoveryContext {
  aws: AwsCaller & { readonly region: string };
  clock: Clock;
  accountId: string;
  signal: AbortSignal;
}

/** Every operation that discovery uses, service:Operation. */
export const DISCOVERY_OPERATIONS: readonly string[] = [
  "sts:GetCallerIdentity",
  "s3:GetObject",
  "s3:HeadBucket",
  "resourcegroupstaggingapi:GetResources",
  "ecs:DescribeServices",
  "ecs:DescribeTaskDefinition",
  "ecs:ListServices",
  "elbv2:DescribeTargetGroups",
  "elbv2:DescribeLoadBalancers",
  "cloudtrail:DescribeTrails",
  "cloudtrail:GetEventSelectors",
  "cloudwatch:DescribeAlarms",
  "dynamodb:DescribeTable",
];
