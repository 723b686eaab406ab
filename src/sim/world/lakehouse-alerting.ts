import { defaultTags } from "./names.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;

/** The topic of the alarms: one subscription that works, and one whose addressee has a day left to confirm it. */
export function addAlertTopic(world: World, createdAtMs: number): void {
  const { sns, names } = world;
  const topic = sns.add(names.alertTopic, defaultTags(names));
  const confirmed = sns.subscribe(topic, "email", "data-oncall@example.com", createdAtMs);
  sns.confirm(topic, confirmed.token);
  sns.subscribe(topic, "email", "platform-oncall@example.com", world.epochMs - DAY_MS);
}

/** The load balancer's certificate, which ACM renews by itself. */
export function addCertificate(world: World, balancerArn: string, createdAtMs: number): string {
  const { acm, names } = world;
  const domains = [`nessie.${names.prefix}.example.com`];
  return acm.addIssued(
    { domains, type: "AMAZON_ISSUED", inUseBy: [balancerArn], tags: defaultTags(names) },
    createdAtMs,
  ).arn;
}
