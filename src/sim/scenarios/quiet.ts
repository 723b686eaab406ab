import type { Scenario } from "../scenario.ts";

/** Nothing is wrong: the cockpit must say so. */
export const quiet: Scenario = {
  id: "quiet",
  title: "Nothing wrong",
  description: "A healthy lakehouse with ordinary traffic: two Nessie tasks, healthy targets, alarms in OK.",
  diagnosis: "Nothing is wrong.",
  contained: "Nothing to contain.",
  resolved: "From the start.",
  arrange: () => {},
};
