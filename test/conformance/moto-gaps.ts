/** Why a case of the contract does not hold at moto's server. */
export interface MotoGap {
  /** What moto does instead, and where AWS's documentation says otherwise. */
  reason: string;
  /** What the case's failure says at moto. Another failure is not this gap, and none at all means that it is closed. */
  failure: RegExp;
}

/** moto's server answers an operation that it does not have with an HTML page. */
const absent = (what: string): MotoGap => ({ reason: `moto has no ${what}`, failure: /^/ });

/** By the title of the case. */
export const MOTO_GAPS: Record<string, MotoGap> = {};
void absent;
