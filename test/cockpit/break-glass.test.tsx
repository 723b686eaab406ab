import { expect, test } from "vitest";
import { createHarness } from "../support/cockpit-harness.tsx";

test("the procedure's steps with their times, what is open, and the draft for the channel, which c copies", () => {
  const harness = createHarness({ columns: 80, rows: 40 });
  const { incident } = harness.incident.store.getState();
  harness.incident.store.setState({
    incident: {
      ...incident,
      breakGlass: {
        inUse: true,
        wasUsed: true,
        principal: "arn:aws:iam::111122223333:user/break-glass",
        people: ["ada", "alex"],
        steps: [
          { text: "Two authorized personnel retrieve the credentials", doneAtMs: 0, detail: "ada and alex" },
          { text: "Log in as the break-glass user with MFA", detail: "" },
        ],
        draft: "Break-glass: user/break-glass\nActions:\n- 03:12:00 UTC Contain Nessie: done",
      },
    },
  });
  // The record has it in use, but it is not this cockpit that has the session: after a crash, or beside another one.
  expect(harness.frame().join("\n")).toContain("BREAK-GLASS is on record as in use (ada and alex)");
  harness.incident.store.setState(({ identity }) => ({
    identity: { ...identity, caller: "break-glass", isBreakGlass: true },
  }));
  expect(harness.frame().join("\n")).toContain(
    "BREAK-GLASS: every call is made as break-glass; z ends it (ada and alex)",
  );
  harness.press(":");
  harness.type("break-glass: the");
  harness.press("enter");
  const text = harness.frame().join("\n");
  expect(text).toMatch(/1\. Two authorized personnel[\s\S]*done 00:00:00[\s\S]*open: begin-break-glass/);
  expect(text).toContain("- 03:12:00 UTC Contain Nessie: done");
  harness.press("c");
  harness.press("esc", "q");
  expect(harness.frame().join("\n")).toContain("break-glass asks for: Log in as the break-glass user");
  const used = harness.incident.store.getState().incident;
  if (used.breakGlass)
    harness.incident.store.setState({ incident: { ...used, breakGlass: { ...used.breakGlass, wasUsed: false } } });
  expect(harness.frame().join("\n")).not.toContain("asks for");
  const copied = Buffer.from("Break-glass: user/break-glass").toString("base64").slice(0, 20);
  expect(harness.written.join("")).toContain(copied);
});
