import { CONTEXT_TITLES, CONTEXTS } from "./binding.ts";
import { DEFAULT_BINDINGS } from "./bindings.ts";
import { showKey } from "./keys.ts";

const cellText = (text: string) => text.replaceAll("|", "\\|");

/** docs/keys.md, from the binding table: the same table gives footer, help and command palette. Ends with a new line. */
export function renderKeysMarkdown(): string {
  const lines = [
    "# Keys",
    "",
    "Generated from the cockpit's binding table; do not edit. `?` shows the same inside the cockpit, with your own keys.",
    "",
    "Keys can be changed in `mayday.yaml` under `keys`: the command's name and a key or a list of keys, for example",
    "`keys: { actions: [a, x] }`. A key that is one character is written as that character; the others are `enter`, `esc`,",
    "`tab`, `shift+tab`, `space`, `up`, `down`, `left`, `right`, `pageup`, `pagedown`, `home`, `end`, `backspace`, `delete`.",
    "Commands marked *fixed* keep their keys.",
  ];
  for (const context of CONTEXTS) {
    lines.push("", `## ${CONTEXT_TITLES[context]}`, "", "| Key | What it does | Command |", "|---|---|---|");
    for (const binding of DEFAULT_BINDINGS.filter((candidate) => candidate.context === context)) {
      const keys = binding.keys.map((key) => `\`${cellText(showKey(key))}\``).join(" ") || "palette (`:`)";
      lines.push(
        `| ${keys} | ${cellText(binding.description)} | \`${binding.id}\`${binding.fixed ? " *fixed*" : ""} |`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
