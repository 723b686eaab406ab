// Exports the log group of log-export-simulator.ts once: `node log-export-client.ts JSON`. Prints what it took.
import { readFileSync } from "node:fs";
import { createAwsLayer } from "../../src/aws/layer.ts";
import { systemClock } from "../../src/base/clock.ts";
import { preferLittleMemory } from "../../src/cli/memory.ts";
import { exportLogs } from "../../src/evidence/export/export-logs.ts";
import { PauseGate } from "../../src/evidence/export/pause.ts";

const { endpoint, region, fromMs, toMs, workFolder, callsPerSecond } = JSON.parse(process.argv[2] ?? "{}");
// As `mayday run` does.
preferLittleMemory();
const clock = systemClock();
const credentials = { accessKeyId: "ASIASIMULATEDRESPOND", secretAccessKey: "simulated" };
const aws = await createAwsLayer({ clock, region, endpoint, credentials, loopbackOnly: true });
const startedMs = performance.now();
let lastAnswerMs = startedMs;
aws.onCall(() => {
  lastAnswerMs = performance.now();
});
const exported = await exportLogs(
  {
    logGroup: "/bench/export",
    arn: "arn:aws:logs:us-east-1:111122223333:log-group:/bench/export",
    fromMs,
    toMs,
    callsPerSecond,
    atMostPerSecond: callsPerSecond,
  },
  { aws, clock, signal: new AbortController().signal, pause: new PauseGate(), workFolder, progress: () => undefined },
);
const index = JSON.parse(readFileSync(exported.files[1]?.path ?? "", "utf8"));
process.stdout.write(
  `${JSON.stringify({
    elapsedMs: performance.now() - startedMs,
    readMs: lastAnswerMs - startedMs,
    calls: exported.files[0]?.requestIds.length,
    events: index.events,
    sha256: index.sha256OfLines,
    peakKilobytes: process.resourceUsage().maxRSS,
  })}\n`,
);
process.exit();
