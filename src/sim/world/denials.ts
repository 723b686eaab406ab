import type { Principal } from "./principals.ts";

/** Permissions taken away by hand, beside what policies say: for tests and faults. */
export class Denials {
  readonly #rules: { principalArn: string; action: string }[] = [];

  /**
   * Takes a permission away.
   * @param principalArn the principal's ARN, or `*` for everybody.
   * @param action `ecs:UpdateService`, `ecs:*`, `*`.
   * @returns gives it back.
   */
  deny(principalArn: string, action: string): () => void {
    const rule = { principalArn, action };
    this.#rules.push(rule);
    return () => {
      this.#rules.splice(this.#rules.indexOf(rule), 1);
    };
  }

  /** Whether this was taken away from the principal. */
  covers(principal: Principal, action: string): boolean {
    const [prefix] = action.split(":");
    return this.#rules.some(
      (rule) =>
        (rule.principalArn === "*" || rule.principalArn === principal.arn) &&
        (rule.action === "*" || rule.action === action || rule.action === `${prefix}:*`),
    );
  }
}
