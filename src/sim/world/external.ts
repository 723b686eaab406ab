import type { Service } from "./ecs/model.ts";
import { scalingRoleArn } from "./names.ts";
import type { Principal } from "./principals.ts";
import type { Region } from "./region.ts";
import type { Suspension } from "./scaling/auto-scaling.ts";
import type { TrailDraft } from "./trail.ts";

/** Things that a named other person can do in the account, each with its CloudTrail event. */
export interface SomebodyElse {
  principal: Principal;
  /** ecs:UpdateService on the Nessie service. */
  updateService(change: { desiredCount: number }): void;
  /** RegisterScalableTarget on the Nessie service. */
  registerScalableTarget(change: { min?: number; max?: number; suspended?: Partial<Suspension> }): void;
}

/** Hands that are not the responder's: colleagues, pipelines, AWS's own services. */
export class External {
  readonly #region: Region;

  constructor(region: Region) {
    this.#region = region;
  }

  /**
   * Acts as another principal of the account, at the present virtual time.
   * @throws when the template's service is not in this region. @param name the session name, such as `terraform-ci`. @param role the role it assumed.
   */
  asSomebodyElse(name: string, role = "platform-engineer"): SomebodyElse {
    const { account, ecs, names, scaling } = this.#region;
    const principal = account.principals.roleSession(role, name);
    const service = ecs.clusters.get(names.cluster)?.services.get(names.service);
    if (!service) throw new Error(`no service ${names.service} in ${names.region}`);
    const resourceId = `service/${service.cluster.name}/${service.name}`;
    return {
      principal,
      updateService: ({ desiredCount }) => {
        account.now();
        ecs.updateService(service, { desiredCount });
        const input = { cluster: service.cluster.name, service: service.name, desiredCount };
        this.#record("UpdateService", "ecs", input, principal, service);
      },
      registerScalableTarget: (change) => {
        account.now();
        const target = scaling.targets.get(resourceId);
        if (!target) throw new Error(`no scalable target ${resourceId}`);
        scaling.register(target, change);
        const { min: minCapacity, max: maxCapacity, suspended } = change;
        const input = { serviceNamespace: "ecs", resourceId, minCapacity, maxCapacity, suspendedState: suspended };
        this.#record("RegisterScalableTarget", "autoscaling", input, principal, service);
      },
    };
  }

  /** Application Auto Scaling changed a desired count: CloudTrail shows its service-linked role. */
  autoScalingUpdated(service: Service, desiredCount: number): void {
    const { names } = this.#region;
    const input = { cluster: service.cluster.name, service: service.name, desiredCount };
    const by = {
      service: "ecs.application-autoscaling.amazonaws.com",
      roleArn: scalingRoleArn(names),
      accountId: names.accountId,
    };
    this.#record("UpdateService", "ecs", input, by, service);
  }

  #record(name: string, source: string, input: object, by: TrailDraft["by"], service: Service): void {
    const { account, names } = this.#region;
    account.journal.note(
      account.kernel.nowMs,
      `${"service" in by ? by.service : by.userName} ${name} ${JSON.stringify(input)}`,
    );
    account.trail.record({
      name,
      source: `${source}.amazonaws.com`,
      atMs: account.kernel.nowMs,
      region: names.region,
      requestId: account.nextRequestId(),
      userAgent: "APN/1.0 HashiCorp/1.0 Terraform/1.9.8",
      input,
      output: undefined,
      resources: [
        { ResourceType: "AWS::ECS::Service", ResourceName: service.name },
        { ResourceType: "AWS::ECS::Cluster", ResourceName: service.cluster.name },
      ],
      by,
    });
  }
}
