import type { Principal } from "./principals.ts";
import type { TrailDraft, TrailResource } from "./trail.ts";
import type { World } from "./world.ts";

/** How somebody's calls reach AWS. */
export interface Habit {
  userAgent: string;
  /** The address that CloudTrail shows. */
  sourceAddress: string;
}

/** Most people of the account work with the AWS CLI from inside the network. */
const USUAL: Habit = { userAgent: "aws-cli/2.31.4 md/command#cli", sourceAddress: "10.8.0.42" };

/** What CloudTrail shows of a call beside who made it. */
export interface Deed {
  /** `ec2.amazonaws.com` without `.amazonaws.com`. */
  source: string;
  name: string;
  input: object;
  output?: object;
  error?: { code: string; message: string };
  resources?: TrailResource[];
  readOnly?: boolean;
  /** Whose event history has it. Default: the lakehouse's region. */
  region?: string;
}

/**
 * Somebody of the account, or an intruder, who is no client of the simulator. What they do is the scenario's affair: this only
 * leaves the traces in the journal and in CloudTrail, at the present virtual time.
 */
export class Colleague {
  readonly by: Principal;
  readonly habit: Habit;
  readonly #world: World;

  constructor(world: World, by: Principal, habit: Habit = USUAL) {
    this.#world = world;
    this.by = by;
    this.habit = habit;
  }

  /** Somebody who assumed a role. @param session such as `marco`. */
  static inRole(world: World, role: string, session: string, habit: Habit = USUAL): Colleague {
    return new Colleague(world, world.principals.roleSession(role, session), habit);
  }

  /** Leaves the traces of a call that was made, or refused with an error. */
  did(deed: Deed): void {
    const { account, names, kernel } = this.#world;
    const { name, source, input, output, error, resources = [], readOnly = false, region = names.region } = deed;
    const draft: TrailDraft = {
      name,
      source: `${source}.amazonaws.com`,
      atMs: kernel.nowMs,
      region,
      requestId: account.nextRequestId(),
      ...this.habit,
      input,
      output,
      ...(error ? { error } : {}),
      resources,
      readOnly,
      by: this.by,
    };
    account.journal.note(kernel.nowMs, `${this.by.userName} ${name} ${error?.code ?? JSON.stringify(input)}`);
    account.trail.record(draft);
  }
}
