import type { Binding } from "./binding.ts";
import { isKeyName, showKey } from "./keys.ts";

/** Keys by command, as the configuration gives them. */
export type KeyOverrides = Readonly<Record<string, string | readonly string[]>>;

/** The ctrl keys that text fields use; no other command may sit on a bare Ctrl key: tmux, screen and flow control take them. */
function problemOfKey(key: string): string | undefined {
  if (!isKeyName(key)) return `"${key}" is not a key: use one character, or a name such as enter, tab, pageup`;
  if (key.startsWith("ctrl+"))
    return `${showKey(key)} cannot be used: terminals, tmux and screen take Ctrl keys for themselves`;
  return undefined;
}

/**
 * The binding table with other keys. The keys that are given replace the command's own; everything is checked, and with any
 * problem the table stays as it was.
 * @returns the table, and a sentence for each problem (unknown command, fixed command, not a key, two commands on one key).
 */
export function applyKeyOverrides(
  table: readonly Binding[],
  overrides: KeyOverrides,
): { bindings: readonly Binding[]; problems: string[] } {
  const problems: string[] = [];
  let changed = table;
  for (const [command, given] of Object.entries(overrides)) {
    const keys = typeof given === "string" ? [given] : [...given];
    const binding = table.find((candidate) => candidate.id === command);
    if (!binding) problems.push(`keys.${command}: there is no such command; docs/keys.md lists them`);
    else if (binding.fixed) problems.push(`keys.${command}: this command keeps its keys`);
    else {
      const wrong = keys.map(problemOfKey).filter((problem) => problem !== undefined);
      problems.push(...wrong.map((problem) => `keys.${command}: ${problem}`));
      changed = changed.map((candidate) => (candidate.id === command ? { ...candidate, keys } : candidate));
    }
  }
  problems.push(...conflicts(changed, new Set(Object.keys(overrides))));
  return problems.length > 0 ? { bindings: table, problems } : { bindings: changed, problems };
}

const FOCUSED_CONTEXTS: readonly string[] = ["logs", "pane", "global"];

/** Two commands on one key where both could be meant, as far as an overridden command is one of them. */
function conflicts(table: readonly Binding[], overridden: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  for (const [index, one] of table.entries()) {
    for (const other of table.slice(index + 1)) {
      const sharedContext =
        one.context === other.context ||
        (FOCUSED_CONTEXTS.includes(one.context) && FOCUSED_CONTEXTS.includes(other.context));
      if (!sharedContext || !(overridden.has(one.id) || overridden.has(other.id)) || one.active || other.active)
        continue;
      for (const key of one.keys) {
        if (other.keys.includes(key)) problems.push(`keys: ${showKey(key)} is on both ${one.id} and ${other.id}`);
      }
    }
  }
  return problems;
}
