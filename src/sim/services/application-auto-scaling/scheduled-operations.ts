import type * as Wire from "@aws-sdk/client-application-auto-scaling";
import { AwsError } from "../../wire/aws-error.ts";
import type { Operations } from "../../wire/types.ts";
import type { Region } from "../../world/region.ts";
import type { ScheduledAction } from "../../world/scaling/scheduled.ts";
import { pageOf } from "../paging.ts";

const DIMENSION = "ecs:service:DesiredCount";

function view(action: ScheduledAction): Wire.ScheduledAction {
  return {
    ScheduledActionName: action.name,
    ScheduledActionARN: action.arn,
    ServiceNamespace: "ecs",
    ResourceId: action.resourceId,
    ScalableDimension: DIMENSION,
    Schedule: action.schedule,
    ScalableTargetAction: { MinCapacity: action.min, MaxCapacity: action.max },
    CreationTime: new Date(action.createdAtMs),
  };
}

/** Scheduled actions on ECS services. */
export function scheduledOperations(region: Region): Operations<typeof Wire> {
  const { scheduledActions, scaling } = region;
  return {
    DescribeScheduledActions: (input) => {
      const found = [...scheduledActions.byName.values()].filter(
        (action) =>
          input.ServiceNamespace === "ecs" &&
          (input.ResourceId === undefined || input.ResourceId === action.resourceId) &&
          (!input.ScheduledActionNames || input.ScheduledActionNames.includes(action.name)),
      );
      const page = pageOf(
        found,
        Math.min(50, input.MaxResults ?? 50),
        input.NextToken,
        () => new AwsError("InvalidNextTokenException", "The next token supplied was invalid"),
      );
      return { ScheduledActions: page.items.map(view), NextToken: page.next };
    },
    PutScheduledAction: (input) => {
      const {
        ResourceId: resourceId = "",
        ScheduledActionName: name = "",
        Schedule: schedule = "",
        ScalableTargetAction: action,
      } = input;
      if (!scaling.targets.has(resourceId))
        throw new AwsError(
          "ObjectNotFoundException",
          `No scalable target registered for service namespace: ecs, resource ID: ${resourceId}`,
        );
      scheduledActions.put({ name, resourceId, schedule, min: action?.MinCapacity, max: action?.MaxCapacity });
      return {};
    },
    DeleteScheduledAction: (input) => {
      scheduledActions.delete(input.ScheduledActionName ?? "", input.ResourceId ?? "");
      return {};
    },
  };
}
