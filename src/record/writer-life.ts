import type { DatabaseSync } from "node:sqlite";
import type { WriterIdentity } from "./protocol.ts";

/** Machine ms after its last heartbeat at which a writer counts as gone and its lease is free. */
export const LEASE_MS = 6_000;

/**
 * Machine ms without a heartbeat after which a process with the writer's id is taken for another one: ids are used again, soonest where a
 * container restarts on the same boot. A cockpit that was stopped with Ctrl-Z for so long counts as gone too.
 */
export const SILENT_MS = 15 * 60_000;

interface Here {
  host: string;
  bootId: string;
  /** Wall time of this machine, ms since the epoch. */
  wallMs: number;
  isProcessAlive?: (pid: number) => boolean;
}

/** A writer as the table `writer` last saw it. `heartbeatWallMs`: ms since the epoch, by the writer's machine. */
export interface WriterSighting extends Omit<WriterIdentity, "writerId"> {
  heartbeatWallMs: number;
}

/**
 * Whether a writer is still there. On this host and boot its process id decides (also while it waits for the disk or is suspended, for
 * some time); elsewhere a heartbeat younger than the lease does. `wallMs`: ms since the epoch.
 */
export function isWriterAlive(writer: WriterSighting, here: Here): boolean {
  const silentMs = here.wallMs - writer.heartbeatWallMs;
  if (writer.host === here.host && writer.bootId === here.bootId) {
    return silentMs < SILENT_MS && (here.isProcessAlive ?? processExists)(writer.pid);
  }
  return silentMs < LEASE_MS;
}

/** Whether a process with this id exists, also when it belongs to another user. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The ids of the writers in the table `writer` that still live. Blocks: worker only. */
export function aliveWriters(database: DatabaseSync, here: Here): string[] {
  const alive: string[] = [];
  for (const row of database.prepare("SELECT * FROM writer").all()) {
    const sighting = {
      bootId: String(row.boot_id),
      host: String(row.host),
      pid: Number(row.pid),
      heartbeatWallMs: Number(row.heartbeat_wall_ms),
    };
    if (isWriterAlive(sighting, here)) alive.push(String(row.writer_id));
  }
  return alive;
}
