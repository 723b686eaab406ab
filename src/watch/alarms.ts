import { type FailureDetail, failureDetail } from "../base/failure.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import {
  alarmView,
  type CompositeAlarm,
  type MetricAlarm,
  stateKey,
  type Transition,
  transitions,
} from "./alarm-view.ts";
import { allPages, moment, polling, type WatchContext } from "./context.ts";
import type { Thresholds } from "./thresholds.ts";

/** Largest page of DescribeAlarms and of DescribeAlarmHistory (Amazon CloudWatch API reference). */
const ALARMS_PER_PAGE = 100;
/** Transitions asked for: a cockpit shows a handful, and a flapping alarm has hundreds. */
const HISTORY_ITEMS = 50;
/** Machine ms until a history that could not be read is asked for again. */
const HISTORY_RETRY_MS = 60_000;

interface KnownHistory {
  key: string;
  items: Transition[];
}

/** The deployment's alarms with their state transitions. States are published at once; histories follow. */
export class AlarmsSource {
  readonly #context: WatchContext;
  readonly #thresholds: Thresholds;
  readonly #histories = new Map<string, KnownHistory>();
  #historyFailure: { detail: FailureDetail; retryAtMonotonicMs: number } | undefined;

  constructor(context: WatchContext, thresholds: Thresholds) {
    this.#context = context;
    this.#thresholds = thresholds;
  }

  /** Says why there is nothing to watch, and returns false, when no alarms are configured. */
  begin(): boolean {
    if (this.#context.deployment.alarmPrefixes.length > 0) return true;
    setSourceAbsent(this.#context.store, "alarms", "No alarm name prefixes are configured for this lakehouse.");
    return false;
  }

  async poll(signal: AbortSignal): Promise<void> {
    const { clock, store } = this.#context;
    const alarms = await this.#readAlarms(signal);
    const receivedAt = moment(clock);
    const publish = () => {
      if (signal.aborted) return;
      const views = alarms.map((alarm) => alarmView(alarm, this.#historyOf(alarm)));
      setSourceValue(store, "alarms", views, receivedAt, this.#historyFailure ? [this.#historyFailure.detail] : []);
    };
    publish();
    const changed = alarms.filter((alarm) => this.#histories.get(alarm.AlarmArn ?? "")?.key !== stateKey(alarm));
    if (changed.length === 0) return;
    if (this.#historyFailure && clock.monotonic() < this.#historyFailure.retryAtMonotonicMs) return;
    await this.#readHistories(changed, signal);
    publish();
  }

  failed(error: unknown): void {
    setSourceFailure(this.#context.store, "alarms", failureDetail(error, "read the alarms"));
  }

  /** The transitions that were read last; after a change of state the old ones until the new one is read. */
  #historyOf(alarm: MetricAlarm | CompositeAlarm): Transition[] {
    return this.#histories.get(alarm.AlarmArn ?? "")?.items ?? [];
  }

  async #readAlarms(signal: AbortSignal): Promise<(MetricAlarm | CompositeAlarm)[]> {
    const { aws, deployment } = this.#context;
    const found = await Promise.all(
      deployment.alarmPrefixes.map((AlarmNamePrefix) =>
        allPages(async (NextToken) => {
          const { output } = await aws.call(
            "cloudwatch",
            "DescribeAlarms",
            { AlarmNamePrefix, AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: ALARMS_PER_PAGE, NextToken },
            polling(signal),
          );
          const metric: (MetricAlarm | CompositeAlarm)[] = output.MetricAlarms ?? [];
          return { items: [...metric, ...(output.CompositeAlarms ?? [])], next: output.NextToken };
        }),
      ),
    );
    // Prefixes may overlap.
    const alarms = [...new Map(found.flat().map((alarm) => [alarm.AlarmArn ?? "", alarm])).values()];
    this.#thresholds.learn(alarms);
    return alarms;
  }

  async #readHistories(alarms: (MetricAlarm | CompositeAlarm)[], signal: AbortSignal): Promise<void> {
    const { aws, clock } = this.#context;
    const read = async (alarm: MetricAlarm | CompositeAlarm) => {
      const { output } = await aws.call(
        "cloudwatch",
        "DescribeAlarmHistory",
        {
          AlarmName: alarm.AlarmName,
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
          HistoryItemType: "StateUpdate",
          ScanBy: "TimestampDescending",
          MaxRecords: HISTORY_ITEMS,
        },
        polling(signal),
      );
      const items = transitions(output.AlarmHistoryItems ?? []);
      this.#histories.set(alarm.AlarmArn ?? "", { key: stateKey(alarm), items });
    };
    const answers = await Promise.allSettled(alarms.map(read));
    const failed = answers.find((answer) => answer.status === "rejected");
    this.#historyFailure = failed && {
      detail: failureDetail(failed.reason, "read the alarms' history"),
      retryAtMonotonicMs: clock.monotonic() + HISTORY_RETRY_MS,
    };
  }
}
