import { open } from "node:fs/promises";
import { Failure, failureDetail } from "../../base/failure.ts";
import type { Job } from "../jobs.ts";

/** Between two attempts with a key that AWS does not know yet, machine ms. */
const AGAIN_MS = 2000;

const done = (output: Record<string, string>) => ({ complete: true, missing: [], requestIds: [], output });

/**
 * Gives a new key to the responder. Into a file: in the format of the AWS CLI's credentials file, mode 0600, and never over a file that
 * is there. Otherwise once on the screen.
 */
export const deliverAccessKey: Job = async (input, context) => {
  const { user, file, keyId } = input as { user: string; file: string | null; keyId: string };
  const secret = context.secrets.reveal(input.secret);
  if (file === null) {
    const lines = [`access key id:     ${keyId}`, `secret access key: ${secret}`];
    const explanation = `It is shown this once. Put it where the systems of ${user} read it.`;
    await context.showSecret({ title: `New access key of ${user}`, explanation, lines }, context.signal);
    return done({ delivered: "shown once" });
  }
  await writePrivately(file, `[${user}]\naws_access_key_id = ${keyId}\naws_secret_access_key = ${secret}\n`);
  return done({ delivered: file });
};

async function writePrivately(file: string, content: string): Promise<void> {
  try {
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new Failure({
      kind: "invalid",
      what: `write the new key to ${file}`,
      why: failureDetail(error, file).why,
      next: "The key exists, but its secret is lost with this run: undo it (z) to delete the new key, and begin again.",
    });
  }
}

/** Asks AWS who the new key belongs to, until it knows it: a new key needs some seconds. */
export const testAccessKey: Job = async (input, { aws, clock, secrets, signal, progress }) => {
  const { user, keyId } = input as { user: string; keyId: string };
  const credentials = { accessKeyId: keyId, secretAccessKey: secrets.reveal(input.secret) };
  for (;;) {
    try {
      const { arn } = await aws.identityOf(credentials, { purpose: "action", signal });
      if (!arn.endsWith(`/${user}`)) {
        throw new Failure({
          kind: "refused",
          what: `test of the new key ${keyId}`,
          why: `it belongs to ${arn}, not to ${user}`,
          next: "Undo it (z), and look at who else changes this user's keys.",
        });
      }
      return done({ arn });
    } catch (error) {
      const { kind, why } = failureDetail(error, `test of the new key ${keyId}`);
      if (signal.aborted || kind === "refused") throw error;
      progress(`AWS does not take it yet: ${why}`);
      await clock.sleep(AGAIN_MS, signal);
    }
  }
};
