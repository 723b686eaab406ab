import { describe, expect, test } from "vitest";
import { changeInJq } from "../../src/actions/revision-plan.ts";

const definition = (memory?: number) => ({
  memory: "2048",
  containerDefinitions: [{ name: "nessie", ...(memory === undefined ? {} : { memory }) }, { name: "sidecar" }],
});

describe("a change of a task definition, by hand", () => {
  test.each([
    ["its memory", { memoryMb: 4096 }, definition(), ['.memory="4096"']],
    [
      "its memory, with a container that has a limit of its own",
      { memoryMb: 4096 },
      definition(1024),
      ['.memory="4096"', ".containerDefinitions |= map(if .memory then .memory += 2048 else . end)"],
    ],
    ["less memory leaves the containers' limits", { memoryMb: 1024 }, definition(1024), ['.memory="1024"']],
    ["its CPU", { cpu: 2048 }, definition(), ['.cpu="2048"']],
    [
      "a variable, in its place or added",
      { variable: { container: "nessie", name: "PREFIX", value: 'a"b' } },
      definition(),
      [
        '.containerDefinitions |= map(if .name=="nessie" then .environment |= ((. // []) | if any(.name=="PREFIX") then map(if .name=="PREFIX" then .value="a\\"b" else . end) else . + [{name:"PREFIX",value:"a\\"b"}] end) else . end)',
      ],
    ],
  ])("%s", (_name, change, before, expected) => {
    expect(changeInJq(change, before)).toEqual(expected);
  });

  test("the heap: other options of the JVM are kept", () => {
    const [filter, ...others] = changeInJq({ heap: { container: "nessie", percent: 70 } }, definition());
    expect(others).toEqual([]);
    expect(filter).toContain(
      String.raw`.value=((.value // "" | gsub("-Xmx\\d+[kKmMgG]?|-XX:MaxRAMPercentage=[\\d.]+"; "") | split(" ") | map(select(. != ""))) + ["-XX:MaxRAMPercentage=70"] | join(" "))`,
    );
    expect(filter).toContain('else . + [{name:"JAVA_OPTS_APPEND",value:"-XX:MaxRAMPercentage=70"}] end');
  });
});
