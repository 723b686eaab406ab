import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

// One per process, for machines that do not tell their boot id.
const fallbackBootId = randomUUID();

/** This boot of this machine: the kernel's boot id (Linux, random(4)), elsewhere a random id per process. */
export function machineBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error) return fallbackBootId;
    throw error;
  }
}

export function hostName(): string {
  return hostname();
}
