import type { CockpitState } from "../state/store.ts";

// What parts of the screen are drawn from, for shallow comparison. Log lines change `logVersion` many times a second: only
// the log pane may be drawn again for that.

/** The slices of header and tabs. */
export function headerSlices(state: CockpitState): unknown[] {
  const {
    incident,
    identity,
    services,
    containers,
    targets,
    alarms,
    metrics,
    logs,
    heldOpen,
    objectives,
    recorder,
    clock,
    communication,
  } = state;
  return [
    incident,
    identity,
    services,
    containers,
    targets,
    alarms,
    metrics,
    logs,
    heldOpen,
    objectives,
    recorder,
    clock,
    communication,
  ];
}

/** The slices of the footer. */
export function footerSlices(state: CockpitState): unknown[] {
  return [state.run, state.proposals];
}

/** The slices of dialogs. */
export function dialogSlices(state: CockpitState): unknown[] {
  const { incident, identity, alarms, commands, run, heldOpen, objectives, recorder, notices } = state;
  return [incident, identity, alarms, commands, run, heldOpen, objectives, recorder, notices];
}

/** The slices of panes whose height follows their content. */
export function measuredSlices(state: CockpitState): unknown[] {
  return [state.services, state.containers, state.targets, state.alarms, state.metrics];
}
