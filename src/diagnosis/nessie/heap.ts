import type { TaskDefinition } from "../sources/ecs.ts";

/** Variables that the start script of Nessie's image hands to the JVM (Red Hat UBI OpenJDK image, which Nessie's is built on). */
export const HEAP_VARIABLES = ["JAVA_OPTS_APPEND", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JAVA_MAX_MEM_RATIO"];

export interface Heap {
  /** Greatest size of the heap, MB. */
  heapMb: number;
  memoryMb: number;
  /** "JAVA_OPTS_APPEND has -XX:MaxRAMPercentage=25" */
  because: string;
}

/** Share of the container that the image gives to the heap unless it is told otherwise, percent (JAVA_MAX_MEM_RATIO's default). */
const IMAGE_PERCENT = 80;

/** The greatest heap of a revision's container; undefined where its memory is not known. Shows options of the JVM, no other value. */
export function heapOf(definition: TaskDefinition, containerName: string | undefined): Heap | undefined {
  const container = definition.containers.find(({ name }) => name === containerName) ?? definition.containers[0];
  const memoryMb = container?.memoryMb ?? definition.memoryMb;
  if (!container || memoryMb === undefined) return undefined;
  for (const variable of HEAP_VARIABLES) {
    const value = container.environment[variable] ?? "";
    const [fixed, size, unit = ""] = /-Xmx(\d+)([kKmMgG]?)/.exec(value) ?? [];
    if (size !== undefined) {
      const bytes = Number(size) * ({ g: 2 ** 30, m: 2 ** 20, k: 2 ** 10 }[unit.toLowerCase()] ?? 1);
      return { heapMb: bytes / 2 ** 20, memoryMb, because: `${variable} has ${fixed}` };
    }
    const [option, share] = /-XX:MaxRAMPercentage=([\d.]+)/.exec(value) ?? [];
    if (share !== undefined) {
      return { heapMb: (memoryMb * Number(share)) / 100, memoryMb, because: `${variable} has ${option}` };
    }
    if (variable === "JAVA_MAX_MEM_RATIO" && /^\d+$/.test(value)) {
      return { heapMb: (memoryMb * Number(value)) / 100, memoryMb, because: `${variable} is ${value}` };
    }
  }
  const heapMb = (memoryMb * IMAGE_PERCENT) / 100;
  return { heapMb, memoryMb, because: `No option of the JVM limits the heap, so the image's ${IMAGE_PERCENT} % count` };
}
