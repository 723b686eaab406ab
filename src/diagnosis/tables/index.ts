import type { AnyCheck } from "../check.ts";
import { alertCheck, driftCheck, originCheck, sensorCheck } from "./drift-checks.ts";

export { driftVerdicts } from "./verdicts.ts";

/** Schema drift: what differs, who did it, what the alert says, when the sensor looks again. */
export const driftChecks: readonly AnyCheck[] = [alertCheck, driftCheck, originCheck, sensorCheck];
