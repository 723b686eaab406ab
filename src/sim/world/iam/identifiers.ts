import type { RandomStream } from "../random.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function draw(random: RandomStream, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[random.whole(0, alphabet.length - 1)]).join("");
}

/** A unique id with its kind's prefix (AIDA, AROA, AGPA, ANPA), 21 characters as IAM's are. */
export function uniqueId(prefix: string, random: RandomStream): string {
  return prefix + draw(random, ALPHABET, 17);
}

/** An access key id: AKIA for a user's own, ASIA for temporary credentials; 20 characters. */
export function accessKeyId(prefix: "AKIA" | "ASIA", random: RandomStream): string {
  return prefix + draw(random, ALPHABET, 16);
}

/** A secret access key, 40 characters. */
export function secretAccessKey(random: RandomStream): string {
  return draw(random, SECRET_ALPHABET, 40);
}

/** A session token. AWS promises no form; they are base64 of some hundred bytes. */
export function sessionToken(random: RandomStream): string {
  return `IQoJb3JpZ2luX2Vj${draw(random, SECRET_ALPHABET, 340)}`;
}

/**
 * The id of a role. Short names are readable in it, which makes the UserId of sts:GetCallerIdentity the same in every
 * world; longer ones would collide, so theirs are drawn.
 */
export function roleId(name: string, random: () => RandomStream): string {
  const readable = name.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return readable.length <= 14 ? `AROASIM${readable.padEnd(14, "X")}` : uniqueId("AROA", random());
}
