/** The text with the user and password of every URL in it replaced by `***`. */
export function maskUrl(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s"]*@/gi, "$1***@");
}
