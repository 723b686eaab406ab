import { Failure } from "../../base/failure.ts";
import { sanitizeLine } from "../../base/text.ts";
import type { PrepareContext } from "../contract.ts";

/** A subscription of a topic. Text is sanitised. */
export interface SubscriptionFacts {
  protocol: string;
  endpoint: string;
  /** False: its addressee has not confirmed it, and gets nothing. */
  isConfirmed: boolean;
}

/** The topic that is meant: the one that is given, the configured one, or the one that the alarms send to. */
export async function topicArn(context: PrepareContext, given: string): Promise<string> {
  const { deployment } = context;
  const known = given || deployment.alertTopic;
  if (known) return known;
  const topics = new Set((await readAlarmActions(context)).flatMap(({ topics: sent }) => sent));
  const [only, ...others] = topics;
  if (only && others.length === 0) return only;
  throw new Failure({
    kind: "not-found",
    what: "the alert topic",
    why: only ? `the alarms send to several topics: ${[...topics].join(", ")}` : "no alarm sends to a topic",
    next: "Name one: --parameter topic=ARN, or alertTopic in mayday.yaml.",
  });
}

/** All subscriptions of the topic. @throws Failure of the call. */
export async function readSubscriptions({ aws, signal }: PrepareContext, topic: string): Promise<SubscriptionFacts[]> {
  const found: SubscriptionFacts[] = [];
  let token: string | undefined;
  do {
    const { output } = await aws.call(
      "sns",
      "ListSubscriptionsByTopic",
      { TopicArn: topic, ...(token ? { NextToken: token } : {}) },
      { purpose: "action", ...(signal ? { signal } : {}) },
    );
    for (const { Protocol, Endpoint, SubscriptionArn } of output.Subscriptions ?? []) {
      found.push({
        protocol: sanitizeLine(Protocol ?? ""),
        endpoint: sanitizeLine(Endpoint ?? ""),
        isConfirmed: SubscriptionArn !== "PendingConfirmation",
      });
    }
    token = output.NextToken;
  } while (token);
  return found;
}

/** What an alarm does when it goes into ALARM. */
export interface AlarmActions {
  alarm: string;
  isEnabled: boolean;
  /** ARNs of the SNS topics that it sends to. */
  topics: string[];
  others: number;
}

/** The actions of the deployment's alarms. @throws Failure of the call. */
export async function readAlarmActions({ aws, deployment, signal }: PrepareContext): Promise<AlarmActions[]> {
  const found: AlarmActions[] = [];
  for (const AlarmNamePrefix of deployment.alarmPrefixes) {
    let token: string | undefined;
    do {
      const { output } = await aws.call(
        "cloudwatch",
        "DescribeAlarms",
        { AlarmNamePrefix, ...(token ? { NextToken: token } : {}) },
        { purpose: "action", ...(signal ? { signal } : {}) },
      );
      for (const { AlarmName, ActionsEnabled, AlarmActions: actions = [] } of output.MetricAlarms ?? []) {
        const topics = actions.filter((arn) => /^arn:[^:]*:sns:/.test(arn));
        const alarm = sanitizeLine(AlarmName ?? "");
        found.push({ alarm, isEnabled: ActionsEnabled !== false, topics, others: actions.length - topics.length });
      }
      token = output.NextToken;
    } while (token);
  }
  return found;
}
