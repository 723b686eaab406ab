import { chmodSync, closeSync, mkdirSync, openSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** The record's file in an incident's folder. */
export const RECORD_FILE = "record.sqlite";

// Types of file systems that other hosts may write to, or whose locks and shared memory cannot be relied on, as statfs(2)
// of the Linux manual lists them. SQLite's WAL needs shared memory (https://www.sqlite.org/wal.html, "does not work over a
// network filesystem").
const NETWORK_FILE_SYSTEMS = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x564c, "NCP"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
]);

/**
 * The kind of network file system that a statfs type (a 32-bit number, possibly sign-extended) means; undefined for a
 * local one. FUSE counts as one: sshfs and its like hide behind it.
 */
export function networkFileSystem(type: number): string | undefined {
  return NETWORK_FILE_SYSTEMS.get(type >>> 0);
}

/** The kind of network file system that the folder lies on; undefined when it is local or cannot be told. Blocks: worker only. */
export function networkFileSystemOf(folder: string): string | undefined {
  try {
    return networkFileSystem(statfsSync(folder).type);
  } catch (error) {
    // A system without statfs for this folder says nothing about it; a folder that cannot be used fails at opening.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

/**
 * Makes the incident's folder (0700) and the record's empty file (0600), whatever the umask. SQLite gives -wal, -shm and
 * -journal the permissions of the database. Returns the database's path. Throws the file system's error. Blocks: worker only.
 */
export function preparePrivateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const path = join(folder, RECORD_FILE);
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  return path;
}
