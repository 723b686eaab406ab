import { Failure, type FailureDetail, failureDetail } from "../base/failure.ts";
import { setSourceAbsent, setSourceFailure, setSourceValue } from "../state/store.ts";
import type { ScalingView, TaskView } from "../state/views.ts";
import { allPages, chunks, moment, polling, type WatchContext } from "./context.ts";
import { type EcsService, scalingView, serviceView, taskView } from "./service-view.ts";

/** DescribeServices takes at most 10 names, DescribeTasks at most 100 (Amazon ECS API reference). */
const SERVICES_PER_CALL = 10;
const TASKS_PER_CALL = 100;
/** DescribeScalableTargets returns at most 50 a page (Application Auto Scaling API reference). */
const SCALABLE_TARGETS_PER_CALL = 50;

interface ServiceName {
  cluster: string;
  service: string;
}

/** The services of the deployment: Nessie's first, then Dagster's where it runs in ECS. */
export function watchedServices({ nessie, dagster }: WatchContext["deployment"]): ServiceName[] {
  const names = nessie ? [{ cluster: nessie.cluster, service: nessie.service }] : [];
  if (dagster) names.push(...dagster.services.map((service) => ({ cluster: dagster.cluster, service })));
  return names;
}

const keyOf = ({ cluster, service }: ServiceName) => `service/${cluster}/${service}`;

/**
 * Services with their tasks and scaling. The counts are published as soon as they arrive; tasks and scaling follow, and where
 * they cannot be read the counts stay good.
 */
export class ServicesSource {
  readonly #context: WatchContext;
  readonly #names: ServiceName[];
  #tasks = new Map<string, TaskView[]>();
  #scaling: Map<string, ScalingView> | undefined;
  /** What of tasks and scaling could not be read in the last whole poll. */
  #unread: FailureDetail[] = [];

  constructor(context: WatchContext) {
    this.#context = context;
    this.#names = watchedServices(context.deployment);
  }

  /** Says why there is nothing to watch, and returns false, when the deployment has no services. */
  begin(): boolean {
    if (this.#names.length > 0) return true;
    setSourceAbsent(this.#context.store, "services", "This lakehouse has no ECS services: its catalog is not Nessie.");
    return false;
  }

  async poll(signal: AbortSignal): Promise<void> {
    const unread: FailureDetail[] = [];
    const keep = (what: string) => (error: unknown) => {
      const detail = failureDetail(error, what);
      // A cluster or service that is not there is said once, by the reading of the services.
      if (detail.kind !== "not-found") unread.push(detail);
    };
    const tasks = Promise.all(
      this.#names.map((name) =>
        this.#readTasks(name, signal).then(
          (views) => {
            this.#tasks.set(keyOf(name), views);
          },
          keep(`read the tasks of ${name.service}`),
        ),
      ),
    );
    const scaling = this.#readScaling(signal).then(
      (found) => {
        this.#scaling = found;
      },
      (error: unknown) => {
        this.#scaling = undefined;
        keep("read the autoscaling")(error);
      },
    );
    const { services, failures } = await this.#readServices(signal);
    if (services.length === 0 && failures[0]) {
      await Promise.all([tasks, scaling]);
      throw failures[0];
    }
    const receivedAt = moment(this.#context.clock);
    const publish = () => {
      if (signal.aborted) return;
      const partial = distinct([...failures.map((failure) => failure.detail), ...this.#unread]);
      setSourceValue(
        this.#context.store,
        "services",
        services.map((service) => this.#view(service)),
        receivedAt,
        partial,
      );
    };
    publish();
    await Promise.all([tasks, scaling]);
    this.#unread = unread;
    publish();
  }

  failed(error: unknown): void {
    setSourceFailure(this.#context.store, "services", failureDetail(error, "read the ECS services"));
  }

  #view(service: EcsService) {
    const key = keyOf({ cluster: service.clusterArn?.split("/").at(-1) ?? "", service: service.serviceName ?? "" });
    const scaling = this.#scaling ? (this.#scaling.get(key) ?? null) : undefined;
    return serviceView(service, this.#tasks.get(key) ?? [], scaling);
  }

  async #readServices(signal: AbortSignal): Promise<{ services: EcsService[]; failures: Failure[] }> {
    const calls = [...Map.groupBy(this.#names, (name) => name.cluster)].flatMap(([cluster, names]) =>
      chunks(names, SERVICES_PER_CALL).map(async (part) => {
        const services = part.map((name) => name.service);
        const { output } = await this.#context.aws
          .call("ecs", "DescribeServices", { cluster, services }, polling(signal))
          .catch((error: unknown) => {
            throw error instanceof Failure && error.kind === "not-found" ? clusterMissing(cluster, error) : error;
          });
        const missing = (output.failures ?? []).map((failure) =>
          serviceMissing(cluster, failure.arn?.split("/").at(-1) ?? "", failure.reason ?? "MISSING"),
        );
        return { services: output.services ?? [], failures: missing };
      }),
    );
    const services: EcsService[] = [];
    const failures: Failure[] = [];
    for (const answer of await Promise.allSettled(calls)) {
      if (answer.status === "fulfilled") {
        services.push(...answer.value.services);
        failures.push(...answer.value.failures);
      } else {
        const error: unknown = answer.reason;
        failures.push(error instanceof Failure ? error : new Failure(failureDetail(error, "ecs:DescribeServices")));
      }
    }
    return { services, failures };
  }

  async #readTasks({ cluster, service }: ServiceName, signal: AbortSignal): Promise<TaskView[]> {
    const { aws } = this.#context;
    const list = (desiredStatus: "RUNNING" | "STOPPED") =>
      allPages(async (nextToken) => {
        const input = { cluster, serviceName: service, desiredStatus, nextToken };
        const { output } = await aws.call("ecs", "ListTasks", input, polling(signal));
        return { items: output.taskArns, next: output.nextToken };
      });
    const arns = (await Promise.all([list("RUNNING"), list("STOPPED")])).flat();
    const answers = await Promise.all(
      chunks([...new Set(arns)], TASKS_PER_CALL).map((tasks) =>
        aws.call("ecs", "DescribeTasks", { cluster, tasks }, polling(signal)),
      ),
    );
    return answers.flatMap(({ output }) => output.tasks ?? []).map(taskView);
  }

  async #readScaling(signal: AbortSignal): Promise<Map<string, ScalingView>> {
    const found = await Promise.all(
      chunks(this.#names.map(keyOf), SCALABLE_TARGETS_PER_CALL).map((ResourceIds) =>
        allPages(async (NextToken) => {
          const { output } = await this.#context.aws.call(
            "application-autoscaling",
            "DescribeScalableTargets",
            { ServiceNamespace: "ecs", ScalableDimension: "ecs:service:DesiredCount", ResourceIds, NextToken },
            polling(signal),
          );
          return { items: output.ScalableTargets, next: output.NextToken };
        }),
      ),
    );
    return new Map(found.flat().map((target) => [target.ResourceId ?? "", scalingView(target)]));
  }
}

function clusterMissing(cluster: string, cause: Failure): Failure {
  return new Failure(
    {
      ...cause.detail,
      what: `ECS cluster ${cluster}`,
      why: "there is no cluster of that name in this account and region",
      next: "Check cluster, region and account; mayday config shows where each name comes from.",
    },
    { cause },
  );
}

function serviceMissing(cluster: string, service: string, reason: string): Failure {
  return new Failure({
    kind: "not-found",
    what: `ECS service ${service} in cluster ${cluster}`,
    why: reason === "MISSING" ? "there is no service of that name" : `ECS answers ${reason}`,
    next: "Check service, cluster, region and account; mayday config shows where each name comes from.",
    code: reason,
  });
}

/** One of each sentence: ten services denied for the same reason are one message. */
function distinct(details: FailureDetail[]): FailureDetail[] {
  return [...new Map(details.map((detail) => [`${detail.what} ${detail.why}`, detail])).values()];
}
