import { Failure } from "../../base/failure.ts";
import type { Deployment } from "../../config/deployment.ts";

const NAME = /[^/:]+$/;

/** The name of the break-glass user. @throws Failure when none is configured. */
export function breakGlassUser({ breakGlass }: Deployment): string {
  const user = breakGlass?.user;
  if (user) return NAME.exec(user)?.[0] ?? user;
  throw new Failure({
    kind: "not-found",
    what: "break-glass",
    why: "no break-glass user is configured",
    next: "Set breakGlass.user in mayday.yaml to its name or ARN.",
  });
}

/** Whether a caller's ARN is the break-glass user's, or a session of the break-glass role. */
export function isBreakGlass(callerArn: string, { breakGlass }: Pick<Deployment, "breakGlass">): boolean {
  const resource = callerArn.split(":").slice(5).join(":");
  const nameOf = (text: string | undefined) => (text ? NAME.exec(text)?.[0] : undefined);
  const user = nameOf(breakGlass?.user);
  const role = nameOf(breakGlass?.role);
  if (user && resource.startsWith("user/") && nameOf(resource) === user) return true;
  return role !== undefined && resource.startsWith("assumed-role/") && resource.split("/")[1] === role;
}
