// A process that appends to the incident in argv[2]: prints the position of every entry once it is acknowledged.
// argv[3]: how many entries, 0 for without end. argv[4]: a mark that is in every payload. argv[5]: `session` to start one first,
// `saved` to close only when everything is saved: closing itself waits for a disk that failed only for some time.
import { systemClock } from "../../src/base/clock.ts";
import { openRecorder } from "../../src/record/recorder.ts";

const [, , folder = "", count = "0", mark = "", option = ""] = process.argv;
const actor = () => ({ osUser: "kim", host: "bastion", tty: "", callerArn: "" });
const clock = systemClock();
const recorder = await openRecorder({ folder, incidentId: "test", clock, actor });
recorder.onHealth((health) => process.stdout.write(`health ${health.status}\n`));
if (option === "session") {
  await recorder.append({
    kind: "session.started",
    payload: { host: "bastion", tty: "", pid: process.pid, reason: "start" },
  });
}
for (let index = 0; Number(count) === 0 || index < Number(count); index++) {
  const entry = await recorder.append({ kind: "incident.note", payload: { text: `${mark} ${index}` } });
  process.stdout.write(`${entry.seq} ${entry.id}\n`);
}
while (option === "saved" && (recorder.health().status !== "ok" || recorder.health().pending > 0))
  await clock.sleep(10);
await recorder.close();
