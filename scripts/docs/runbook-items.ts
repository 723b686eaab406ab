/** One thing in the runbook that has to work from the cockpit: a heading, or a command of a code block or of a sentence. */
export interface RunbookItem {
  /** The path of headings above it, from `##` on. */
  section: string;
  kind: "heading" | "command";
  text: string;
}

const COMMAND = /^(aws|docker|terraform) /;

/** Every heading (`##` and below) and every command of a runbook in markdown, in order. Commands over several lines are joined. */
export function runbookItems(markdown: string): RunbookItem[] {
  const items: RunbookItem[] = [];
  const path: string[] = [];
  let fence = "";
  let pending = "";
  const section = () => path.filter(Boolean).join(" > ");
  const command = (text: string) =>
    items.push({ section: section(), kind: "command", text: text.replace(/\s+/g, " ").trim() });
  for (const line of markdown.split("\n")) {
    const opening = /^\s*```(\w*)/.exec(line);
    if (opening) {
      fence = fence === "" ? opening[1] || "text" : "";
      pending = "";
      continue;
    }
    if (fence === "bash") {
      const text = pending + line.trim();
      if (text.endsWith("\\")) {
        pending = text.slice(0, -1);
        continue;
      }
      pending = "";
      if (COMMAND.test(text)) command(text);
      continue;
    }
    if (fence !== "") continue;
    const heading = /^(#{2,4}) (.+)$/.exec(line);
    if (heading) {
      const depth = (heading[1]?.length ?? 2) - 2;
      path.splice(depth, path.length, heading[2] ?? "");
      items.push({ section: section(), kind: "heading", text: heading[2] ?? "" });
      continue;
    }
    for (const inline of line.matchAll(/`([^`]+)`/g)) if (COMMAND.test(inline[1] ?? "")) command(inline[1] ?? "");
  }
  return items;
}
