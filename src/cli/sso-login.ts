import { spawn } from "node:child_process";
import { Failure } from "../base/failure.ts";

/**
 * Runs `aws sso login --no-browser` with the terminal for itself: it prints the address and the code to open elsewhere.
 * Rejects with a Failure when the AWS CLI is missing or the login did not work.
 */
export async function ssoLogin(profile: string | undefined): Promise<void> {
  const args = ["sso", "login", "--no-browser", ...(profile ? ["--profile", profile] : [])];
  const fail = (why: string) =>
    new Failure({
      kind: "expired",
      what: `aws ${args.join(" ")}`,
      why,
      next: "Log in again in another shell; fresh credentials are picked up without a restart.",
    });
  await new Promise<void>((resolve, reject) => {
    const child = spawn("aws", args, { stdio: "inherit" });
    child.once("error", (error) => reject(fail(`the AWS CLI could not be started: ${error.message}`)));
    child.once("exit", (code, signal) =>
      code === 0 ? resolve() : reject(fail(`it ended with ${signal ?? `exit code ${code}`}`)),
    );
  });
}
