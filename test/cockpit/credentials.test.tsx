import { describe, expect, test } from "vitest";
import { answerPrompts } from "../../src/cockpit/prompts.ts";
import type { Question } from "../../src/incident/question-screen.ts";
import { createHarness } from "../support/cockpit-harness.tsx";
import { createFixtureIncident } from "../support/fixture-incident.ts";

const expired = {
  kind: "expired" as const,
  what: "ecs:DescribeServices",
  why: "The SSO session associated with this profile has expired",
  next: "Log in again in another shell (for SSO: aws sso login --profile prod --no-browser), or export fresh credentials.",
};

describe("credentials that ran out", () => {
  test.each([80, 120])(
    "at %i columns a banner names the command, whoever noticed it, and goes when they work again",
    (columns) => {
      const incident = createFixtureIncident();
      const harness = createHarness({ incident, columns, rows: 40 });
      const text = () => harness.frame().join("\n");
      const { services } = incident.store.getState();
      expect(text()).not.toContain("CREDENTIALS");
      incident.store.setState({ services: { status: "failed", failure: expired } });
      expect(text()).toContain("CREDENTIALS EXPIRED: aws sso login --profile prod --no-browser");
      incident.store.setState((state) => ({ services, identity: { ...state.identity, failure: expired } }));
      expect(text()).toContain("CREDENTIALS EXPIRED: aws sso login --profile prod --no-browser");
      expect(text().split("EXPIRED").length).toBe(2);
      incident.store.setState((state) => ({ identity: { ...state.identity, failure: undefined } }));
      expect(text()).not.toContain("CREDENTIALS");
    },
  );

  test("the palette logs in with the terminal for itself, and asks AWS again", async () => {
    let loggedIn = 0;
    const harness = createHarness({ login: async () => void loggedIn++ });
    harness.press(":");
    harness.type("log in again");
    harness.press("enter");
    await expect.poll(() => harness.incident.calls).toEqual([{ name: "refresh" }]);
    expect(loggedIn).toBe(1);
    expect(harness.written).toEqual(["suspend"]);
  });

  test("a login that fails says why; without one the palette says that there is none", async () => {
    const failing = createHarness({ login: () => Promise.reject(new Error("aws: command not found")) });
    failing.press(":");
    failing.type("log in again");
    failing.press("enter");
    await expect.poll(() => failing.frame().join("\n")).toContain("aws: command not found");
    expect(failing.incident.calls).toEqual([]);
    const none = createHarness();
    none.press(":");
    none.type("log in again");
    none.press("enter");
    expect(none.frame().join("\n")).toContain("this session has no profile to log in with");
    expect(none.written).toEqual([]);
  });
});

describe("questions in mid-incident", () => {
  const ask = (masked: boolean) => {
    const harness = createHarness();
    const answers: string[] = [];
    let send: (request: Question) => void = () => {};
    let subscribed = false;
    const stop = answerPrompts(harness.controller, [
      {
        subscribe(listener) {
          send = listener;
          subscribed = true;
          return () => {
            subscribed = false;
          };
        },
      },
    ]);
    send({
      label: "Code of MFA device\x1b[2J arn:aws:iam::111122223333:mfa/ada",
      masked,
      answer: (text) => answers.push(`answer ${text}`),
      cancel: () => answers.push("cancel"),
    });
    return { harness, answers, stop, isSubscribed: () => subscribed };
  };

  test("a masked answer is neither drawn nor in the store, and is handed over once", () => {
    const { harness, answers } = ask(true);
    expect(harness.dialog()).toBe("question");
    expect(harness.frame().join("\n")).toContain("Code of MFA device arn:aws:iam::111122223333:mfa/ada");
    harness.type("zqxv");
    harness.paste("08");
    expect(harness.styled()).not.toContain("zqxv");
    expect(harness.frame().join("\n")).toContain("******");
    expect(JSON.stringify([harness.controller.ui.getState(), harness.incident.store.getState()])).not.toContain("zqxv");
    harness.press("enter");
    expect(answers).toEqual(["answer zqxv08"]);
    expect(harness.dialog()).toBeUndefined();
  });

  test("an answer that is no secret is shown while it is typed", () => {
    const { harness, answers } = ask(false);
    harness.type("yes");
    expect(harness.frame().join("\n")).toContain("> yes");
    harness.press("enter");
    expect(answers).toEqual(["answer yes"]);
  });

  test.each([
    ["Esc", "esc"],
    ["Ctrl-C", "ctrl+c"],
  ])("%s cancels it; Enter alone answers nothing", (_name, key) => {
    const { harness, answers } = ask(true);
    harness.press("enter");
    expect(answers).toEqual([]);
    harness.press("1", key);
    expect(answers).toEqual(["cancel"]);
    expect(harness.dialog()).toBeUndefined();
  });

  test("the end of the cockpit cancels what is still asked", () => {
    const { answers, stop, isSubscribed } = ask(true);
    stop();
    expect(answers).toEqual(["cancel"]);
    expect(isSubscribed()).toBe(false);
  });
});
