import type { World } from "./world/world.ts";

/** One incident (or none) in a world that is otherwise the template's. */
export interface Scenario {
  id: string;
  title: string;
  /** For `mayday demo --list`: what is wrong and what the responder sees. */
  description: string;
  /** What a correct diagnosis says. */
  diagnosis: string;
  /** When it counts as contained. */
  contained: string;
  /** When it counts as resolved. */
  resolved: string;
  /** Puts the start state in place and schedules what happens over time. Virtual time stands an hour before the scenario's start. */
  arrange(world: World): void;
}
