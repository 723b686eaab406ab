"""CloudWatch, CloudWatch Logs with its event stream, CloudTrail, SNS, ACM, tagging."""

import datetime
import hashlib
import json
import time

from harness import case, contains, equal, eventually, is_date, refused

UNICODE = "žluťoučký kůň 🐎 <&>"


def _now(aws):
    """The simulator's time, which its answers carry."""
    date = aws.sts.get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]["date"]
    moment = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT")
    return moment.replace(tzinfo=datetime.timezone.utc)


def _millis(moment):
    return int(moment.timestamp() * 1000)


@case("cloudwatch: an alarm's life")
def _(aws):
    alarm = {
        "AlarmName": "boto3-alarm",
        "AlarmDescription": UNICODE,
        "Namespace": "Boto3",
        "MetricName": "Silence",
        "Dimensions": [{"Name": "Service", "Value": "nessie"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.25,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    }
    names = {"AlarmNames": ["boto3-alarm"]}
    aws.cloudwatch.put_metric_alarm(**alarm)
    described = aws.cloudwatch.describe_alarms(**names)["MetricAlarms"][0]
    contains(described, alarm)
    is_date(described["StateUpdatedTimestamp"])
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    equal(len(aws.cloudwatch.describe_alarms_for_metric(**metric)["MetricAlarms"]), 1)
    aws.cloudwatch.disable_alarm_actions(**names)
    equal(aws.cloudwatch.describe_alarms(**names)["MetricAlarms"][0]["ActionsEnabled"], False)
    aws.cloudwatch.enable_alarm_actions(**names)
    aws.cloudwatch.set_alarm_state(AlarmName="boto3-alarm", StateValue="ALARM", StateReason=UNICODE)
    history = aws.cloudwatch.describe_alarm_history(AlarmName="boto3-alarm", HistoryItemType="StateUpdate")
    item = history["AlarmHistoryItems"][0]
    is_date(item["Timestamp"])
    equal(json.loads(item["HistoryData"])["newState"]["stateReason"], UNICODE)
    aws.cloudwatch.delete_alarms(**names)
    refused("ResourceNotFound", 404, aws.cloudwatch.delete_alarms, **names)
    refused("InvalidNextToken", 400, aws.cloudwatch.describe_alarms, NextToken="%")


@case("cloudwatch: metrics, data and statistics")
def _(aws):
    service = [{"Name": "ServiceName", "Value": aws.names["service"]}]
    found = aws.cloudwatch.list_metrics(Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=service)
    metric = found["Metrics"][0]
    end = _now(aws)
    start = end - datetime.timedelta(minutes=30)
    query = {"Id": "cpu", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    data = aws.cloudwatch.get_metric_data(StartTime=start, EndTime=end, MetricDataQueries=[query])
    result = data["MetricDataResults"][0]
    for moment in result["Timestamps"]:
        is_date(moment)
    assert all(isinstance(value, float) for value in result["Values"]) and result["Values"], result
    points = aws.cloudwatch.get_metric_statistics(
        **metric, StartTime=start, EndTime=end, Period=300, Statistics=["Average", "SampleCount"]
    )["Datapoints"]
    is_date(points[0]["Timestamp"])
    assert points[0]["SampleCount"] > 0, points


@case("logs: groups, streams, events and retention")
def _(aws):
    group = aws.names["logGroup"]
    found = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    equal(found["logGroupName"], group)
    streams = aws.logs.describe_log_streams(logGroupName=group)["logStreams"]
    named = {"logGroupName": group, "logStreamName": streams[0]["logStreamName"]}
    events = aws.logs.get_log_events(**named, limit=3, startFromHead=True)["events"]
    equal(len(events), 3)
    pages = aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern="INFO", PaginationConfig={"PageSize": 5, "MaxItems": 12}
    )
    filtered = [event for page in pages for event in page["events"]]
    equal(len({event["eventId"] for event in filtered}), 12)
    aws.logs.put_retention_policy(logGroupName=group, retentionInDays=14)
    equal(aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"], 14)
    aws.logs.delete_retention_policy(logGroupName=group)
    refused("ResourceNotFoundException", 400, aws.logs.filter_log_events, logGroupName="nope")
    refused("InvalidParameterException", 400, aws.logs.filter_log_events, logGroupName=group, nextToken="%")


@case("logs: an export to S3, and one that is cancelled")
def _(aws):
    end = _now(aws)
    task = {
        "logGroupName": aws.names["logGroup"],
        "fromTime": _millis(end) - 600_000,
        "to": _millis(end),
        "destination": aws.names["auditBucket"],
        "destinationPrefix": "boto3",
    }
    identifier = aws.logs.create_export_task(**task)["taskId"]
    eventually(
        lambda: aws.logs.describe_export_tasks(taskId=identifier)["exportTasks"][0]["status"]["code"],
        lambda code: code == "COMPLETED",
    )
    exported = aws.s3.list_objects_v2(Bucket=aws.names["auditBucket"], Prefix="boto3/")
    assert exported["KeyCount"] > 0, exported
    cancelled = aws.logs.create_export_task(**task)["taskId"]
    aws.logs.cancel_export_task(taskId=cancelled)
    refused("ResourceNotFoundException", 400, aws.logs.cancel_export_task, taskId="nope")


@case("logs: a live tail is an event stream")
def _(aws):
    arn = aws.arn("logs", f"log-group:{aws.names['logGroup']}")
    answer = aws.logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="")
    until = time.monotonic() + 15
    kinds = []
    for event in answer["responseStream"]:
        kinds += list(event)
        if "sessionStart" in event:
            equal(event["sessionStart"]["logGroupIdentifiers"], [arn])
        lines = event.get("sessionUpdate", {}).get("sessionResults", [])
        if lines:
            assert isinstance(lines[0]["timestamp"], int) and lines[0]["message"], lines
            break
        assert time.monotonic() < until, "no line within 15 s"
    answer["responseStream"].close()
    equal((kinds[0], kinds[-1]), ("sessionStart", "sessionUpdate"))


@case("cloudtrail: the event history")
def _(aws):
    aws.ecs.update_service(cluster=aws.names["cluster"], service=aws.names["service"], desiredCount=2)
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "UpdateService"}]
    events = eventually(
        lambda: aws.cloudtrail.lookup_events(LookupAttributes=wanted)["Events"], lambda found: len(found) > 0
    )
    is_date(events[0]["EventTime"])
    contains(json.loads(events[0]["CloudTrailEvent"]), {"eventSource": "ecs.amazonaws.com"})
    refused("InvalidMaxResultsException", 400, aws.cloudtrail.lookup_events, MaxResults=51)


@case("cloudtrail: the trail and what it records")
def _(aws):
    trail = aws.names["trail"]
    [described] = aws.cloudtrail.describe_trails()["trailList"]
    contains(described, {"Name": trail, "S3BucketName": aws.names["auditBucket"], "LogFileValidationEnabled": True})
    [selector] = aws.cloudtrail.get_event_selectors(TrailName=trail)["EventSelectors"]
    equal(selector["IncludeManagementEvents"], False)
    [key] = aws.cloudtrail.list_public_keys()["PublicKeyList"]
    contains(key, {"Fingerprint": hashlib.md5(key["Value"]).hexdigest()})
    refused("TrailNotFoundException", 404, aws.cloudtrail.get_event_selectors, TrailName="no-such-trail")


@case("sns: the topic, its subscriptions and messages")
def _(aws):
    topic = aws.arn("sns", f"{aws.names['prefix']}-alerts")
    equal(aws.sns.list_topics()["Topics"], [{"TopicArn": topic}])
    attributes = aws.sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    equal(json.loads(attributes["Policy"])["Statement"][0]["Resource"], topic)
    endpoint = aws.arn("sqs", "boto3")
    subscription = aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)["SubscriptionArn"]
    described = aws.sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    contains(described, {"Endpoint": endpoint, "PendingConfirmation": "false"})
    listed = aws.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert endpoint in [one["Endpoint"] for one in listed], listed
    aws.sns.unsubscribe(SubscriptionArn=subscription)
    assert endpoint not in [one["Endpoint"] for one in aws.sns.list_subscriptions()["Subscriptions"]]
    confirmed = aws.sns.confirm_subscription(TopicArn=topic, Token=aws.context["subscriptionToken"])
    assert confirmed["SubscriptionArn"].startswith(topic), confirmed
    assert aws.sns.publish(TopicArn=topic, Subject="drill", Message=UNICODE)["MessageId"]
    tags = aws.sns.list_tags_for_resource(ResourceArn=topic)["Tags"]
    assert {"Key": "Project", "Value": aws.names["project"]} in tags, tags
    refused("NotFound", 404, aws.sns.get_topic_attributes, TopicArn=f"{topic}-not")
    refused("InvalidParameter", 400, aws.sns.subscribe, TopicArn=topic, Protocol="pigeon", Endpoint="x")


@case("acm: certificates")
def _(aws):
    summary = aws.acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"][0]
    is_date(summary["NotAfter"])
    issued = {"CertificateArn": summary["CertificateArn"]}
    assert aws.acm.get_certificate(**issued)["Certificate"].startswith("-----BEGIN CERTIFICATE-----\n")
    tags = [{"Key": "owner", "Value": UNICODE}]
    requested = aws.acm.request_certificate(
        DomainName="boto3.example.com", SubjectAlternativeNames=["*.boto3.example.com"], Tags=tags
    )
    certificate = aws.acm.describe_certificate(**_named(requested))["Certificate"]
    is_date(certificate["CreatedAt"])
    equal(certificate["SubjectAlternativeNames"], ["boto3.example.com", "*.boto3.example.com"])
    equal(aws.acm.list_tags_for_certificate(**_named(requested))["Tags"], tags)
    aws.acm.delete_certificate(**_named(requested))
    mail = aws.acm.request_certificate(DomainName="mail.example.com", ValidationMethod="EMAIL")
    aws.acm.resend_validation_email(**_named(mail), Domain="mail.example.com", ValidationDomain="example.com")
    refused("RequestInProgressException", 400, aws.acm.get_certificate, **_named(mail))
    refused("ResourceNotFoundException", 400, aws.acm.describe_certificate, **_named(requested))
    refused("ValidationException", 400, aws.acm.renew_certificate, **issued)


def _named(answer):
    return {"CertificateArn": answer["CertificateArn"]}


@case("tagging: resources by tag, keys and values")
def _(aws):
    filters = [{"Key": "Project", "Values": [aws.names["project"]]}]
    pages = aws.tagging.get_paginator("get_resources").paginate(
        TagFilters=filters, PaginationConfig={"PageSize": 3}
    )
    arns = [mapping["ResourceARN"] for page in pages for mapping in page["ResourceTagMappingList"]]
    assert len(arns) > 6 and len(set(arns)) == len(arns), arns
    assert "Project" in aws.tagging.get_tag_keys()["TagKeys"]
    equal(aws.tagging.get_tag_values(Key="Project")["TagValues"], [aws.names["project"]])
    refused("InvalidParameterException", 400, aws.tagging.get_resources, ResourcesPerPage=101)
