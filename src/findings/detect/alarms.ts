import { explainAlarms } from "../../runbook/alarms.ts";
import type { AlarmView } from "../../state/views.ts";
import type { DetectContext } from "../contract.ts";
import { detector } from "./detector.ts";

const explain = (alarms: readonly AlarmView[], { deployment }: DetectContext) => explainAlarms(alarms, deployment);

/** Alarms that ask for a metric that nobody publishes. */
export const alarmNeverFires = detector({
  id: "alarm-never-fires",
  question: "whether every alarm can fire",
  facts: ["alarms"],
  detect({ alarms }, context) {
    return explain(alarms, context).alarms.flatMap(({ alarm, neverFires }) =>
      neverFires
        ? [
            {
              about: alarm.name,
              severity: "high" as const,
              title: `The alarm ${alarm.name} can never fire`,
              means: "Its OK says nothing: what it should watch can be bad for hours without a word.",
              next: "Until it asks for the metric as it is published (for throttles: an alarm a table and operation, or their sum by metric math) go by the Metrics pane, which reads them so.",
              evidence: [neverFires, `Condition: ${alarm.condition}`],
            },
          ]
        : [],
    );
  },
});

/** Rows of the runbook's table without an alarm. */
export const alarmMissing = detector({
  id: "alarm-missing",
  question: "whether the runbook's alarms are there",
  facts: ["alarms"],
  detect({ alarms }, context) {
    return explain(alarms, context).missing.map(({ id, meaning, component }) => ({
      about: id,
      severity: "medium" as const,
      title: `The runbook's alarm ${id} is not in this account`,
      means: `Nothing tells you of this: ${meaning}.`,
      next:
        component === "dagster" && context.deployment.dagster === undefined
          ? "Look at Dagster's containers yourself: no ECS service of Dagster is configured."
          : "Look at stopped tasks and their exit codes in the ECS pane, and add the alarm.",
      evidence: [
        `None of the ${alarms.length} alarms whose names begin with ${context.deployment.alarmPrefixes.join(", ")} measures it or is called so`,
      ],
    }));
  },
});

/** Alarms whose limit is another one than the runbook's. */
export const alarmThreshold = detector({
  id: "alarm-threshold",
  question: "whether the alarms fire where the runbook says",
  facts: ["alarms"],
  detect({ alarms }, context) {
    return explain(alarms, context).alarms.flatMap(({ alarm, entry, differences }) =>
      entry && differences.length > 0
        ? [
            {
              about: alarm.name,
              severity: "low" as const,
              title: `${alarm.name} is not what the runbook says of ${entry.id}`,
              means: "What the runbook calls high may go on for long before this alarm fires, or the other way round.",
              next: "Go by the alarm's own condition, which the Alarms pane shows.",
              evidence: [...differences, `Condition: ${alarm.condition}`],
            },
          ]
        : [],
    );
  },
});

/** Alarms that tell nobody. */
export const alarmSilent = detector({
  id: "alarm-silent",
  question: "whether the alarms tell somebody",
  facts: ["alarms"],
  detect({ alarms }) {
    return alarms
      .filter(({ name }) => !name.startsWith("TargetTracking-"))
      .filter(({ actionsEnabled, actionCount }) => !actionsEnabled || actionCount === 0)
      .map(({ name, actionCount }) => ({
        about: name,
        severity: "medium" as const,
        title: `The alarm ${name} notifies nobody`,
        means: "It goes into ALARM, and nobody is called.",
        next: actionCount === 0 ? "Give it the topic of alerts as its alarm action." : "Switch its actions on again.",
        evidence: [actionCount === 0 ? "AlarmActions is empty" : "ActionsEnabled is false"],
      }));
  },
});
