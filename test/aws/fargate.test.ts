import { describe, expect, test } from "vitest";
import {
  FARGATE_CPUS,
  fargateMemories,
  fargateSizeFor,
  isFargateSize,
  moreCpu,
  moreMemory,
} from "../../src/aws/fargate.ts";

describe("sizes of Fargate tasks", () => {
  // Amazon ECS developer guide, Fargate task definitions, "Task CPU and memory".
  test.each([
    [256, [512, 1024, 2048]],
    [512, [1024, 2048, 3072, 4096]],
    [1024, [2048, 3072, 4096, 5120, 6144, 7168, 8192]],
  ])("%i CPU units", (cpu, expected) => {
    expect(fargateMemories(cpu)).toEqual(expected);
  });

  test.each([
    [2048, 4096, 16_384, 13],
    [4096, 8192, 30_720, 23],
    [8192, 16_384, 61_440, 12],
    [16_384, 32_768, 122_880, 12],
  ])("%i CPU units: %i to %i MB", (cpu, from, to, count) => {
    const sizes = fargateMemories(cpu);
    expect([sizes[0], sizes.at(-1), sizes.length]).toEqual([from, to, count]);
  });

  test("no others", () => {
    expect(fargateMemories(300)).toEqual([]);
    expect(isFargateSize({ cpu: 1024, memoryMb: 1024 })).toBe(false);
    expect(isFargateSize({ cpu: Number.NaN, memoryMb: 2048 })).toBe(false);
  });

  test("twice the memory, with more CPU where the size ends", () => {
    expect(moreMemory({ cpu: 1024, memoryMb: 2048 })).toEqual({ cpu: 1024, memoryMb: 4096 });
    expect(moreMemory({ cpu: 1024, memoryMb: 8192 })).toEqual({ cpu: 2048, memoryMb: 16_384 });
    expect(moreMemory({ cpu: 16_384, memoryMb: 122_880 })).toBeUndefined();
  });

  test("twice the CPU, with the memory that it needs beside it", () => {
    expect(moreCpu({ cpu: 1024, memoryMb: 2048 })).toEqual({ cpu: 2048, memoryMb: 4096 });
    expect(moreCpu({ cpu: 1024, memoryMb: 8192 })).toEqual({ cpu: 2048, memoryMb: 8192 });
    expect(moreCpu({ cpu: 16_384, memoryMb: 32_768 })).toBeUndefined();
  });

  test("every step is up, and to a size that exists", () => {
    for (const cpu of FARGATE_CPUS) {
      for (const memoryMb of fargateMemories(cpu)) {
        const memory = moreMemory({ cpu, memoryMb });
        const faster = moreCpu({ cpu, memoryMb });
        if (memory) expect(isFargateSize(memory) && memory.memoryMb >= 2 * memoryMb && memory.cpu >= cpu).toBe(true);
        if (faster) expect(isFargateSize(faster) && faster.cpu >= 2 * cpu && faster.memoryMb >= memoryMb).toBe(true);
        expect(fargateSizeFor({ cpu, memoryMb })).toEqual({ cpu, memoryMb });
      }
    }
  });
});
