/** A place in a text: both counted from 1. */
export interface Position {
  Line: number;
  Column: number;
}

export interface Span {
  StartPosition: Position;
  EndPosition: Position;
}

/**
 * Where the statements of a policy stand in its text, in their order: from a statement's opening brace to behind its
 * closing one. @param json a valid document.
 */
export function statementPositions(json: string): Span[] {
  const spans: Span[] = [];
  const open: { sign: string; line: number; column: number }[] = [];
  let line = 1;
  let column = 1;
  let inText = false;
  let escaped = false;
  let text = "";
  /** The member of the document whose value is being read. */
  let member = "";
  for (const character of json) {
    if (inText) {
      if (!escaped && character === '"') inText = false;
      else text += character;
      escaped = !escaped && character === "\\";
    } else if (character === '"') {
      inText = true;
      text = "";
    } else if (character === ":" && open.length === 1) member = text;
    else if (character === "{" || character === "[") open.push({ sign: character, line, column });
    else if (character === "}" || character === "]") {
      const from = open.pop();
      const depth = open.length;
      const inList = depth === 2 && open[1]?.sign === "[";
      if (from && character === "}" && member === "Statement" && (inList || depth === 1)) {
        spans.push({
          StartPosition: { Line: from.line, Column: from.column },
          EndPosition: { Line: line, Column: column + 1 },
        });
      }
    }
    column++;
    if (character === "\n") {
      line++;
      column = 1;
    }
  }
  return spans;
}
