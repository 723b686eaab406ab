import { banners } from "../../src/cockpit/banners.ts";
import type { CockpitState } from "../../src/state/store.ts";

/** The banners' texts, a line each. */
export const bannersOf = (state: CockpitState): string =>
  banners(state)
    .map(({ text }) => text)
    .join("\n");
