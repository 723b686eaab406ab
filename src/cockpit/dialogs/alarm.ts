import { alarmItemRows } from "../../panes/alarm-detail.ts";
import { explainedAlarms } from "../../panes/alarms.ts";
import { seg } from "../../panes/line.ts";
import type { Dialog } from "./dialog.ts";
import { textDialog } from "./text.ts";

/** One alarm as it stands: drawn anew while it is open. @param id as the alarms pane names its items. */
export function alarmDialog(id: string): Dialog {
  return textDialog({
    kind: "alarm",
    title: "Alarm",
    rows: (context) =>
      alarmItemRows(id, explainedAlarms(context.state), context.state.lakehouse, context) ?? [
        [seg("This alarm is not there any more.", "warn")],
      ],
  });
}
