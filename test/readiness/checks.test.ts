import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import type { CredentialFacts } from "../../src/aws/contract.ts";
import { clockCheck, credentialChecks } from "../../src/readiness/caller.ts";
import { stateFolderChecks, terminalChecks } from "../../src/readiness/host.ts";
import type { NeededPermission } from "../../src/readiness/needs.ts";
import { missingPermissions, permissionChecks } from "../../src/readiness/permissions.ts";
import type { ProbeOutcome } from "../../src/readiness/probing.ts";
import type { SimulationOutcome } from "../../src/readiness/simulation.ts";

const WALL_MS = Date.parse("2026-11-23T03:00:00Z");
const identity = (arn: string) => ({ accountId: "111122223333", arn, userId: "X" });
const ROLE = identity("arn:aws:sts::111122223333:assumed-role/responder/kim");
const USER = identity("arn:aws:iam::111122223333:user/ops/kim");
const facts = (change: Partial<CredentialFacts> = {}): CredentialFacts => ({
  kind: "temporary",
  profileAsksForMfa: false,
  ...change,
});
const statusOf = (results: { check: string; status: string }[]) =>
  Object.fromEntries(results.map(({ check, status }) => [check, status]));

describe("credentials", () => {
  test.each([
    [ROLE, facts({ expiresAtMs: WALL_MS + 4 * 3_600_000 }), undefined, "pass", "unknown", /ends at 07:00 UTC, in 4h/],
    [ROLE, facts({ expiresAtMs: WALL_MS + 600_000 }), undefined, "warn", "unknown", /ends at 03:10 UTC, in 10m/],
    [ROLE, facts({ profileAsksForMfa: true }), undefined, "unknown", "pass", /do not tell/],
    [USER, facts({ kind: "long-term" }), 1, "warn", "warn", /does not expire/],
    [USER, facts({ kind: "long-term" }), 0, "warn", "warn", /does not expire/],
  ] as const)("%s %j", (who, what, devices, expiry, mfa, words) => {
    const results = credentialChecks(who, what, devices, WALL_MS);
    expect(statusOf(results)).toEqual({ credentials: "pass", expiry, mfa });
    expect(results.map(({ detail }) => detail).join("\n")).toMatch(words);
  });

  test("a user's key carries no MFA, whether the user has a device or not", () => {
    const said = (devices: number | undefined) =>
      credentialChecks(USER, facts({ kind: "long-term" }), devices, WALL_MS)[2]?.detail;
    expect(said(1)).toContain("though the user has a device");
    expect(said(0)).toContain("and the user has no device");
    expect(said(undefined)).not.toContain("device");
  });

  test.each([
    [0, "pass", /agrees/],
    [2900, "pass", /agrees/],
    [-30_000, "warn", /30 s ahead of AWS/],
    [400_000, "fail", /400 s behind AWS: calls are refused/],
    [undefined, "unknown", /told no time/],
  ] as const)("a clock that is %s ms off", (offsetMs, status, words) => {
    const result = clockCheck(offsetMs, 1000);
    expect(result.status).toBe(status);
    expect(result.detail).toMatch(words);
  });
});

describe("terminal", () => {
  const of = (environment: NodeJS.ProcessEnv, columns = 120, rows = 40) =>
    terminalChecks({ columns, rows, environment: { TERM: "xterm-256color", LANG: "C.UTF-8", ...environment } });

  test("none", () => expect(statusOf(terminalChecks({ environment: {} }))).toEqual({ terminal: "skip" }));

  test.each([
    [{}, 120, 40, "pass", /120x40, panes side by side, 16 colours/],
    [{ NO_COLOR: "1" }, 80, 24, "pass", /80x24, one pane at a time .* no colours \(NO_COLOR\)/],
    [{}, 30, 24, "fail", /30x24 is too small: the cockpit needs 40x10/],
    [{ TERM: "dumb" }, 80, 24, "fail", /TERM is dumb/],
    [{ LANG: "C" }, 80, 24, "warn", /locale C is not UTF-8/],
    [{ TMUX: "/tmp/x" }, 80, 24, "warn", /in tmux: copying/],
    [{ TERM: "screen.xterm" }, 80, 24, "warn", /in GNU screen/],
  ] as const)("%j at %sx%s", (environment, columns, rows, status, words) => {
    const results = of(environment, columns, rows);
    const matching = results.find(({ detail }) => words.test(detail));
    expect(matching?.status, JSON.stringify(results)).toBe(status);
    if (status !== "pass") expect(matching?.next).toBeDefined();
  });
});

describe("state folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mayday-doctor-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("private and local, or to be made", async () => {
    chmodSync(folder, 0o700);
    expect(await stateFolderChecks(folder)).toEqual([
      { check: "state folder", status: "pass", detail: `${folder}, private and local` },
    ]);
    const [made] = await stateFolderChecks(join(folder, "a", "b"));
    expect(made).toMatchObject({ status: "pass", detail: `${join(folder, "a", "b")} will be made` });
  });

  it("open to others is a warning with the command", async () => {
    chmodSync(folder, 0o777);
    const [open] = await stateFolderChecks(folder);
    expect(open).toMatchObject({ status: "warn", next: `chmod 700 ${folder}` });
    expect(open?.detail).toContain("mode 777");
  });

  it.skipIf(process.getuid?.() === 0)("that cannot be written to fails", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o500 });
    expect((await stateFolderChecks(join(closed, "state")))[0]).toMatchObject({ status: "fail" });
  });

  it("with a file in the way fails, with what to do", async () => {
    writeFileSync(join(folder, "file"), "");
    const [result] = await stateFolderChecks(join(folder, "file", "state"));
    expect(result).toMatchObject({ status: "fail", next: expect.stringContaining("--state-directory") });
    expect(result?.detail).toContain("file is no folder");
  });
});

describe("permissions", () => {
  const need = (action: string, access: "read" | "write", ...usedBy: string[]): NeededPermission => ({
    action,
    access,
    operations: [],
    usedBy,
  });
  const NEEDED = [
    need("ecs:DescribeServices", "read", "the ECS pane", "contain-nessie"),
    need("ecs:UpdateService", "write", "contain-nessie"),
    need("s3:GetBucketPolicy", "read", "contain-s3"),
  ];
  const done = (
    ...refusals: Partial<Extract<SimulationOutcome, { status: "done" }>["refusals"][number]>[]
  ): SimulationOutcome => ({
    status: "done",
    refusals: refusals.map((refusal) => ({ action: "", resources: [], explicit: false, ...refusal })),
  });
  const probe = (operation: string, status: ProbeOutcome["status"], missingPermission?: string): ProbeOutcome => ({
    probe: { operation, input: {} },
    status,
    ...(missingPermission
      ? { failure: { kind: "denied", what: operation, why: "no", next: "ask", missingPermission } }
      : {}),
  });
  const unknown: SimulationOutcome = {
    status: "unknown",
    failure: { kind: "denied", what: "iam:SimulatePrincipalPolicy", why: "you may not", next: "ask" },
  };

  test("all there", () => {
    expect(missingPermissions(NEEDED, done(), [probe("ecs:DescribeServices", "allowed")])).toEqual([]);
    expect(permissionChecks(NEEDED, done(), []).map(({ detail }) => detail)).toEqual([
      "all 2 permissions for reads",
      "all 1 permissions for writes",
    ]);
  });

  test("a refusal of the simulation names what would fail", () => {
    const [missing] = missingPermissions(NEEDED, done({ action: "ecs:UpdateService" }), []);
    expect(missing).toMatchObject({
      action: "ecs:UpdateService",
      usedBy: ["contain-nessie"],
      seen: "no policy of the caller allows it",
    });
    const [line] = permissionChecks(
      NEEDED,
      done({ action: "ecs:UpdateService", resources: ["arn:x"], explicit: true }),
      [],
    );
    expect(line).toMatchObject({
      status: "fail",
      detail: "ecs:UpdateService on arn:x: a policy of the caller denies it; without it fails: contain-nessie",
    });
  });

  test("many that would fail are counted", () => {
    const many = need("ecs:UpdateService", "write", ...Array.from({ length: 12 }, (_, index) => `action-${index}`));
    const [line] = permissionChecks([many], done({ action: "ecs:UpdateService" }), []);
    expect(line?.detail).toMatch(/action-7 and 4 more$/);
  });

  test("a call that went through wins over the simulation, one that was refused counts whatever it says", () => {
    const refused = done({ action: "s3:GetBucketPolicy" });
    expect(missingPermissions(NEEDED, refused, [probe("s3:GetBucketPolicy", "absent")])).toEqual([]);
    const [missing] = missingPermissions(NEEDED, done(), [probe("s3:GetBucketPolicy", "denied", "s3:GetBucketPolicy")]);
    expect(missing?.seen).toMatch(/refused, though the caller's own policies allow it/);
  });

  test("without the simulation reads are known by calls, and writes are not known", () => {
    const results = permissionChecks(NEEDED, unknown, [
      probe("ecs:DescribeServices", "denied", "ecs:DescribeServices"),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fail", "unknown"]);
    expect(results[1]?.detail).toMatch(/what may be changed is not known \(1 permissions\)/);
    expect(permissionChecks(NEEDED, unknown, []).map(({ status }) => status)).toEqual(["unknown", "pass"]);
  });
});
