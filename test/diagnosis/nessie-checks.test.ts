import { describe, expect, test } from "vitest";
import type { Finding } from "../../src/diagnosis/check.ts";
import { certificateCheck } from "../../src/diagnosis/nessie/certificate-checks.ts";
import { cpuCheck, requestsCheck, throttlingCheck, topClient } from "../../src/diagnosis/nessie/load-checks.ts";
import { heapCheck, killedCheck, memoryCheck } from "../../src/diagnosis/nessie/memory-checks.ts";
import {
  crashCheck,
  deniedCheck,
  desiredCheck,
  rolloutCheck,
  startCheck,
} from "../../src/diagnosis/nessie/rollout-checks.ts";
import {
  ago,
  definition,
  definitions,
  deployment,
  ended,
  event,
  known,
  log,
  NOW_MS,
  OUT_OF_MEMORY,
  revision,
  said,
  scope,
  series,
  service,
  steady,
  task,
  unknown,
} from "./facts.ts";

const text = (findings: readonly Finding[]) => findings.map((finding) => finding.text).join("\n");

describe("tasks killed at their memory limit", () => {
  const judge = (tasks: Parameters<typeof killedCheck.judge>[0]["tasks"], memoryMb = 2048) =>
    killedCheck.judge({ service: service(), tasks }, scope(), {
      definitions: definitions(definition({ memoryMb })),
      ends: known([
        { task: "0123456789abcdef", container: "nessie", lines: [{ atMs: ago(3), text: "GET /api/v2/trees" }] },
      ]),
    });

  test.each([
    ["exit 137 and a reason that names memory", [ended(137, OUT_OF_MEMORY)], ["proves", "supports"]],
    [
      "exit 137 alone, as after a stop that took too long",
      [
        task({
          stopCode: "ServiceSchedulerInitiated",
          stoppedAtMs: ago(3),
          containers: [{ name: "nessie", exitCode: 137, reason: "" }],
        }),
      ],
      [],
    ],
    ["another exit code", [ended(1)], []],
    ["a kill of an hour ago", [ended(137, OUT_OF_MEMORY, { stoppedAtMs: ago(45) })], ["information"]],
    ["tasks that run", [task()], []],
    ["no task at all", [], []],
  ])("%s", (_name, tasks, strengths) => {
    expect(said(judge(tasks))).toEqual(strengths.map((strength) => `container-memory-limit ${strength}`));
  });

  test("with less memory than the service has now is an old story", () => {
    const findings = judge([ended(137, OUT_OF_MEMORY)], 4096);
    expect(said(findings)).toEqual(["container-memory-limit information"]);
    expect(text(findings)).toContain(
      "killed for memory with 2 GB before revision lakehouse-prod-nessie:1, which has 4 GB",
    );
  });

  test("137 without a reason is said to be SIGKILL and no more", () => {
    const killed = task({ stoppedAtMs: ago(3), containers: [{ name: "nessie", exitCode: 137, reason: "" }] });
    expect(text(judge([killed]))).toMatch(/no reason that names memory: that is SIGKILL/);
  });

  test("names time, limit and the end of the log", () => {
    const findings = judge([ended(137, OUT_OF_MEMORY)]);
    expect(text(findings)).toMatch(/exit 137, "OutOfMemoryError.*", limit 2 GB; last 01234567 at 02:57:00 UTC/);
    expect(text(findings)).toMatch(/log of 01234567 just ends at 02:57:00 UTC, without a Java error/);
    expect(findings[0]?.details).toMatchObject({ service: "nessie", memoryMb: 2048, cpu: 1024 });
  });

  test("a log that ends in a Java error speaks against the kernel", () => {
    const findings = killedCheck.judge({ service: service(), tasks: [ended(137, OUT_OF_MEMORY)] }, scope(), {
      definitions: unknown,
      ends: known([
        {
          task: "0123456789abcdef",
          container: "nessie",
          lines: [{ atMs: ago(3), text: "java.lang.OutOfMemoryError: Java heap space" }],
        },
      ]),
    });
    expect(said(findings)).toEqual(["container-memory-limit proves", "container-memory-limit against"]);
  });
});

describe("memory that was used", () => {
  const judge = (values: number[], createdMinutesAgo = 1e5) =>
    memoryCheck.judge(
      {
        utilisation: { cpu: [], cpuMaximum: [], memory: [], memoryMaximum: series(...values) },
        service: service({ deployments: [deployment({ createdAtMs: ago(createdMinutesAgo) })] }),
      },
      scope(),
      {},
    );

  test.each([
    ["close to the limit", [55, 97], "supports"],
    ["far from it", [55, 60], "against"],
    ["in between", [55, 80], undefined],
  ] as const)("%s", (_name, values, strength) => {
    expect(said(judge([...values]))).toEqual(strength ? [`container-memory-limit ${strength}`] : []);
  });

  test("counts only since the present revision was deployed", () => {
    expect(said(judge([99, 99, 99, 50, 50], 2))).toEqual(["container-memory-limit against"]);
  });

  test("says when nothing was published", () => {
    expect(text(judge([]))).toBe("No memory utilisation was published.");
  });
});

describe("the JVM's heap", () => {
  const ERROR = "2026-11-23 02:55:00 ERROR java.lang.OutOfMemoryError: Java heap space";
  const judge = (lines: Parameters<typeof log>[0], more: Partial<Parameters<typeof heapCheck.judge>[2]> = {}) =>
    heapCheck.judge({ troubles: log(lines) }, scope(), {
      tasks: known([task()]),
      service: known(service()),
      definitions: definitions(
        definition({
          containers: [
            {
              name: "nessie",
              image: "x",
              environment: { JAVA_OPTS_APPEND: "-Dsecret=hunter2 -XX:MaxRAMPercentage=25" },
            },
          ],
        }),
      ),
      utilisation: known({ cpu: [], cpuMaximum: [], memory: [], memoryMaximum: steady(38) }),
      ...more,
    });

  test("proven by Java's own error, with the option that limits it and no other of them", () => {
    const findings = judge([
      [9, ERROR],
      [2, ERROR],
    ]);
    expect(said(findings)).toEqual(["jvm-heap proves", "jvm-heap supports", "jvm-heap information"]);
    expect(text(findings)).toMatch(
      /2 lines with java\.lang\.OutOfMemoryError from 02:51:00 UTC to 02:58:00 UTC, in 1 task/,
    );
    expect(text(findings)).toMatch(
      /MaxRAMPercentage=25 of lakehouse-prod-nessie:1: the heap may have 512 MB of the container's 2 GB/,
    );
    expect(text(findings)).not.toContain("hunter2");
  });

  test.each([
    ["no such line", [] as Parameters<typeof log>[0], []],
    ["lines of tasks of an earlier revision", [[2, ERROR, "feedfacefeedface"]] as Parameters<typeof log>[0], []],
    ["lines that are a quarter of an hour old", [[15, ERROR]] as Parameters<typeof log>[0], ["jvm-heap information"]],
  ])("%s", (_name, lines, expected) => {
    const old = task({ id: "feedfacefeedface", taskDefinition: revision(7) });
    expect(said(judge(lines, { tasks: known([task(), old]) }))).toEqual(expected);
  });

  test("exit code 3 without a reason supports it", () => {
    const findings = judge([[2, ERROR]], { tasks: known([ended(3)]) });
    expect(said(findings)).toContain("jvm-heap supports");
    expect(text(findings)).toMatch(/1 task ended with exit 3/);
  });

  test("is proven when nothing but the log can be read", () => {
    const nothing = { tasks: unknown, service: unknown, definitions: unknown, utilisation: unknown };
    expect(said(judge([[2, ERROR]], nothing))).toEqual(["jvm-heap proves"]);
  });
});

describe("CPU and autoscaling", () => {
  const judge = (cpu: number[], scaling: Parameters<typeof cpuCheck.judge>[2]["scaling"], desired = 6) =>
    cpuCheck.judge(
      {
        utilisation: { cpu: series(...cpu), cpuMaximum: [], memory: [], memoryMaximum: [] },
        service: service({ desired, running: desired }),
      },
      scope(),
      { scaling, definitions: definitions(definition()) },
    );
  const busy = Array.from({ length: 15 }, () => 97);

  test.each([
    ["busy, and autoscaling at its maximum", busy, known({ min: 2, max: 6, suspended: false }), ["proves"]],
    ["busy, and no autoscaling", busy, known(null), ["proves"]],
    ["busy, and autoscaling not readable", busy, unknown, ["proves"]],
    ["busy, and tasks can still be added", busy, known({ min: 2, max: 12, suspended: false }), ["supports"]],
    ["busy for a moment", [...Array.from({ length: 12 }, () => 70), 95, 95], known(null), []],
    ["idle", Array.from({ length: 15 }, () => 35), known(null), ["against"]],
    ["nothing published", [], known(null), []],
  ])("%s", (_name, cpu, scaling, expected) => {
    expect(said(judge(cpu, scaling))).toEqual(expected.map((strength) => `cpu-saturated ${strength}`));
  });

  test("says how large the tasks are and what is left", () => {
    expect(text(judge(busy, known({ min: 2, max: 6, suspended: false })))).toMatch(
      /on 6 tasks with 1 vCPU and 2 GB each\. Autoscaling is at 6 of 6 tasks: it has nothing left/,
    );
  });
});

describe("requests and clients", () => {
  const line = (address: string) =>
    `02:59 INFO [access-log] (executor-1) ${address} - - "GET /api/v2/trees/main HTTP/1.1" 200 4 3ms`;
  const judge = (requests: number[], addresses: string[], cpu: number) =>
    requestsCheck.judge({ traffic: { requests: series(...requests), balancerErrors: [], targetErrors: [] } }, scope(), {
      log: known(log(addresses.map((address) => [1, line(address)]))),
      utilisation: known({ cpu: steady(cpu, 15), cpuMaximum: [], memory: [], memoryMaximum: [] }),
    });
  const usual = Array.from({ length: 50 }, () => 800);
  const flood = Array.from({ length: 10 }, () => 9000);
  const one = Array.from({ length: 150 }, (_none, i) => (i % 10 === 0 ? "10.0.20.7" : "172.20.14.23"));

  test("a flood by one client explains a CPU that is used up", () => {
    const findings = judge([...usual, ...flood], one, 97);
    expect(said(findings)).toEqual(["cpu-saturated supports", "cpu-saturated supports"]);
    expect(text(findings)).toMatch(/9000 requests a minute, 11\.3 times usual/);
    expect(text(findings)).toMatch(/90 % of 150 requests .* come from 172\.20\.14\.23: "GET/);
  });

  test("the same flood is no fault while it is answered", () => {
    expect(said(judge([...usual, ...flood], one, 60))).toEqual([
      "cpu-saturated information",
      "cpu-saturated information",
    ]);
  });

  test("many clients, or few lines, single nobody out", () => {
    const many = Array.from({ length: 150 }, (_none, i) => `10.0.20.${i % 50}`);
    expect(topClient(many.map(line))?.share).toBeCloseTo(0.02);
    expect(topClient(one.slice(0, 50).map(line))).toBeUndefined();
    expect(topClient(Array.from({ length: 200 }, () => 'GET "nothing of an address" - -'))).toBeUndefined();
  });
});

describe("DynamoDB", () => {
  const table = { name: "t_objs", onDemand: true, maximum: {}, provisioned: { read: 0, write: 0 } };
  const judge = (refused: number[], tables = [table], lines: Parameters<typeof log>[0] = []) =>
    throttlingCheck.judge(
      { throttles: [{ table: "t_objs", operation: "GetItem", refused: series(...refused) }], tables },
      scope(),
      { log: known(log(lines)), updates: known([event("UpdateTable", { tableName: "t_objs" })]) },
    );

  test.each([
    ["many refusals that go on", [0, 50, 60, 70], ["proves", "information"]],
    ["a few", [0, 2, 3], ["supports", "information"]],
    ["many that are over", [900, ...Array.from({ length: 8 }, () => 0)], ["information", "information"]],
  ])("%s", (_name, refused, expected) => {
    expect(said(judge(refused))).toEqual(expected.map((strength) => `dynamodb-throttling ${strength}`));
  });

  test.each([
    [{ ...table, maximum: { read: 12 } }, /on-demand already, with a maximum of its own: 12 read units a second/],
    [table, /on-demand already and has no maximum: a hot partition, or the account's own limit/],
    [{ ...table, onDemand: false }, /provisioned capacity, which is used up/],
  ])("says why it may be: %j", (one, pattern) => {
    expect(text(judge([100, 100], [one]))).toMatch(pattern);
  });

  test("lines in the log support it", () => {
    expect(said(judge([100], [table], [[2, "software.amazon.ThrottlingException: slow down"]]))).toContain(
      "dynamodb-throttling supports",
    );
  });
});

describe("deployments", () => {
  const bad = (change = {}) =>
    service({
      taskDefinition: revision(2),
      deployments: [
        deployment({
          id: "ecs-svc/2",
          taskDefinition: revision(2),
          createdAtMs: ago(4),
          rolloutState: "IN_PROGRESS",
          running: 0,
          ...change,
        }),
        deployment({ status: "ACTIVE" }),
      ],
    });
  const ofNew = { deployment: "ecs-svc/2", taskDefinition: revision(2) };
  const judge = (one: ReturnType<typeof service>, tasks: ReturnType<typeof task>[]) =>
    rolloutCheck.judge({ service: one, tasks }, scope(), {
      definitions: definitions(
        definition(),
        definition({
          revision: 2,
          containers: [{ name: "nessie", image: "nessie:bad", environment: { TOKEN: "s3cret" } }],
        }),
      ),
      changes: known([event("UpdateService", { taskDefinition: revision(2) })]),
      ends: unknown,
    });

  test.each([
    ["a new revision whose tasks end", bad(), [ended(1, "", ofNew), task()], true],
    [
      "a new revision whose tasks cannot start",
      bad(),
      [task({ ...ofNew, stopCode: "TaskFailedToStart", stoppedAtMs: ago(1) }), task()],
      true,
    ],
    [
      "a rollout that ECS gave up",
      bad({ rolloutState: "FAILED", rolloutReason: "tasks failed to start" }),
      [task()],
      true,
    ],
    ["a rollout that gets on", bad(), [task({ ...ofNew }), task()], false],
    ["tasks of the old revision that end, and nothing new", service(), [ended(137, OUT_OF_MEMORY), task()], false],
    [
      "a completed deployment of last month",
      service({ deployments: [deployment({ createdAtMs: ago(60 * 24 * 30) })] }),
      [ended(1)],
      false,
    ],
    ["a service at zero", { ...bad(), desired: 0 }, [ended(1, "", ofNew)], false],
  ])("%s", (_name, one, tasks, isBad) => {
    expect(said(judge(one, tasks)).includes("bad-deployment proves")).toBe(isBad);
  });

  test("says what changed, who deployed it, and what to go back to; no variable's value", () => {
    const findings = judge(bad(), [ended(1, "", ofNew), task()]);
    expect(text(findings)).toMatch(/image .*0\.99\.0 to nessie:bad; variables TOKEN/);
    expect(text(findings)).toMatch(/platform-engineer\/marco deployed it at 02:55:00 UTC/);
    expect(text(findings)).toMatch(/no deployment circuit breaker/);
    expect(JSON.stringify(findings)).not.toContain("s3cret");
    expect(findings[0]?.details).toMatchObject({ previousRevision: revision(1), badRevision: revision(2) });
  });
});

describe("tasks that are wanted, that cannot start, that end", () => {
  test("a service at zero, and by whom; and whether it is our own doing", () => {
    const judge = (held: Parameters<typeof scope>[0]) =>
      desiredCheck.judge({ service: service({ desired: 0, running: 0 }) }, scope(held), {
        changes: known([
          event("UpdateService", { desiredCount: 0 }),
          event("UpdateService", { desiredCount: 2 }, { atMs: ago(900) }),
        ]),
      });
    const [theirs] = judge({});
    expect(theirs).toMatchObject({
      verdict: "scaled-to-zero",
      strength: "proves",
      details: { desiredBefore: 2, ours: false },
    });
    expect(theirs?.text).toMatch(/asked for 0 tasks, by platform-engineer\/marco at 02:55:00 UTC/);
    const containment = {
      runId: "r",
      actionId: "contain-nessie",
      title: "Contain",
      badge: "nessie 2->0",
      sinceMs: 0,
      resources: ["service nessie in cluster lakehouse-prod-nessie"],
    };
    expect(judge({ held: [containment] })[0]?.details).toMatchObject({ ours: true });
  });

  test("a service that runs is no finding for a verdict", () => {
    expect(said(desiredCheck.judge({ service: service() }, scope(), { changes: unknown }))).toEqual([]);
  });

  const never = (stoppedReason: string, change = {}) => {
    const { startedAtMs: _none, ...one } = task({
      stoppedAtMs: ago(1),
      lastStatus: "STOPPED",
      stopCode: "TaskFailedToStart",
      stoppedReason,
      ...change,
    });
    return one;
  };

  test.each([
    ["CannotPullContainerError: pull image manifest: not found", true],
    ["ResourceInitializationError: unable to pull secrets: AccessDeniedException", true],
    ["Task failed to start for a reason of its own", false],
  ])("a task that cannot start: %s", (reason, found) => {
    const findings = startCheck.judge({ service: service(), tasks: [never(reason)] }, scope(), {});
    expect(said(findings)).toEqual(found ? ["image-or-permission-failure proves"] : []);
  });

  test("of another revision than the present it is only worth knowing", () => {
    const one = never("CannotPullContainerError: x", { taskDefinition: revision(9) });
    expect(said(startCheck.judge({ service: service(), tasks: [one] }, scope(), {}))).toEqual([]);
  });

  test.each([
    ["two ends in half an hour", [ended(1), ended(1, "", { id: "b" })], ["proves"]],
    ["one end", [ended(1)], ["supports"]],
    [
      "ends of another revision",
      [ended(1, "", { taskDefinition: revision(9) }), ended(1, "", { taskDefinition: revision(9) })],
      [],
    ],
    ["ends of an hour ago", [ended(1, "", { stoppedAtMs: ago(50) })], []],
    [
      "tasks that ECS stopped",
      [
        task({
          stopCode: "ServiceSchedulerInitiated",
          stoppedAtMs: ago(1),
          containers: [{ name: "nessie", exitCode: 143, reason: "" }],
        }),
      ],
      [],
    ],
  ])("a crash loop: %s", (_name, tasks, expected) => {
    const findings = crashCheck.judge({ service: service(), tasks }, scope(), { ends: unknown });
    expect(said(findings)).toEqual(expected.map((strength) => `crash-loop ${strength}`));
  });

  test("AWS refusing Nessie: many lines prove it, one is a hint", () => {
    const denied = (lines: number) =>
      deniedCheck.judge(
        {
          troubles: log(
            Array.from({ length: lines }, () => [
              1,
              "AccessDeniedException: not authorized to perform dynamodb:GetItem",
            ]),
          ),
        },
        scope(),
        {},
      );
    expect(said(denied(12))).toEqual(["image-or-permission-failure proves"]);
    expect(said(denied(1))).toEqual(["image-or-permission-failure supports"]);
    expect(denied(0)).toEqual([]);
  });
});

describe("the certificate", () => {
  const judge = (change: object) =>
    certificateCheck.judge(
      {
        certificates: [
          {
            arn: "arn:c",
            domain: "nessie.example.com",
            status: "ISSUED",
            type: "AMAZON_ISSUED",
            notAfterMs: NOW_MS + 90 * 86_400_000,
            ports: [443],
            ...change,
          },
        ],
      },
      scope(),
      {},
    );
  test.each([
    ["valid", {}, []],
    ["past its end", { notAfterMs: NOW_MS - 1000 }, ["proves"]],
    ["EXPIRED", { status: "EXPIRED" }, ["proves"]],
    ["not validated", { status: "VALIDATION_TIMED_OUT" }, ["proves"]],
    ["about to end", { notAfterMs: NOW_MS + 86_400_000 }, []],
  ])("%s", (_name, change, expected) => {
    expect(said(judge(change))).toEqual(expected.map((strength) => `certificate-expired ${strength}`));
  });

  test("says when it ended, or how long it still is", () => {
    expect(judge({ notAfterMs: NOW_MS - 1000 })[0]?.text).toMatch(/expired on 2026-11-23 02:59:59 UTC/);
    expect(judge({ notAfterMs: NOW_MS + 86_400_000 })[0]?.text).toMatch(/valid for 1 more days: renew it now/);
  });
});
