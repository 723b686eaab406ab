import { describe, expect, it } from "vitest";
import { SecretVault } from "../../src/actions/secrets.ts";

describe("the secrets of a run", () => {
  it("are had by their handle only, which says nothing about them, and not after the run", () => {
    const vault = new SecretVault();
    const handle = vault.keep("wJalr");
    expect(JSON.stringify(handle)).not.toContain("wJalr");
    expect(vault.reveal(handle)).toBe("wJalr");
    expect(() => vault.reveal({ $secret: "2" })).toThrow(/gone/);
    expect(() => vault.reveal("wJalr")).toThrow(/gone/);
    vault.clear();
    expect(() => vault.reveal(handle)).toThrow(/gone/);
    expect(JSON.stringify(vault)).toBe("{}");
  });
});
