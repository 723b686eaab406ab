import { expect, test } from "vitest";
import { connecting, otherAddresses } from "../support/addresses.ts";
import { testSimulator } from "../support/simulator.ts";

test("listens on 127.0.0.1 and on no other address of this machine", async () => {
  const { hostname, port } = new URL((await testSimulator()).endpoint);
  expect(hostname).toBe("127.0.0.1");
  expect(await connecting("127.0.0.1", Number(port))).toBe("connected");
  for (const address of otherAddresses()) {
    expect([address, await connecting(address, Number(port))]).not.toContain("connected");
  }
});
