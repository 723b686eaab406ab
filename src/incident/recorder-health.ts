import type { Recorder, RecorderHealth } from "../record/contract.ts";
import type { CockpitStore } from "../state/store.ts";

/** Keeps the recorder's health on the screen, and ends the override with what it was for. Returns how to stop. */
export function showHealth(recorder: Recorder, store: CockpitStore): () => void {
  const show = (health: RecorderHealth) => {
    // The responder's word was for this outage of the record, not for the next one.
    if (health.status === "ok" && recorder.allowUnsaved) recorder.allowUnsaved = false;
    store.setState({
      recorder: {
        status: health.status,
        pending: health.pending,
        ...("reason" in health ? { reason: health.reason } : {}),
        ...(recorder.allowUnsaved ? { allowsUnsaved: true } : {}),
      },
    });
  };
  show(recorder.health());
  return recorder.onHealth(show);
}
