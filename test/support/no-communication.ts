import type { CommunicationFacts } from "../../src/actions/contract.ts";

/** What an action finds where nobody can be told anything. */
export const NO_COMMUNICATION: CommunicationFacts = {
  targets: () => [],
  draft: () => "",
  escalations: [],
  problems: [],
};
