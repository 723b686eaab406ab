import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { channelName, channelNames } from "../../src/actions/create-channel.ts";

const AT = Date.parse("2026-11-23T23:59:59Z");

describe("the channel's name", () => {
  it.each([
    ["Nessie unreachable", "inc-2026-11-23-nessie-unreachable"],
    ["  S3: 403 (Forbidden)!  ", "inc-2026-11-23-s3-403-forbidden"],
    ["Äußerst grün; café", "inc-2026-11-23-au-erst-grun-cafe"],
    ["Katalog_defekt", "inc-2026-11-23-katalog-defekt"],
    ["データ消失", "inc-2026-11-23-incident"],
    ["", "inc-2026-11-23-incident"],
  ])("of %j is %s", (description, name) => {
    expect(channelName(AT, description)).toBe(name);
  });

  it("is cut between two words where there are any", () => {
    const name = channelName(
      AT,
      "every commit to the catalog fails with a conditional check since the nightly compaction began",
    );
    expect(name).toBe("inc-2026-11-23-every-commit-to-the-catalog-fails-with-a-conditional-check-since");
    expect(channelName(AT, "x".repeat(200))).toHaveLength(80);
  });

  it("is allowed by Slack whatever is written, with every suffix", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (description) => {
        for (const name of channelNames(AT, description)) {
          expect(name).toMatch(/^inc-2026-11-23-[a-z0-9]+(-[a-z0-9]+)*$/);
          expect(name.length).toBeLessThanOrEqual(80);
        }
        expect(new Set(channelNames(AT, description)).size).toBe(9);
      }),
    );
  });
});
