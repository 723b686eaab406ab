import { describe, expect, test } from "vitest";
import { heapOption, withHeapPercent } from "../../src/actions/heap-options.ts";
import { changed } from "../../src/actions/register-revision.ts";

const definition = {
  taskDefinitionArn: "arn:aws:ecs:us-east-1:1:task-definition/x:3",
  family: "x",
  revision: 3,
  status: "ACTIVE" as const,
  cpu: "1024",
  memory: "2048",
  registeredBy: "somebody",
  registeredAt: new Date(0),
  compatibilities: ["FARGATE" as const],
  requiresAttributes: [{ name: "a" }],
  networkMode: "awsvpc" as const,
  runtimePlatform: { cpuArchitecture: "ARM64" as const },
  taskRoleArn: "arn:role",
  containerDefinitions: [
    {
      name: "nessie",
      image: "i",
      memory: 1536,
      environment: [{ name: "A", value: "1" }],
      secrets: [{ name: "S", valueFrom: "arn:s" }],
    },
    { name: "sidecar", image: "s" },
  ],
};

describe("the next revision of a task definition", () => {
  test("takes everything over but what AWS adds by itself", () => {
    const next = changed(definition, {});
    expect(next).toEqual({
      family: "x",
      cpu: "1024",
      memory: "2048",
      networkMode: "awsvpc",
      runtimePlatform: { cpuArchitecture: "ARM64" },
      taskRoleArn: "arn:role",
      containerDefinitions: definition.containerDefinitions,
    });
  });

  test("with more memory gives it to a container that has a limit of its own as well", () => {
    const { memory, cpu, containerDefinitions } = changed(definition, { memoryMb: 4096 });
    expect({ memory, cpu }).toEqual({ memory: "4096", cpu: "1024" });
    expect(containerDefinitions?.map((container) => container.memory)).toEqual([3584, undefined]);
  });

  test("with another heap changes that container's variables alone", () => {
    const { containerDefinitions } = changed(definition, { heap: { container: "nessie", percent: 70 } });
    expect(containerDefinitions?.[0]?.environment).toEqual([
      { name: "A", value: "1" },
      { name: "JAVA_OPTS_APPEND", value: "-XX:MaxRAMPercentage=70" },
    ]);
    expect(containerDefinitions?.[1]).toEqual({ name: "sidecar", image: "s" });
  });
});

describe("the option that limits the heap", () => {
  const of = (value: string) => [{ name: "JAVA_OPTS_APPEND", value }];
  test.each([
    ["-XX:MaxRAMPercentage=25", "-XX:MaxRAMPercentage=25", "-XX:MaxRAMPercentage=70"],
    ["-Xmx512m", "-Xmx512m", "-XX:MaxRAMPercentage=70"],
    [
      "-Dkey=v -Xmx1g -XX:+ExitOnOutOfMemoryError",
      "-Xmx1g",
      "-Dkey=v -XX:+ExitOnOutOfMemoryError -XX:MaxRAMPercentage=70",
    ],
    ["-Dkey=v", undefined, "-Dkey=v -XX:MaxRAMPercentage=70"],
    ["", undefined, "-XX:MaxRAMPercentage=70"],
  ])("in %j", (before, option, after) => {
    expect(heapOption(of(before))).toBe(option);
    expect(withHeapPercent(of(before), 70)).toEqual(of(after));
  });

  test("is added where there is no such variable", () => {
    expect(heapOption([])).toBeUndefined();
    expect(withHeapPercent([{ name: "A", value: "1" }], 60)).toEqual([
      { name: "A", value: "1" },
      ...of("-XX:MaxRAMPercentage=60"),
    ]);
  });
});
