import type { CatalogType } from "./world/names.ts";
import type { World } from "./world/world.ts";

/** Something that a responder wants to reach: in words, and as a question to the world. */
export interface Condition {
  text: string;
  /** Whether it holds now. Reads only: asking changes nothing and draws no random number. */
  holds(world: World): boolean;
}

/** One incident (or none) in a world that is otherwise the template's. */
export interface Scenario {
  /** `nessie-oom`; a family of scenarios has ids such as `s3-access-denied:bucket-policy`. */
  id: string;
  title: string;
  /** For `mayday demo --list`: what is wrong and what the responder sees. */
  description: string;
  /** Catalogs with which it can happen. */
  catalogs: readonly CatalogType[];
  /** Whose KMS key encrypts the lakehouse's objects; default: the account's for S3, as in the template. */
  lakehouseKey?: "aws" | "own";
  diagnosis: {
    /** The right verdict's id, such as `container-memory-limit`; docs/simulator.md lists them. */
    verdict: string;
    /** What a correct diagnosis says. */
    text: string;
  };
  contained: Condition;
  resolved: Condition;
  /** Puts the start state in place and schedules what happens over time. Virtual time stands an hour before the scenario's start. */
  arrange(world: World): void;
}
