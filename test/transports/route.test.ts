import { describe, expect, it } from "vitest";
import type { CallReport } from "../../src/aws/contract.ts";
import { Failure } from "../../src/base/failure.ts";
import type { Transport } from "../../src/transports/contract.ts";
import { withTransports } from "../../src/transports/route.ts";
import { account, clockOf, layerOf } from "../incident/support.ts";

const ACTION = { purpose: "action" } as const;
const STOP = { project: "lakehouse-prod", services: ["dagster-daemon"] };

/** Remembers what it was asked to send. */
function recording(answer: () => Promise<{ output: unknown; requestId?: string }>) {
  const sent: string[] = [];
  let isClosed = false;
  const transport: Transport = {
    services: ["docker"],
    send: (service, operation, input) => {
      sent.push(`${service}:${operation} ${JSON.stringify(input)}`);
      return answer();
    },
    lineOf: (_service, operation) => `docker ${operation}`,
    close: () => {
      isClosed = true;
    },
  };
  return { transport, sent, isClosed: () => isClosed };
}

async function routed(answer: () => Promise<{ output: unknown; requestId?: string }> = async () => ({ output: 1 })) {
  const simulator = await account();
  const { transport, sent, isClosed } = recording(answer);
  const aws = withTransports(await layerOf(simulator), [transport], clockOf(simulator));
  const reports: CallReport[] = [];
  aws.onCall((report) => reports.push(report));
  return { aws, sent, reports, isClosed, simulator };
}

describe("calls that another transport carries out", () => {
  it("go there by their service, and all others to AWS", async () => {
    const { aws, sent, reports } = await routed(async () => ({ output: { containers: [] }, requestId: "one" }));
    const { accountId } = await aws.identity(ACTION);
    expect(accountId).toBe("111122223333");
    const answer = await aws.callByName("docker", "ComposePs", { project: "p" }, ACTION);
    expect(answer).toMatchObject({ output: { containers: [] }, requestId: "one", attempts: 1 });
    expect(sent).toEqual(['docker:ComposePs {"project":"p"}']);
    expect(reports.map(({ service, line, mutation }) => [service, line.split(" ")[0], mutation])).toEqual([
      ["sts", "aws", false],
      ["docker", "docker", false],
    ]);
    expect(aws.lineOf("docker", "ComposeStop", STOP)).toBe("docker ComposeStop");
    expect(aws.lineOf("sts", "GetCallerIdentity", {})).toMatch(/^aws sts get-caller-identity/);
  });

  it("pass the same gates: nothing is sent in read-only mode, before the account is known, or into another one", async () => {
    const { aws, sent, reports } = await routed();
    const stop = () => aws.callByName("docker", "ComposeStop", STOP, ACTION);
    await expect(stop()).rejects.toMatchObject({
      kind: "refused",
      detail: { why: expect.stringMatching(/not known yet/) },
    });
    aws.pinAccount("999988887777");
    await expect(aws.identity(ACTION)).rejects.toMatchObject({ kind: "refused" });
    await expect(stop()).rejects.toMatchObject({
      kind: "refused",
      detail: { why: expect.stringMatching(/999988887777/) },
    });
    aws.pinAccount("111122223333");
    await aws.identity(ACTION);
    aws.readOnly = true;
    await expect(stop()).rejects.toMatchObject({
      kind: "refused",
      detail: { why: expect.stringMatching(/read-only/) },
    });
    await aws.callByName("docker", "ComposePs", {}, ACTION);
    expect(sent).toHaveLength(1);
    aws.readOnly = false;
    await stop();
    expect(sent[1]).toBe(`docker:ComposeStop ${JSON.stringify(STOP)}`);
    expect(reports.at(-1)).toMatchObject({ mutation: true, operation: "ComposeStop" });
    expect(reports.filter(({ error }) => error?.kind === "refused")).toHaveLength(3);
  });

  it("that the program does not know are not sent", async () => {
    const { aws, sent } = await routed();
    await aws.identity(ACTION);
    await expect(aws.callByName("docker", "SystemPrune", {}, ACTION)).rejects.toMatchObject({ kind: "bug" });
    expect(sent).toEqual([]);
  });

  it("are reported with why they failed, and end with the reason of a signal that aborts", async () => {
    const gone = new Failure({ kind: "unreachable", what: "docker", why: "no daemon", next: "start it", code: "X" });
    const { aws, reports, isClosed } = await routed(() => Promise.reject(gone));
    await expect(aws.callByName("docker", "ComposePs", {}, ACTION)).rejects.toBe(gone);
    expect(reports.at(-1)?.error).toEqual({ kind: "unreachable", code: "X", message: "no daemon" });
    const abort = new AbortController();
    const waiting = aws.callByName("docker", "ComposePs", {}, { ...ACTION, signal: abort.signal });
    abort.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    aws.close();
    expect(isClosed()).toBe(true);
  });
});
