interface Variable {
  name?: string | undefined;
  value?: string | undefined;
}

/** The variable whose value the start script of Nessie's image hands to the JVM. */
export const HEAP_VARIABLE = "JAVA_OPTS_APPEND";
/** The options that limit the heap. */
export const HEAP_OPTION = /-Xmx\d+[kKmMgG]?|-XX:MaxRAMPercentage=[\d.]+/g;

/** The option that limits the heap in these variables, `-XX:MaxRAMPercentage=25`; undefined where none does. Shows nothing else of them. */
export function heapOption(environment: readonly Variable[]): string | undefined {
  const value = environment.find(({ name }) => name === HEAP_VARIABLE)?.value ?? "";
  return value.match(HEAP_OPTION)?.at(-1);
}

/** The variables with the heap limited to a share of the container's memory; the JVM's other options stay as they are. */
export function withHeapPercent<V extends Variable>(environment: readonly V[], percent: number): (V | Variable)[] {
  const option = `-XX:MaxRAMPercentage=${percent}`;
  const known = environment.find(({ name }) => name === HEAP_VARIABLE);
  if (!known) return [...environment, { name: HEAP_VARIABLE, value: option }];
  const others = (known.value ?? "")
    .replace(HEAP_OPTION, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  const value = [...others, option].join(" ");
  return environment.map((variable) => (variable === known ? { ...variable, value } : variable));
}
