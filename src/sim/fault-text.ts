import { Failure } from "../base/failure.ts";
import { FAULT_KINDS, type Fault, type FaultKind } from "./faults.ts";

/** The kinds that take an amount, and what it is. */
const AMOUNTS: Partial<Record<FaultKind, "latencyMs" | "retryAfterSeconds" | "pageItems" | "skewMs">> = {
  latency: "latencyMs",
  throttle: "retryAfterSeconds",
  "partial-pages": "pageItems",
  skew: "skewMs",
};
const KINDS_OF_AMOUNTS = "latency=MS, throttle=SECONDS, partial-pages=ITEMS, skew=MS";

/**
 * A fault as the command line says it: `service:Operation:kind[=amount][:times]`, where `*` is any service or operation:
 * `logs:FilterLogEvents:throttle:3`, `*:*:latency=200`, `s3:*:partial-pages=10`. Kinds and amounts are those of `Fault`.
 * @throws Failure (invalid) for any other text.
 */
export function parseFault(text: string): Fault {
  const parts = text.split(":");
  const [service = "", operation = "", effect = "", times] = parts;
  const [kind = "", amount] = effect.split("=");
  if (parts.length < 3 || parts.length > 4 || service === "" || operation === "")
    throw refused(text, "it is not of the form service:Operation:kind[=amount][:times]");
  if (!isKind(kind)) throw refused(text, `there is no kind "${kind}": ${FAULT_KINDS.join(", ")}`);
  const member = AMOUNTS[kind];
  if (amount !== undefined && (!member || !/^-?\d+$/.test(amount) || (Number(amount) < 0 && kind !== "skew")))
    throw refused(text, `amounts are whole numbers of these kinds: ${KINDS_OF_AMOUNTS}`);
  if (amount === undefined && (kind === "latency" || kind === "skew"))
    throw refused(text, `${kind} needs an amount: ${KINDS_OF_AMOUNTS}`);
  if (times !== undefined && !/^[1-9]\d*$/.test(times)) throw refused(text, "times is a whole number above 0");
  return {
    kind,
    ...(service === "*" ? {} : { service }),
    ...(operation === "*" ? {} : { operation }),
    ...(member && amount !== undefined ? { [member]: Number(amount) } : {}),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

const isKind = (text: string): text is FaultKind => (FAULT_KINDS as readonly string[]).includes(text);

const refused = (text: string, why: string) =>
  new Failure({
    kind: "invalid",
    what: `--fault ${text}`,
    why,
    next: "Say it as in logs:FilterLogEvents:throttle:3 or *:*:latency=200.",
  });
