"""ECS, Elastic Load Balancing, Application Auto Scaling, EC2."""

import json

from harness import case, contains, equal, is_date, refused

UNICODE = "žluťoučký kůň 🐎 \\ \"quoted\" <&>\n"
ENVIRONMENT = [{"name": "EMPTY", "value": ""}, {"name": "GREETING", "value": UNICODE}]


@case("ecs: clusters and services")
def _(aws):
    cluster, service = aws.names["cluster"], aws.names["service"]
    assert aws.arn("ecs", f"cluster/{cluster}") in aws.ecs.list_clusters()["clusterArns"]
    described = aws.ecs.describe_clusters(clusters=[cluster, "nope"])
    equal([failure["reason"] for failure in described["failures"]], ["MISSING"])
    equal(described["clusters"][0]["activeServicesCount"], 1)
    arns = aws.ecs.list_services(cluster=cluster)["serviceArns"]
    found = aws.ecs.describe_services(cluster=cluster, services=arns, include=["TAGS"])["services"][0]
    is_date(found["createdAt"])
    is_date(found["deployments"][0]["createdAt"])
    is_date(found["events"][0]["createdAt"])
    equal(aws.ecs.list_tags_for_resource(resourceArn=arns[0])["tags"], found["tags"])
    updated = aws.ecs.update_service(cluster=cluster, service=service, desiredCount=3)["service"]
    equal(updated["desiredCount"], 3)
    aws.ecs.update_service(cluster=cluster, service=service, desiredCount=2)
    aws.ecs.get_waiter("services_stable").wait(
        cluster=cluster, services=[service], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    refused("ClusterNotFoundException", 400, aws.ecs.list_services, cluster="nope")
    refused("ServiceNotFoundException", 400, aws.ecs.update_service, cluster=cluster, service="nope")
    refused("InvalidParameterException", 400, aws.ecs.describe_services, cluster=cluster, services=[])


@case("ecs: tasks with nested lists and dates, and one that is stopped")
def _(aws):
    cluster = aws.names["cluster"]
    arns = aws.ecs.list_tasks(cluster=cluster, serviceName=aws.names["service"])["taskArns"]
    tasks = aws.ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    for task in tasks:
        is_date(task["createdAt"])
        details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
        assert details["privateIPv4Address"].startswith("10."), details
    stopped = aws.ecs.stop_task(cluster=cluster, task=arns[0], reason=UNICODE)["task"]
    equal(stopped["stoppedReason"], UNICODE)
    aws.ecs.get_waiter("tasks_stopped").wait(
        cluster=cluster, tasks=[arns[0]], WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    is_date(aws.ecs.describe_tasks(cluster=cluster, tasks=[arns[0]])["tasks"][0]["stoppedAt"])


@case("ecs: task definitions come back as they were registered")
def _(aws):
    container = {
        "name": "app",
        "image": "ghcr.io/example/app:1",
        "essential": True,
        "environment": ENVIRONMENT,
        "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
    }
    registered = aws.ecs.register_task_definition(
        family="boto3-family", cpu="256", memory="512", containerDefinitions=[container]
    )["taskDefinition"]
    is_date(registered["registeredAt"])
    described = aws.ecs.describe_task_definition(taskDefinition="boto3-family:1")["taskDefinition"]
    equal(described["containerDefinitions"][0]["environment"], ENVIRONMENT)
    equal(
        aws.ecs.list_task_definitions(familyPrefix="boto3-family")["taskDefinitionArns"],
        [registered["taskDefinitionArn"]],
    )
    refused("ClientException", 400, aws.ecs.describe_task_definition, taskDefinition="nope")


@case("elb: load balancers, groups, targets, listeners and rules")
def _(aws):
    balancer = aws.elb.describe_load_balancers(Names=[aws.names["loadBalancer"]])["LoadBalancers"][0]
    is_date(balancer["CreatedTime"])
    equal(len(balancer["AvailabilityZones"]), 2)
    group = aws.elb.describe_target_groups(Names=[aws.names["targetGroup"]])["TargetGroups"][0]
    equal(group["Matcher"], {"HttpCode": "200"})
    equal(group["HealthCheckEnabled"], True)
    health = aws.elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    assert all(target["Target"]["Port"] == 19120 for target in health), health
    attributes = aws.elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    assert {"Key": "stickiness.enabled", "Value": "false"} in attributes, attributes
    listeners = aws.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = aws.elb.describe_rules(ListenerArn=listeners[0]["ListenerArn"])["Rules"]
    equal(rules[-1]["IsDefault"], True)
    refused("TargetGroupNotFound", 400, aws.elb.describe_target_groups, Names=["nope"])
    refused("LoadBalancerNotFound", 400, aws.elb.describe_load_balancers, Names=["nope"])


@case("scaling: targets, policies, activities and scheduled actions")
def _(aws):
    place = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{aws.names['cluster']}/{aws.names['service']}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    target = aws.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    is_date(target["CreationTime"])
    suspended = {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }
    aws.scaling.register_scalable_target(**place, MinCapacity=2, MaxCapacity=7, SuspendedState=suspended)
    target = aws.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    equal((target["MaxCapacity"], target["SuspendedState"]), (7, suspended))
    policy = aws.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    is_date(policy["CreationTime"])
    tracking = {**policy["TargetTrackingScalingPolicyConfiguration"], "TargetValue": 62.5}
    put = aws.scaling.put_scaling_policy(
        **place,
        PolicyName=policy["PolicyName"],
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )
    equal(len(put["Alarms"]), 2)
    changed = aws.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
    equal(changed["TargetTrackingScalingPolicyConfiguration"]["TargetValue"], 62.5)
    named = {**place, "ScheduledActionName": "boto3"}
    action = {"MinCapacity": 1, "MaxCapacity": 3}
    aws.scaling.put_scheduled_action(**named, Schedule="rate(12 hours)", ScalableTargetAction=action)
    scheduled = aws.scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"][0]
    is_date(scheduled["CreationTime"])
    equal(scheduled["ScalableTargetAction"], action)
    aws.scaling.delete_scheduled_action(**named)
    refused("ObjectNotFoundException", 400, aws.scaling.delete_scheduled_action, **named)
    assert isinstance(aws.scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"], list)
    aws.scaling.deregister_scalable_target(**place)
    equal(aws.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"], [])
    refused("ObjectNotFoundException", 400, aws.scaling.deregister_scalable_target, **place)
    aws.scaling.register_scalable_target(**place, MinCapacity=2, MaxCapacity=6)
    aws.scaling.put_scaling_policy(
        **place,
        PolicyName=policy["PolicyName"],
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=policy["TargetTrackingScalingPolicyConfiguration"],
    )


def _group(aws, name):
    filters = [{"Name": "group-name", "Values": [f"{aws.names['prefix']}-{name}"]}]
    return aws.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]


@case("ec2: security groups and their rules")
def _(aws):
    group = _group(aws, "dagster")["GroupId"]
    peer = {"CidrIp": "10.3.0.0/16", "Description": "drill (on-call)"}
    ssh = [{"IpProtocol": "tcp", "FromPort": 2222, "ToPort": 2223, "IpRanges": [peer]}]
    added = aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh)
    equal(added["Return"], True)
    rule = added["SecurityGroupRules"][0]
    contains(rule, {"IsEgress": False, "FromPort": 2222, "ToPort": 2223, "CidrIpv4": "10.3.0.0/16"})
    found = aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    equal(found["SecurityGroupRules"][0]["Description"], peer["Description"])
    refused(
        "InvalidPermission.Duplicate", 400, aws.ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=ssh
    )
    equal(aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh)["Return"], True)
    added = aws.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=ssh)
    identifier = added["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    aws.ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[identifier])
    refused("InvalidGroup.NotFound", 400, aws.ec2.describe_security_groups, GroupIds=["sg-0000000000000dead"])
    refused(
        "DryRunOperation",
        412,
        aws.ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=ssh,
        DryRun=True,
    )


@case("ec2: the network, its endpoints and interfaces")
def _(aws):
    vpc = aws.ec2.describe_vpcs()["Vpcs"][0]
    filters = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    subnets = aws.ec2.describe_subnets(Filters=filters)["Subnets"]
    equal(len(subnets), 2)
    tables = aws.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    equal([route["State"] for route in tables[0]["Routes"]], ["active"] * 3)
    endpoints = aws.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    is_date(endpoints[0]["CreationTimestamp"])
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Sid": "Boto3"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    endpoint = endpoints[0]["VpcEndpointId"]
    equal(aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=policy)["Return"], True)
    changed = aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    equal(json.loads(changed["PolicyDocument"]), json.loads(policy))
    acl = aws.ec2.describe_network_acls(Filters=filters)["NetworkAcls"][0]
    equal([entry["RuleNumber"] for entry in acl["Entries"] if not entry["Egress"]], [100, 32767])
    named = {"NetworkAclId": acl["NetworkAclId"], "RuleNumber": 90, "Egress": False}
    entry = {"RuleAction": "deny", "Protocol": "-1", "CidrBlock": "10.9.0.0/16"}
    aws.ec2.create_network_acl_entry(**named, **entry)
    refused("NetworkAclEntryAlreadyExists", 400, aws.ec2.create_network_acl_entry, **named, **entry)
    aws.ec2.delete_network_acl_entry(**named)
    refused("InvalidNetworkAclEntry.NotFound", 400, aws.ec2.delete_network_acl_entry, **named)
    lists = aws.ec2.describe_managed_prefix_lists()["PrefixLists"]
    assert aws.ec2.get_managed_prefix_list_entries(PrefixListId=lists[0]["PrefixListId"])["Entries"], lists
    interfaces = aws.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert len(interfaces) >= 2, interfaces
    regions = aws.ec2.describe_regions()["Regions"]
    assert aws.region in [region["RegionName"] for region in regions], regions
    equal(aws.ec2.describe_flow_logs()["FlowLogs"], [])


@case("ec2: Describe calls are read by boto3's paginators")
def _(aws):
    whole = aws.ec2.describe_security_group_rules()["SecurityGroupRules"]
    pages = aws.ec2.get_paginator("describe_security_group_rules").paginate(PaginationConfig={"PageSize": 5})
    read = [rule["SecurityGroupRuleId"] for page in pages for rule in page["SecurityGroupRules"]]
    equal(read, [rule["SecurityGroupRuleId"] for rule in whole])
