import type { AlarmView } from "../../state/views.ts";
import { alarmView } from "../../watch/alarm-view.ts";
import type { FactReader } from "./reader.ts";

export const operations = ["cloudwatch:DescribeAlarms"];

/** The deployment's alarms, without their history. */
export async function readAlarms(reader: FactReader): Promise<AlarmView[]> {
  const found = await Promise.all(
    reader.context.deployment.alarmPrefixes.map(async (AlarmNamePrefix) => {
      const views: AlarmView[] = [];
      let NextToken: string | undefined;
      do {
        const output = await reader.call("cloudwatch", "DescribeAlarms", {
          AlarmNamePrefix,
          AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
          ...(NextToken ? { NextToken } : {}),
        });
        views.push(
          ...[...(output.MetricAlarms ?? []), ...(output.CompositeAlarms ?? [])].map((one) => alarmView(one, [])),
        );
        NextToken = output.NextToken;
      } while (NextToken);
      return views;
    }),
  );
  // Prefixes may overlap.
  return [...new Map(found.flat().map((alarm) => [alarm.arn, alarm])).values()];
}
