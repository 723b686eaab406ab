import { describe, expect, test } from "vitest";
import { followSecrets } from "../../src/cockpit/dialogs/secret.ts";
import { createHarness } from "../support/cockpit-harness.tsx";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const shown = {
  title: "New access key of ci-uploader",
  explanation: "Put it where its systems read it.",
  lines: [`secret access key: ${SECRET}`],
};

function showing() {
  const harness = createHarness({ columns: 80, rows: 24 });
  const stop = followSecrets(harness.controller);
  const abort = new AbortController();
  const seen = harness.incident.secrets.show(shown, abort.signal);
  return { harness, stop, seen, abort };
}

describe("a secret that is shown once", () => {
  test("is on the screen until the responder has it, and then nowhere", async () => {
    const { harness, seen } = showing();
    expect(harness.frame().join("\n")).toContain(SECRET);
    harness.press("enter", "esc", "c");
    expect(harness.dialog()).toBe("secret");
    harness.press("y");
    await seen;
    expect(harness.dialog()).toBeUndefined();
    const everything = [
      harness.frame().join("\n"),
      harness.written.join("\n"),
      JSON.stringify(harness.incident.store.getState()),
      JSON.stringify(harness.controller.ui.getState()),
      JSON.stringify(harness.incident.calls),
    ].join("\n");
    expect(everything).not.toContain(SECRET);
  });

  test("without a screen is refused, and so is one whose run was cancelled", async () => {
    const { harness, stop, seen, abort } = showing();
    abort.abort(new Error("cancelled"));
    await expect(seen).rejects.toThrow("cancelled");
    expect(harness.dialog()).toBeUndefined();
    stop();
    await expect(harness.incident.secrets.show(shown, new AbortController().signal)).rejects.toMatchObject({
      kind: "refused",
    });
  });
});
