import type { Context } from "../../../policy/pattern.ts";

/** A permission that a call needs. */
export interface Requirement {
  /** `ecs:UpdateService` */
  action: string;
  /** The ARN that is acted on, or `*` for an action without one. */
  resource: string;
  /** Condition keys of the service itself: s3:prefix, iam:PassedToService ... */
  context?: Context;
}

/** An operation's input as a service's client sends it. */
export type Input = Record<string, unknown>;

/** The account and region that a call is made in. */
export interface CallPlace {
  accountId: string;
  region: string;
}

/** IAM's prefix of a service where it differs from the signing name (Service Authorization Reference). */
const PREFIX: Record<string, string> = { monitoring: "cloudwatch", tagging: "tag" };

/** `cloudwatch:DescribeAlarms` for monitoring's operation DescribeAlarms. */
export function actionOf(service: string, operation: string): string {
  return `${PREFIX[service] ?? service}:${operation}`;
}

/** The member when it is a text that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The texts of a member that is a list. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

/** A context of those keys that have a value. */
export function contextFrom(values: Record<string, unknown>): Context {
  const context: Context = {};
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== null) context[key] = String(value);
  }
  return context;
}
