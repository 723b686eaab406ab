import { AwsError } from "../../wire/aws-error.ts";
import type { Kernel, ScheduledEvent } from "../kernel.ts";
import { arn, type Place } from "../names.ts";
import { type RandomStream, randomUuid } from "../random.ts";
import type { AutoScaling } from "./auto-scaling.ts";

const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export interface ScheduledAction {
  name: string;
  arn: string;
  resourceId: string;
  /** `at(2026-11-23T04:00:00)` or `rate(30 minutes)`. */
  schedule: string;
  min: number | undefined;
  max: number | undefined;
  createdAtMs: number;
  event: ScheduledEvent;
}

/** When a schedule is due next after `nowMs`, ms; undefined for a time that has passed. @throws AwsError ValidationException. */
export function nextDueMs(schedule: string, nowMs: number): number | undefined {
  const at = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(schedule)?.[1];
  if (at !== undefined) {
    const atMs = Date.parse(`${at}Z`);
    return atMs > nowMs ? atMs : undefined;
  }
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  const periodMs = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (periodMs > 0) return nowMs + periodMs;
  throw new AwsError(
    "ValidationException",
    `Schedule ${schedule} is not valid or not simulated: at(...) and rate(...) are.`,
  );
}

/** Scheduled actions of Application Auto Scaling: each sets a target's range when it is due. */
export class ScheduledActions {
  readonly byName = new Map<string, ScheduledAction>();
  readonly #kernel: Kernel;
  readonly #place: Place;
  readonly #random: RandomStream;
  readonly #scaling: AutoScaling;

  constructor(kernel: Kernel, place: Place, random: RandomStream, scaling: AutoScaling) {
    this.#kernel = kernel;
    this.#place = place;
    this.#random = random;
    this.#scaling = scaling;
  }

  /** Makes an action or changes the one of this name. @throws AwsError ValidationException. */
  put(draft: Pick<ScheduledAction, "name" | "resourceId" | "schedule" | "min" | "max">): ScheduledAction {
    const existing = this.byName.get(draft.name);
    const dueMs = nextDueMs(draft.schedule, this.#kernel.nowMs);
    if (dueMs === undefined) throw new AwsError("ValidationException", "Scheduled action time is in the past.");
    existing?.event.cancel();
    const id = `scheduledAction:${randomUuid(this.#random)}:resource/ecs/${draft.resourceId}:scheduledActionName/${draft.name}`;
    const action: ScheduledAction = {
      ...draft,
      arn: existing?.arn ?? arn(this.#place, "autoscaling", id),
      createdAtMs: existing?.createdAtMs ?? this.#kernel.nowMs,
      event: this.#kernel.at(dueMs, () => this.#run(action)),
    };
    this.byName.set(draft.name, action);
    return action;
  }

  /** @throws AwsError ObjectNotFoundException. */
  delete(name: string, resourceId: string): void {
    const action = this.byName.get(name);
    if (action?.resourceId !== resourceId)
      throw new AwsError("ObjectNotFoundException", `No scheduled action found for name: ${name}`);
    action.event.cancel();
    this.byName.delete(name);
  }

  #run(action: ScheduledAction): void {
    const target = this.#scaling.targets.get(action.resourceId);
    if (target && !target.suspended.scheduledScaling) {
      const { min, max } = action;
      this.#scaling.register(target, { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
    }
    const dueMs = nextDueMs(action.schedule, this.#kernel.nowMs);
    if (dueMs === undefined) this.byName.delete(action.name);
    else action.event = this.#kernel.at(dueMs, () => this.#run(action));
  }
}
