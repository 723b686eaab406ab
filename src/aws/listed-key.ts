/**
 * A key as a listing with `EncodingType: url` gives it: percent-encoded UTF-8, with `+` for a space (S3 API reference, encoding-type).
 * Without that type a key with a character that XML 1.0 cannot hold would break the whole page.
 */
export function decodeListedKey(text: string, encodingType: string | undefined): string {
  return encodingType === "url" ? decodeURIComponent(text.replaceAll("+", " ")) : text;
}
