import { describe, expect, it } from "vitest";
import { confirmationProblem } from "../../src/actions/confirmation.ts";
import type { Plan, Tier } from "../../src/actions/contract.ts";

const plan = (tier: Tier): Plan => ({
  actionId: "a",
  title: "t",
  parameters: {},
  tier,
  resourceName: "nessie",
  effects: [],
  caveats: [],
  steps: [],
  verify: null,
  guard: null,
});

describe("confirmationProblem", () => {
  it("an empty confirmation, which is what Enter gives, confirms nothing but the tier none", () => {
    expect(confirmationProblem(plan("none"), {}, "1")).toBeUndefined();
    for (const tier of ["yes", "name", "name-and-account"] as const)
      expect(confirmationProblem(plan(tier), {}, "1")).toBeTruthy();
  });
  it("--yes covers only its own tier", () => {
    expect(confirmationProblem(plan("yes"), { yes: true }, "1")).toBeUndefined();
    expect(confirmationProblem(plan("name"), { yes: true }, "1")).toContain("nessie");
  });
  it("names are compared exactly", () => {
    for (const typedName of ["", "Nessie", "nessie ", "ness"])
      expect(confirmationProblem(plan("name"), { typedName }, "1")).toBeTruthy();
    expect(confirmationProblem(plan("name"), { typedName: "nessie" }, "1")).toBeUndefined();
  });
  it("the irreversible tier also wants the account, and an unknown account confirms nothing", () => {
    expect(confirmationProblem(plan("name-and-account"), { typedName: "nessie" }, "111122223333")).toContain("account");
    expect(
      confirmationProblem(
        plan("name-and-account"),
        { typedName: "nessie", typedAccount: "111122223333" },
        "111122223333",
      ),
    ).toBeUndefined();
    expect(confirmationProblem(plan("name-and-account"), { typedName: "nessie" }, undefined)).toBeTruthy();
  });
  it("a plan without a name cannot be confirmed by typing nothing", () => {
    expect(confirmationProblem({ ...plan("name"), resourceName: "" }, { typedName: "" }, "1")).toBeTruthy();
  });
});
