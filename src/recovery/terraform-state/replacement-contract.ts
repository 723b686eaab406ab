import type { JsonObject } from "../../base/json.ts";
import type { StateAccess, StatePlace } from "./place.ts";

/** The current object as a plan names it. Both empty: there is none, or a delete marker is on top. */
export interface CurrentObject {
  versionId: string;
  etag: string;
}

/** What is done under the lock. Plain JSON: it is part of a plan, and holds nothing of a state's content but hashes. */
export type Change =
  | {
      kind: "write";
      versionId: string;
      /** Of that version as it was inspected. */
      sha256: string;
      /** Written in the place of its own; null: the bytes as they are (an undo of something that has no serial). */
      serial: number | null;
      /** Checked again in the copy that is sent; null: not asked for (an undo). */
      lineage: string | null;
    }
  /** The undo of what a deletion had left: the delete marker comes back, and the digest that stood beside it. */
  | { kind: "delete"; digest: string | null }
  /** Nothing is written: the digest is set to the MD5 of the object that is there, and the lock given back. */
  | { kind: "keep"; md5: string };

/** How the state is changed, as a plan says it. */
export interface ReplaceRequest {
  place: StatePlace;
  usesTable: boolean;
  usesFile: boolean;
  /** Our own lock. One with this id that is there already, because a run was cut off, is taken over. */
  lock: { id: string; who: string; info: string };
  current: CurrentObject;
  change: Change;
}

/** How far it came. Each stage is a checkpoint of the record; `writing` is made before the object is sent. */
export type Stage = "nothing" | "locked" | "writing" | "written" | "digest" | "released";

/** What came of it, for the record and for the undo. */
export interface ReplaceOutput {
  stage: Stage;
  current: CurrentObject;
  lockId: string;
  /** Of the object that was written, or is there; empty where there is none. */
  md5: string;
  serial: number | null;
}

export interface ReplaceContext extends StateAccess {
  /** Domain ms. */
  now(): number;
  /** A fresh identity check. Rejects when the credentials belong to somebody else than the plan was confirmed as. */
  checkCaller(): Promise<void>;
  /** Durable once it resolves. */
  checkpoint(stage: Stage, detail: JsonObject): Promise<void>;
  progress(detail: string): void;
  /** The incident's folder for copies of the state (0700). */
  folder: string;
}

/** The name of a version's copy: the id is the object's, and S3's ids are words of letters, digits, `.`, `_` and `-`. */
export const copyName = (versionId: string): string => `${versionId.replace(/[^A-Za-z0-9._-]/g, "-")}.tfstate`;

export const NO_OBJECT: CurrentObject = { versionId: "", etag: "" };
