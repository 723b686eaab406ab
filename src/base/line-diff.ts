/** Lines of context around a change, as `diff -u` has them. */
const CONTEXT = 3;

interface Edit {
  mark: " " | "-" | "+";
  line: string;
}

/**
 * The change from one text to another as a unified diff that `patch` and `git apply` take; empty when they are equal. Time and memory
 * grow with the product of the numbers of lines: for texts of some hundred lines.
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return "";
  const edits = editsOf(linesOf(before), linesOf(after));
  const out = [`--- a/${name}`, `+++ b/${name}`];
  for (const [from, to] of hunksOf(edits)) {
    const count = (marks: string, until: number, start: number) =>
      edits.slice(start, until).filter(({ mark }) => marks.includes(mark)).length;
    const [oldStart, newStart] = [count(" -", from, 0), count(" +", from, 0)];
    const [oldCount, newCount] = [count(" -", to, from), count(" +", to, from)];
    const range = (start: number, lines: number) => `${lines === 0 ? start : start + 1},${lines}`;
    out.push(`@@ -${range(oldStart, oldCount)} +${range(newStart, newCount)} @@`);
    out.push(...edits.slice(from, to).map(({ mark, line }) => `${mark}${line}`));
  }
  return `${out.join("\n")}\n`;
}

const linesOf = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** The shortest way from one list of lines to the other, by their longest common subsequence. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ mark: " ", line: before[i++]! });
      j++;
    } else if (j >= after.length || (i < before.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      edits.push({ mark: "-", line: before[i++]! });
    } else edits.push({ mark: "+", line: after[j++]! });
  }
  return edits;
}

/** Where changes with their context begin and end, as positions in the list of edits. */
function hunksOf(edits: readonly Edit[]): [from: number, to: number][] {
  const hunks: [number, number][] = [];
  for (const [index, { mark }] of edits.entries()) {
    if (mark === " ") continue;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(edits.length, index + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}
