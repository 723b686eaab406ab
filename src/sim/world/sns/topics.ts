import { AwsError } from "../../wire/aws-error.ts";
import type { Kernel } from "../kernel.ts";
import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";

/** An unconfirmed subscription, and its token, live two days (SNS API reference, ConfirmSubscription). */
const CONFIRMATION_MS = 2 * 86_400_000;
/** Largest message in bytes, longest subject in characters (SNS API reference, Publish). */
const LIMITS = { message: 262_144, subject: 100 };

const PROTOCOLS = ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"];
/** Protocols whose endpoint in the same account needs no confirmation. */
const UNCONFIRMED = new Set(["sms", "sqs", "application", "lambda", "firehose"]);

export interface Subscription {
  arn: string;
  topicArn: string;
  protocol: string;
  endpoint: string;
  /** Set until it is confirmed. */
  token: string | undefined;
  requestedAtMs: number;
}

export interface SnsMessage {
  id: string;
  topicArn: string;
  subject: string | undefined;
  message: string;
  /** Endpoints of the confirmed subscriptions, which got it. */
  deliveredTo: string[];
  atMs: number;
}

export interface Topic {
  arn: string;
  name: string;
  tags: Record<string, string>;
  subscriptions: Subscription[];
}

const invalid = (what: string) => new AwsError("InvalidParameterException", `Invalid parameter: ${what}`);

/** SNS topics of one account and region. */
export class Topics {
  readonly byArn = new Map<string, Topic>();
  /** Everything that was published, oldest first. */
  readonly messages: SnsMessage[] = [];
  readonly #kernel: Kernel;
  readonly #place: Place;
  readonly #random: RandomStream;

  constructor(kernel: Kernel, place: Place, random: RandomStream) {
    this.#kernel = kernel;
    this.#place = place;
    this.#random = random;
  }

  add(name: string, tags: Record<string, string>): Topic {
    const topic: Topic = { arn: arn(this.#place, "sns", name), name, tags, subscriptions: [] };
    this.byArn.set(topic.arn, topic);
    return topic;
  }

  /** @throws AwsError NotFoundException. */
  topic(topicArn: string | undefined): Topic {
    const topic = this.byArn.get(topicArn ?? "");
    if (!topic) throw new AwsError("NotFoundException", "Topic does not exist");
    return topic;
  }

  /** A subscription of any topic. @throws AwsError NotFoundException. */
  subscription(subscriptionArn: string | undefined): Subscription {
    const found = this.subscriptions().find((candidate) => candidate.arn === subscriptionArn);
    if (!found) throw new AwsError("NotFoundException", "Subscription does not exist");
    return found;
  }

  subscriptions(): Subscription[] {
    return [...this.byArn.values()].flatMap((topic) => topic.subscriptions);
  }

  /** Subscribes an endpoint, or finds its subscription; a pending one is asked again for two days. @throws AwsError InvalidParameter. */
  subscribe(topic: Topic, protocol: string, endpoint: string, requestedAtMs = this.#kernel.nowMs): Subscription {
    if (!PROTOCOLS.includes(protocol)) throw invalid(`Invalid protocol type: ${protocol}`);
    if (protocol.startsWith("email") && !/^[^@\s]+@[^@\s]+$/.test(endpoint)) throw invalid("Email address");
    if (/^https?$/.test(protocol) && !endpoint.startsWith(`${protocol}://`))
      throw invalid("Endpoint must match the specified protocol");
    let subscription = topic.subscriptions.find(
      (candidate) => candidate.protocol === protocol && candidate.endpoint === endpoint,
    );
    if (subscription && subscription.token === undefined) return subscription;
    if (!subscription) {
      subscription = {
        arn: `${topic.arn}:${randomUuid(this.#random)}`,
        topicArn: topic.arn,
        protocol,
        endpoint,
        token: undefined,
        requestedAtMs,
      };
      topic.subscriptions.push(subscription);
    }
    subscription.requestedAtMs = requestedAtMs;
    if (!UNCONFIRMED.has(protocol)) this.#awaitConfirmation(topic, subscription);
    return subscription;
  }

  /** What the addressee does with the token of the message to them. @throws AwsError InvalidParameter for an unknown or expired token. */
  confirm(topic: Topic, token: string | undefined): Subscription {
    const found = topic.subscriptions.find((candidate) => candidate.token !== undefined && candidate.token === token);
    if (!found) throw invalid("Token");
    found.token = undefined;
    return found;
  }

  /** One that is still pending cannot be deleted (SNS developer guide, Deleting a subscription). @throws AwsError InvalidParameter. */
  unsubscribe(subscriptionArn: string | undefined): void {
    const pending = this.subscriptions().some(({ arn: own, token }) => own === subscriptionArn && token !== undefined);
    if (pending)
      throw invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation");
    for (const topic of this.byArn.values())
      topic.subscriptions = topic.subscriptions.filter((candidate) => candidate.arn !== subscriptionArn);
  }

  /** @throws AwsError InvalidParameter. */
  publish(topic: Topic, message: string, subject: string | undefined): SnsMessage {
    if (message === "") throw invalid("Empty message");
    if (Buffer.byteLength(message) > LIMITS.message) throw invalid("Message too long");
    if (subject !== undefined && !new RegExp(`^[\\x20-\\x7e]{1,${LIMITS.subject}}$`).test(subject))
      throw invalid("Subject");
    const confirmed = topic.subscriptions.filter((subscription) => subscription.token === undefined);
    const sent = {
      id: randomUuid(this.#random),
      topicArn: topic.arn,
      subject,
      message,
      deliveredTo: confirmed.map(({ endpoint }) => endpoint),
      atMs: this.#kernel.nowMs,
    };
    this.messages.push(sent);
    return sent;
  }

  #awaitConfirmation(topic: Topic, subscription: Subscription): void {
    const token = this.#random.hex(64);
    subscription.token = token;
    this.#kernel.at(subscription.requestedAtMs + CONFIRMATION_MS, () => {
      if (subscription.token === token)
        topic.subscriptions = topic.subscriptions.filter((other) => other !== subscription);
    });
  }
}
