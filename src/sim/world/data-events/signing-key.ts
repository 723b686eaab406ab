import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";

/** The key by which simulated digests are signed: always the same, so that the same seed gives the same files. It guards nothing. */
const SIMULATED_KEY = {
  kty: "RSA",
  n: "oiPCel82xuS0KOSJwiILrIkCIG1Vy6XCwVUqV6nYpMWbRp_qMOh23GRyM-SFt8jgktPO8gOUGg2z5J4ThnodMIwlJL0szhRsVn3a8-XvxH9MZJYtIvPpEBBl4WpktLLYlXV05b1lVA_irIzyUjDXAdzYZucLXzvm99bVtZG4OsU11uSzBTfDvYraVu8-Qh5VPO-bGDikNRD0YYf_qtGMEz1pNv4s4rbutUouE_x1Fva9ws1N7KgQ71kZzg4JsGcf8MjPm4AyYhBKOYLqGQ1QUSMAtlw5LMX18VoAwfCe-LytHepnUqChYfhjgLnIUbQ2zjtPdL2bXGMaD6uNUm6bPw",
  e: "AQAB",
  d: "BL75OAMbeQeZbRerdJ7x1TNkIuDbFw1GEx9UEEwsxuibL_O0XjQfw-RozLNkD_TK-2FEeHm5rGg5m3feaHGgncWBvNPmFi4rhv3uGnTg53vhF5H8cOkk1E82kY-UsmQIdO-C5B_-xvl5ZXBGvjh8bVXdO73dllm23Ar80cYZ12vXFxuwhSmHGjBRzlMGPlYJYwp4JQPv5AfTPaf9CoOsktpR8dANZVkhWWhjDejxSMFibt6wZVhyYaKkndJc_-ed7KyWqzVcR0zKQwZjHEwicAKwMPjKoq3yfZCTK9lql1ch_oYzp-KBZw2CnBJ0ItFNJNbDfVoHaUr37CNIbtiYOQ",
  p: "2EtJE-jLm_CsXm4YQEiNs3pjXqmtrnfZghjFFklGzVc4uV1Gpoi5cRB1vAoVXsjY89jiABRBEv6wBJhYBvbUoiVdpIQphrNhTijOKuDORgKoq0yGiMp14Tm9xnPfAzA7sbjvt_hWOXEUHJYZI8ukOt5scn5LiDO07X59cozBLRs",
  q: "v-d-qw1hfRy0UJYI9bKIWbtFknx_5WsMwD5G-k5zx7G2YRkERlTZUmxqg51GhZj7J99cQW4QduDpBBD4ff8EWKgp_9YT-FPXCIuSE5oII5kaiOGV3R2ZAq2A_q9_ShmtgmbdqHI-2LhSJpat9barJWu0qcqxrDoFxui9ZbV7YK0",
  dp: "BksyhizI9_Gp4lmLxRsXXHicOZ3wWtpL7vgvi_V35PO7x9EKBECIPN0AwAb_FjH79iSCdwQf3KCimI-iSBmYmFtD_UyHNM81bqPLU_4Uon7jT5C7fXF-up4GgqbOf3ZA1mwONak5QRSkRCyt8Je1YK0mNLKuGfl_M0Xx-opT-K8",
  dq: "H6mVR6mshRUAVy96CPfM8WkpoHK0M2kHMIzV7ySUi8UxfzG-d9A2DxheNprzcMV94uVCdnUveD3BlG8sYLV7xRjx3Qk4QEes-fb1QhCu-RigvSbjMBlbDosL9nmEOfiknRhVyB4Zam5293DzANCDymfL5hvQVsc3_sqVvTtFQP0",
  qi: "QvupX2hmMt93FjUKerTUCqzit1B3mG1e6NBQvYpF6Fxl7G-u8ZIeYtOvzB32AxdCMvdHTBM1n0L1QDN8egUe9NU5d51u1yaETwgU-Gm7I2QKnLL9KQTn_8RCdVnBWCY0ZF3ns3vbLrqYiJcdCTpwMe2IgUbxx23qNx1yhbA00M4",
};

const privateKey = createPrivateKey({ key: SIMULATED_KEY, format: "jwk" });
/** PKCS#1 in DER, as CloudTrail lists it. */
export const PUBLIC_KEY: Uint8Array = createPublicKey(privateKey).export({ format: "der", type: "pkcs1" });
/** Hexadecimal, by which a digest names its key. */
export const PUBLIC_KEY_FINGERPRINT = createHash("md5").update(PUBLIC_KEY).digest("hex");

/** What is signed, and how it is put together, is in the CloudTrail user guide (custom validation of log files). */
export interface ToSign {
  /** As it stands in the digest. */
  endTime: string;
  bucket: string;
  key: string;
  /** SHA-256 of the digest before it is compressed, hexadecimal. */
  hash: string;
  /** Hexadecimal; null for the first digest of a trail. */
  previousSignature: string | null;
}

/** The signature of a digest, SHA256withRSA, hexadecimal. */
export function digestSignature({ endTime, bucket, key, hash, previousSignature }: ToSign): string {
  const text = [endTime, `${bucket}/${key}`, hash, previousSignature ?? "null"].join("\n");
  return sign("RSA-SHA256", Buffer.from(text), privateKey).toString("hex");
}
