import { Failure } from "../base/failure.ts";
import { polling, type WatchContext } from "./context.ts";

export interface FoundTargetGroup {
  name: string;
  arn: string;
  /** Of the load balancers that send to it. */
  loadBalancerArns: string[];
}

/** Finds the deployment's target group by name, once: two sources need its ARN, and it changes only when it is made anew. */
export class TargetGroupLookup {
  readonly #context: WatchContext;
  readonly #name: string;
  #found: Promise<FoundTargetGroup> | undefined;

  constructor(context: WatchContext, name: string) {
    this.#context = context;
    this.#name = name;
  }

  /** The target group. @throws Failure not-found when there is none of that name; whatever the call failed with. */
  find(signal: AbortSignal): Promise<FoundTargetGroup> {
    this.#found ??= this.#read(signal).catch((error: unknown) => {
      this.forget();
      throw error;
    });
    return this.#found;
  }

  /** Looks it up again next time. */
  forget(): void {
    this.#found = undefined;
  }

  async #read(signal: AbortSignal): Promise<FoundTargetGroup> {
    const name = this.#name;
    const { output } = await this.#context.aws
      .call("elbv2", "DescribeTargetGroups", { Names: [name] }, polling(signal))
      .catch((error: unknown) => {
        throw error instanceof Failure && error.kind === "not-found" ? missing(name) : error;
      });
    const group = output.TargetGroups?.[0];
    if (!group?.TargetGroupArn) throw missing(name);
    return { name, arn: group.TargetGroupArn, loadBalancerArns: group.LoadBalancerArns ?? [] };
  }
}

function missing(name: string): Failure {
  return new Failure({
    kind: "not-found",
    what: `target group ${name}`,
    why: "there is no target group of that name in this account and region",
    next: "Check the name, region and account; mayday config shows where each name comes from.",
    code: "TargetGroupNotFound",
  });
}
