import { BlockList, isIP } from "node:net";

/**
 * Whether an address lies in a range of CIDR notation (RFC 4632), or equals it where no prefix length is given, which
 * counts as /32 or /128 (reference_policies_elements_condition_operators, IP address operators). Undefined when either
 * is none.
 */
export function addressInRange(address: string, range: string): boolean | undefined {
  const [network = "", prefix] = range.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(address) === 0) return undefined;
  const longest = family === 4 ? 32 : 128;
  const length = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(length >= 0 && length <= longest)) return undefined;
  if (isIP(address) !== family) return false;
  const list = new BlockList();
  list.addSubnet(network, length, family === 4 ? "ipv4" : "ipv6");
  return list.check(address, family === 4 ? "ipv4" : "ipv6");
}
