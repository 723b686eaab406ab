/**
 * A filter pattern of CloudWatch Logs, the simple forms: terms that must all occur, "quoted phrases", -terms that must not,
 * ?terms of which one must occur. Case matters, as in CloudWatch. JSON and space-delimited patterns are not modelled.
 */
export function compilePattern(pattern: string): (message: string) => boolean {
  const terms = [...pattern.matchAll(/([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, sign = "", phrase, word]) => ({
    sign,
    text: (phrase ?? word ?? "").replace(/\\(.)/g, "$1"),
  }));
  const all = terms.filter((term) => term.sign === "").map((term) => term.text);
  const none = terms.filter((term) => term.sign === "-").map((term) => term.text);
  const any = terms.filter((term) => term.sign === "?").map((term) => term.text);
  return (message) =>
    all.every((text) => message.includes(text)) &&
    !none.some((text) => message.includes(text)) &&
    (any.length === 0 || any.some((text) => message.includes(text)));
}
