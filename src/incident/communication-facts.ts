import type { CommunicationFacts } from "../actions/contract.ts";
import type { Clock } from "../base/clock.ts";
import {
  type DraftInput,
  draftEscalation,
  draftOnCall,
  draftStakeholders,
  draftStatusUpdate,
} from "../communication/drafts.ts";
import { liveConditions } from "../communication/observed.ts";
import { channelOf } from "../communication/status.ts";
import type { Deployment } from "../config/deployment.ts";
import type { MessageAbout, RecordEntry } from "../record/entries.ts";
import { escalationThresholds } from "../record/escalation.ts";
import { isOpen } from "../state/escalation.ts";
import type { CockpitStore } from "../state/store.ts";
import { type Messaging, messageTargets } from "./messaging.ts";

export interface CommunicationSources {
  messaging: Messaging;
  deployment: Deployment;
  store: CockpitStore;
  clock: Clock;
  entries: readonly RecordEntry[];
}

/** What actions that tell people need to know: where to, which words, and which level waits. */
export function communicationFacts(sources: CommunicationSources): CommunicationFacts {
  const { messaging, deployment, store, clock, entries } = sources;
  const channel = channelOf(entries);
  const thresholds = escalationThresholds(entries);
  const nowMs = clock.now();
  const input = (): DraftInput => ({
    entries,
    conditions: liveConditions(store.getState(), clock.monotonic()),
    nowMs,
  });
  return {
    targets: (about, level) => messageTargets({ messaging, deployment, ...(channel ? { channel } : {}) }, about, level),
    draft: (about, threshold) =>
      draftOf(
        about,
        input(),
        thresholds.find(({ id }) => id === threshold),
        messaging,
      ),
    escalations: thresholds.map((threshold) => ({
      threshold: threshold.id,
      level: threshold.level,
      role: threshold.role,
      why: threshold.why,
      isOpen: isOpen(threshold, nowMs),
    })),
    ...(messaging.secrets.includes("SLACK_BOT_TOKEN")
      ? { slack: { token: "SLACK_BOT_TOKEN", invite: messaging.invite } }
      : {}),
    ...(channel ? { channel: channel.name } : {}),
    problems: messaging.problems,
  };
}

function draftOf(
  about: MessageAbout,
  input: DraftInput,
  threshold: ReturnType<typeof escalationThresholds>[number] | undefined,
  messaging: Messaging,
): string {
  switch (about) {
    case "on-call":
      return draftOnCall(input);
    case "status-update":
      return draftStatusUpdate(input);
    case "stakeholders":
      return draftStakeholders(input);
    case "escalation":
      return threshold
        ? draftEscalation(input, threshold, messaging.contacts[threshold.level] ?? "")
        : draftOnCall(input);
  }
}
