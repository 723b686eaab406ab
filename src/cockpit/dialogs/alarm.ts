import { alarmItemRows } from "../../panes/alarm-detail.ts";
import { explainedAlarms } from "../../panes/alarms.ts";
import { seg } from "../../panes/line.ts";
import { diagnose } from "../diagnose.ts";
import type { Dialog } from "./dialog.ts";
import { textDialog } from "./text.ts";

/** The diagnosis that looks into what an alarm of this component is about. */
const DIAGNOSES = { nessie: "nessie-unreachable", dagster: "dagster-oom" } as const;

/** One alarm as it stands: drawn anew while it is open. Enter asks the diagnosis that fits it. @param id as the alarms pane names its items. */
export function alarmDialog(id: string): Dialog {
  return textDialog({
    kind: "alarm",
    title: "Alarm",
    rows: (context) =>
      alarmItemRows(id, explainedAlarms(context.state), context.state.lakehouse, context) ?? [
        [seg("This alarm is not there any more.", "warn")],
      ],
    chosen: {
      label: "diagnose",
      run(controller) {
        const { alarms, missing } = explainedAlarms(controller.incident.store.getState());
        const entry = alarms.find(({ alarm }) => alarm.arn === id)?.entry ?? missing.find((row) => row.id === id);
        diagnose(controller, entry ? DIAGNOSES[entry.component] : "everything");
      },
    },
  });
}
