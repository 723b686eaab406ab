import type { ServiceDefinition } from "../wire/types.ts";
import type { World } from "../world/world.ts";
import { acmService } from "./acm.ts";
import { applicationAutoScalingService } from "./application-auto-scaling.ts";
import { cloudTrailService } from "./cloudtrail.ts";
import { cloudWatchService } from "./cloudwatch.ts";
import { dynamoDbService } from "./dynamodb.ts";
import { ec2Service } from "./ec2.ts";
import { ecsService } from "./ecs.ts";
import { elasticLoadBalancingService } from "./elastic-load-balancing.ts";
import { glueService } from "./glue.ts";
import { iamService } from "./iam.ts";
import { kmsService } from "./kms.ts";
import { lakeFormationService } from "./lake-formation.ts";
import { logsService } from "./logs.ts";
import { regional } from "./regional.ts";
import { s3Service } from "./s3.ts";
import { snsService } from "./sns.ts";
import { stsService } from "./sts.ts";
import { taggingService } from "./tagging.ts";

/** All simulated services, bound to a world. */
export function allServices(world: World): ServiceDefinition[] {
  return [
    iamService(world),
    stsService(world),
    ...[
      acmService,
      applicationAutoScalingService,
      cloudTrailService,
      cloudWatchService,
      dynamoDbService,
      ec2Service,
      ecsService,
      elasticLoadBalancingService,
      glueService,
      kmsService,
      lakeFormationService,
      logsService,
      s3Service,
      snsService,
      taggingService,
    ].map((service) => regional(world, service)),
  ];
}
