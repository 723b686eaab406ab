import type { Recorder, RecorderHealth } from "../record/contract.ts";
import type { CockpitStore } from "../state/store.ts";

/** Keeps the recorder's health on the screen. Returns how to stop. */
export function showHealth(recorder: Recorder, store: CockpitStore): () => void {
  const show = (health: RecorderHealth) =>
    store.setState({
      recorder: {
        status: health.status,
        pending: health.pending,
        ...("reason" in health ? { reason: health.reason } : {}),
      },
    });
  show(recorder.health());
  return recorder.onHealth(show);
}
