import { formatUtc } from "../../base/duration.ts";
import type { Found } from "../contract.ts";
import type { BreakGlassFacts } from "../facts/break-glass.ts";
import { detector, listed } from "./detector.ts";

const DAY_MS = 86_400_000;
/** The runbook, "Credential Rotation": keys are rotated every 90 days. */
const KEY_DAYS = 90;

/** What the runbook asks of the user for emergencies, and what its procedure needs. */
export const breakGlass = detector({
  id: "break-glass",
  question: "whether the break-glass user is ready",
  facts: ["breakGlass"],
  detect({ breakGlass: found }, { nowMs }) {
    if (!found) return [];
    const { user } = found;
    if (!found.exists) {
      return [
        {
          about: "missing",
          severity: "high",
          title: `The break-glass user ${user} does not exist`,
          means:
            "When the normal roles are gone there is no way in, and a deny-all bucket policy spares nobody but you.",
          next: "Correct breakGlass.user in mayday.yaml, or make the user as the runbook describes it.",
          evidence: [`IAM knows no user ${user}`],
        },
      ];
    }
    return [...consoleFindings(found), ...readinessFindings(found), ...keyFindings(found, nowMs)];
  },
});

function consoleFindings({ user, consolePassword }: BreakGlassFacts): Found[] {
  if (consolePassword) return [];
  return [
    {
      about: "console",
      severity: "medium",
      title: `${user} cannot log into the console`,
      means:
        "Step 2 of the runbook's break-glass procedure does not work: its own prerequisites disable the console password.",
      next: "Use the access key with an MFA session: aws sts get-session-token --serial-number ... --token-code ...",
      evidence: ["The user has no login profile"],
    },
  ];
}

function readinessFindings({ user, mfaDevices, keys, administrator, groups }: BreakGlassFacts): Found[] {
  const found: Found[] = [];
  const add = (about: string, title: string, means: string, next: string, evidence: string) =>
    found.push({ about, severity: "high", title, means, next, evidence: [evidence] });
  if (mfaDevices === 0)
    add(
      "mfa",
      `${user} has no MFA device`,
      "Whoever finds the key has the account; and what asks for MFA refuses the user in an emergency.",
      "Register an MFA device and keep it with the credentials.",
      "ListMFADevices is empty",
    );
  if (keys.length === 0)
    add(
      "key",
      `${user} has no active access key`,
      "There is no way to use it: the console is closed to it, and there is no key.",
      "Make a key now, and put it where the runbook says.",
      "ListAccessKeys shows no active key",
    );
  if (!administrator && groups.length === 0)
    add(
      "administrator",
      `${user} is no administrator`,
      "It cannot do what it is there for.",
      "Attach AdministratorAccess, as the runbook's prerequisites ask.",
      "AdministratorAccess is not attached, and the user is in no group",
    );
  return found;
}

function keyFindings({ user, keys }: BreakGlassFacts, nowMs: number): Found[] {
  const old = keys.filter(({ createdAtMs }) => nowMs - createdAtMs > KEY_DAYS * DAY_MS);
  if (old.length === 0) return [];
  return [
    {
      about: "key-age",
      severity: "medium",
      title: `${user} has an access key older than ${KEY_DAYS} days`,
      means: "The runbook wants keys rotated every 90 days, and this one opens everything.",
      next: "Rotate it, and put the new one where the old one is kept.",
      evidence: old.map(
        ({ id, createdAtMs }) =>
          `${id} was made ${formatUtc(createdAtMs)}, ${Math.floor((nowMs - createdAtMs) / DAY_MS)} days ago`,
      ),
    },
  ];
}

/** The template's roles for access have no policies of their own. */
export const rolesWithoutPolicies = detector({
  id: "roles-without-policies",
  question: "what the lakehouse's roles may do",
  facts: ["roles"],
  detect({ roles }) {
    const bare = roles.filter(({ policies }) => policies === 0).map(({ name }) => name);
    if (bare.length === 0) return [];
    return [
      {
        severity: "low",
        title: `${listed(bare)} ${bare.length === 1 ? "has" : "have"} no IAM policy`,
        means: "An S3 403 of somebody with such a role is by design: it is no fault that an incident has to mend.",
        next: "Ask who should grant the access (Lake Formation, or a policy on the role) before you change anything.",
        evidence: bare.map((name) => `${name}: no attached and no inline policy`),
      },
    ];
  },
});
