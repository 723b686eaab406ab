export { type ChainVerdict, verifyChain } from "./chain.ts";
export { isUnsaved } from "./draft.ts";
export { emptyIncidentView, foldIncidentView, type IncidentView, incidentView } from "./incident-view.ts";
export { incidentFolder, newIncidentId, stateDirectory } from "./place.ts";
export { listIncidents, type ReadOptions, readRecord } from "./read.ts";
export { openRecorder, type RecorderOptions } from "./recorder.ts";
export {
  foldRun,
  type InFlightStep,
  inFlight,
  openIntents,
  type RecordedRun,
  type RecordedStepRun,
  runHistory,
  type UndoableRun,
  undoLedger,
} from "./runs.ts";
export { timelineLine } from "./timeline-line.ts";
