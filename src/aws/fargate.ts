/** A size of a Fargate task: CPU units (1024 are one vCPU) and memory in MB. */
export interface FargateSize {
  cpu: number;
  memoryMb: number;
}

/**
 * Memory that Fargate offers for each CPU size: from, to and in steps of, MB (Amazon ECS developer guide, "Task CPU and memory" of
 * Fargate task definitions).
 */
const SIZES: readonly { cpu: number; fromMb: number; toMb: number; stepMb: number }[] = [
  { cpu: 256, fromMb: 512, toMb: 2048, stepMb: 0 },
  { cpu: 512, fromMb: 1024, toMb: 4096, stepMb: 1024 },
  { cpu: 1024, fromMb: 2048, toMb: 8192, stepMb: 1024 },
  { cpu: 2048, fromMb: 4096, toMb: 16_384, stepMb: 1024 },
  { cpu: 4096, fromMb: 8192, toMb: 30_720, stepMb: 1024 },
  { cpu: 8192, fromMb: 16_384, toMb: 61_440, stepMb: 4096 },
  { cpu: 16_384, fromMb: 32_768, toMb: 122_880, stepMb: 8192 },
];

/** With a quarter of a vCPU there are three sizes, which double. */
const SMALLEST_MB = [512, 1024, 2048];

/** All CPU sizes, units. */
export const FARGATE_CPUS: readonly number[] = SIZES.map(({ cpu }) => cpu);

/** The memory sizes of a CPU size, MB, smallest first; empty for a size that Fargate does not have. */
export function fargateMemories(cpu: number): number[] {
  const size = SIZES.find((candidate) => candidate.cpu === cpu);
  if (!size) return [];
  if (size.stepMb === 0) return SMALLEST_MB;
  const count = (size.toMb - size.fromMb) / size.stepMb + 1;
  return Array.from({ length: count }, (_none, i) => size.fromMb + i * size.stepMb);
}

/** Whether Fargate has tasks of this size. */
export function isFargateSize({ cpu, memoryMb }: FargateSize): boolean {
  return fargateMemories(cpu).includes(memoryMb);
}

/** The smallest size with at least this CPU and memory; undefined where Fargate has none. */
export function fargateSizeFor(least: FargateSize): FargateSize | undefined {
  for (const cpu of FARGATE_CPUS) {
    if (cpu < least.cpu) continue;
    const memoryMb = fargateMemories(cpu).find((candidate) => candidate >= least.memoryMb);
    if (memoryMb !== undefined) return { cpu, memoryMb };
  }
  return undefined;
}

/** The next size with twice the memory at least; what is added by a gigabyte is gone before the hour is over. */
export function moreMemory({ cpu, memoryMb }: FargateSize): FargateSize | undefined {
  return fargateSizeFor({ cpu, memoryMb: memoryMb * 2 });
}

/** The next size with twice the CPU, and no less memory. */
export function moreCpu({ cpu, memoryMb }: FargateSize): FargateSize | undefined {
  return fargateSizeFor({ cpu: cpu * 2, memoryMb });
}
