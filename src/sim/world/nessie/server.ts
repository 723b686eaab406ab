import type { Task } from "../ecs/model.ts";
import type { TargetGroup } from "../elb/target-group.ts";
import { ADDRESSES, PORTS } from "../lakehouse-network.ts";
import type { Traffic } from "../metrics/traffic.ts";
import type { Region } from "../region.ts";
import { NessieCatalog } from "./catalog.ts";
import { NessieError } from "./model.ts";
import { meteredAccess, NessiePersist, tableNames } from "./persist.ts";
import type { Workload } from "./workload.ts";

/** The environment variable of `nessie.version.store.persist.dynamodb.table-prefix` (Nessie 0.99 server configuration). */
export const TABLE_PREFIX_VARIABLE = "NESSIE_VERSION_STORE_PERSIST_DYNAMODB_TABLE_PREFIX";

/** What the load balancer makes of a target that does not answer as it should. */
const BALANCER_STATUS = { refused: 502, timeout: 504, error: 500 } as const;

const MINUTE_MS = 60_000;
/** Requests to DynamoDB for one request of a client, and what it answers with, ms. */
const READS_PER_REQUEST = 1.5;
const LATENCY_MS = 4;

/** What a request to Nessie through its load balancer meets: the catalog, the load balancer's own error, or silence. */
export type Reached = { catalog: NessieCatalog } | { status: 500 | 502 | 503 | 504 } | "silence";

/** Nessie as it runs in its tasks: the catalog of the tables that their definition names, and who commits to it. */
export class NessieServer {
  readonly workload: Workload;
  readonly #region: Region;
  readonly #group: TargetGroup;
  readonly #traffic: Traffic;

  constructor(region: Region, group: TargetGroup, traffic: Traffic, workload: Workload) {
    this.#region = region;
    this.#group = group;
    this.#traffic = traffic;
    this.workload = workload;
  }

  /** Lets the workload commit and the meters run from now on. */
  start(): void {
    const { kernel } = this.#region.account;
    kernel.after(this.workload.pauseMs(), () => this.#append());
    kernel.every(kernel.nowMs + MINUTE_MS / 2, MINUTE_MS, () => this.#meter());
  }

  /** What a request of a responder meets now. */
  reach(): Reached {
    const { network, loadBalancers } = this.#region;
    const balancer = loadBalancers.get(this.#group.loadBalancerArn);
    const to = { ip: balancer?.ip ?? "", groups: balancer?.securityGroups ?? [] };
    return network.admitsFrom(ADDRESSES.responder, to, PORTS.listener) ? this.#behindBalancer() : "silence";
  }

  #behindBalancer(): Exclude<Reached, "silence"> {
    const task = this.#healthyTask();
    if (!task) return { status: 503 };
    const result = this.#region.probe(task.network.privateIp);
    if (result !== "ok") return { status: BALANCER_STATUS[result] };
    const access = meteredAccess(this.#region.dynamodb);
    return { catalog: new NessieCatalog(new NessiePersist(access, this.#prefix(task), () => this.nowMs)) };
  }

  /** Virtual time, ms since the Unix epoch. */
  get nowMs(): number {
    return this.#region.account.kernel.nowMs;
  }

  #healthyTask(): Task | undefined {
    const target = [...this.#group.targets.values()].find((candidate) => candidate.state === "healthy");
    return target && this.#region.taskAt(target.ip);
  }

  #prefix(task: Task): string {
    const { environment } = task.definition.container;
    return environment.find((variable) => variable.name === TABLE_PREFIX_VARIABLE)?.value ?? "";
  }

  /** One append of the workload; one that finds no Nessie fails, and the next comes in its time. */
  #append(): void {
    const { kernel, journal } = this.#region.account;
    kernel.after(this.workload.pauseMs(), () => this.#append());
    const reached = this.#traffic.reachable() ? this.#behindBalancer() : { status: 504 };
    if (!this.workload.running || !("catalog" in reached)) return;
    try {
      const head = reached.catalog.reference("main").hash;
      reached.catalog.commit("main", head, this.workload.append(), kernel.nowMs);
    } catch (error) {
      if (!(error instanceof NessieError)) throw error;
      journal.note(kernel.nowMs, `nessie commit failed: ${error.code}`);
    }
  }

  /** A minute of what clients read through Nessie, served or refused. */
  #meter(): void {
    const task = this.#healthyTask();
    if (!task) return;
    const { dynamodb } = this.#region;
    const { refs, objs } = tableNames(this.#prefix(task));
    const requests = Math.round((this.#traffic.requestsPerSecond * MINUTE_MS) / 1000);
    for (const name of [refs, objs]) {
      if (!dynamodb.byName.has(name)) continue;
      const refused = dynamodb.throttles.active.filter((throttle) => throttle.table === name);
      for (const { operation, perSecond } of refused)
        dynamodb.recordThrottled(name, operation, Math.round(perSecond * 60));
      const reads = Math.round(requests * (name === objs ? READS_PER_REQUEST : 1));
      dynamodb.recordServed(name, "GetItem", reads / 2, LATENCY_MS, reads);
    }
  }
}
