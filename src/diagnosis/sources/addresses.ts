import { isIP } from "node:net";

/** Whether the text is an address of IPv4 or IPv6. */
export const isIpAddress = (text: string): boolean => isIP(text) !== 0;
