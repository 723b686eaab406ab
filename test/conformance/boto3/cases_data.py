"""DynamoDB, Glue, Lake Formation."""

import datetime
from decimal import Decimal

import boto3.dynamodb.types

from harness import case, contains, equal, eventually, is_date, refused

UNICODE = "žluťoučký kůň 🐎 <&\"'>"
TABLE = "boto3.Table"
KEYS = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "B"},
    ],
}
# Every type of attribute, by boto3's own conversion of Python's values.
EVERYTHING = {
    "pk": UNICODE,
    "sk": b"\x00\x01\xff",
    "number": Decimal("-12345678901234567890.12345"),
    "blob": bytes(range(256)),
    "yes": True,
    "nothing": None,
    "empty": "",
    "list": [Decimal(1), [UNICODE, {}, []], {"deep": [b"\xfe", None]}],
    "map": {"a.b": {"c": Decimal("0.1")}},
    "texts": {"a", UNICODE},
    "numbers": {Decimal(1), Decimal("2.5")},
    "blobs": {b"\x01", b"\x02\x03"},
}


def _wire(item):
    serializer = boto3.dynamodb.types.TypeSerializer()
    return {name: serializer.serialize(value) for name, value in item.items()}


def _python(item):
    deserializer = boto3.dynamodb.types.TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in item.items()}


def _key(sk):
    return {"pk": {"S": "p"}, "sk": {"B": sk}}


def _ready(aws, name=TABLE):
    """The table; made when it is not there yet."""
    if name not in aws.dynamodb.list_tables()["TableNames"]:
        aws.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **KEYS)
    aws.dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    return name


@case("dynamodb: a table's life and settings")
def _(aws):
    db = aws.dynamodb
    name = _ready(aws, "boto3.Life")
    table = db.describe_table(TableName=name)["Table"]
    is_date(table["CreationDateTime"])
    db.update_table(TableName=name, DeletionProtectionEnabled=True)
    eventually(lambda: db.describe_table(TableName=name)["Table"]["TableStatus"], lambda status: status == "ACTIVE")
    refused("ValidationException", 400, db.delete_table, TableName=name)
    db.update_table(TableName=name, DeletionProtectionEnabled=False)
    arn = table["TableArn"]
    db.tag_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": UNICODE}])
    equal(db.list_tags_of_resource(ResourceArn=arn)["Tags"], [{"Key": "owner", "Value": UNICODE}])
    db.untag_resource(ResourceArn=arn, TagKeys=["owner"])
    expiry = {"Enabled": True, "AttributeName": "expires"}
    db.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
    equal(db.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["AttributeName"], "expires")
    eventually(lambda: db.describe_table(TableName=name)["Table"]["TableStatus"], lambda status: status == "ACTIVE")
    db.delete_table(TableName=name)
    db.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    refused("ResourceNotFoundException", 400, db.describe_table, TableName=name)


@case("dynamodb: an item of every type survives")
def _(aws):
    name = _ready(aws)
    aws.dynamodb.put_item(TableName=name, Item=_wire(EVERYTHING))
    key = _wire({"pk": EVERYTHING["pk"], "sk": EVERYTHING["sk"]})
    answer = aws.dynamodb.get_item(TableName=name, Key=key, ReturnConsumedCapacity="TOTAL")
    equal(_python(answer["Item"]), EVERYTHING)
    equal(answer["ConsumedCapacity"]["CapacityUnits"], 0.5)
    aws.dynamodb.delete_item(TableName=name, Key=key)
    assert "Item" not in aws.dynamodb.get_item(TableName=name, Key=key)


@case("dynamodb: conditions, updates, batches and transactions")
def _(aws):
    db, name = aws.dynamodb, _ready(aws)
    only_new = {"TableName": name, "ConditionExpression": "attribute_not_exists(pk)"}
    db.put_item(**only_new, Item=_key(b"1"))
    answer = refused(
        "ConditionalCheckFailedException",
        400,
        db.put_item,
        **only_new,
        Item=_key(b"1"),
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    equal(answer["Item"], _key(b"1"))
    updated = db.update_item(
        TableName=name,
        Key=_key(b"1"),
        UpdateExpression="SET #n = if_not_exists(#n, :one) + :one, l = :list",
        ExpressionAttributeNames={"#n": "n"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":list": {"L": [{"B": b"\x00"}, {"NULL": True}]}},
        ReturnValues="UPDATED_NEW",
    )
    equal(updated["Attributes"], {"n": {"N": "2"}, "l": {"L": [{"B": b"\x00"}, {"NULL": True}]}})
    puts = [{"PutRequest": {"Item": _key(bytes([index]))}} for index in range(10, 20)]
    equal(db.batch_write_item(RequestItems={name: puts})["UnprocessedItems"], {})
    found = db.batch_get_item(RequestItems={name: {"Keys": [_key(b"\x0a"), _key(b"\x13"), _key(b"\xff")]}})
    equal(len(found["Responses"][name]), 2)
    check = {"TableName": name, "Key": _key(b"\xff"), "ConditionExpression": "attribute_exists(pk)"}
    cancelled = refused(
        "TransactionCanceledException",
        400,
        db.transact_write_items,
        TransactItems=[{"Delete": {"TableName": name, "Key": _key(b"1")}}, {"ConditionCheck": check}],
    )
    equal([reason["Code"] for reason in cancelled["CancellationReasons"]], ["None", "ConditionalCheckFailed"])
    db.transact_write_items(TransactItems=[{"Delete": {"TableName": name, "Key": _key(b"1")}}])


@case("dynamodb: queries and scans are read by boto3's paginators")
def _(aws):
    db, name = aws.dynamodb, _ready(aws)
    for index in range(5):
        db.put_item(TableName=name, Item={"pk": {"S": "pages"}, "sk": {"B": bytes([255 - index])}})
    pages = db.get_paginator("query").paginate(
        TableName=name,
        KeyConditionExpression="pk = :p AND sk > :low",
        ExpressionAttributeValues={":p": {"S": "pages"}, ":low": {"B": bytes([251])}},
        PaginationConfig={"PageSize": 2},
    )
    equal([item["sk"]["B"][0] for page in pages for item in page["Items"]], [252, 253, 254, 255])
    scanned = db.get_paginator("scan").paginate(
        TableName=name,
        FilterExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "pages"}},
        PaginationConfig={"PageSize": 3},
    )
    equal(sum(page["Count"] for page in scanned), 5)
    refused("ValidationException", 400, db.scan, TableName=name, FilterExpression="pk = ")


@case("dynamodb: point-in-time recovery")
def _(aws):
    db, source = aws.dynamodb, aws.names["table"]
    recovery = {"PointInTimeRecoveryEnabled": True}
    db.update_continuous_backups(TableName=source, PointInTimeRecoverySpecification=recovery)
    described = db.describe_continuous_backups(TableName=source)["ContinuousBackupsDescription"]
    window = described["PointInTimeRecoveryDescription"]
    is_date(window["EarliestRestorableDateTime"])
    moment = window["LatestRestorableDateTime"] - datetime.timedelta(minutes=30)
    restore = {"SourceTableName": source, "TargetTableName": "boto3.Restored", "RestoreDateTime": moment}
    summary = db.restore_table_to_point_in_time(**restore)["TableDescription"]["RestoreSummary"]
    contains(summary, {"RestoreInProgress": True, "RestoreDateTime": moment})
    refused("TableNotFoundException", 400, db.describe_continuous_backups, TableName="nope")


def _table_input(name, comment):
    return {
        "Name": name,
        "Description": UNICODE,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"table_type": "ICEBERG", "odd key": UNICODE},
        "StorageDescriptor": {
            "Columns": [
                {"Name": "id", "Type": "bigint", "Comment": comment},
                {"Name": "tags", "Type": "array<string>"},
            ],
            "Location": "s3://lakehouse/boto3",
        },
    }


@case("glue: tables and their versions")
def _(aws):
    database = aws.names["glueDatabase"]
    is_date(aws.glue.get_database(Name=database)["Database"]["CreateTime"])
    equal([one["Name"] for one in aws.glue.get_databases()["DatabaseList"]], [database])
    aws.glue.create_table(DatabaseName=database, TableInput=_table_input("boto3", "first"))
    aws.glue.update_table(DatabaseName=database, TableInput=_table_input("boto3", "second"))
    table = aws.glue.get_table(DatabaseName=database, Name="boto3")["Table"]
    is_date(table["UpdateTime"])
    contains(table, _table_input("boto3", "second"))
    found = aws.glue.get_tables(DatabaseName=database, Expression="boto3")["TableList"]
    equal([one["Name"] for one in found], ["boto3"])
    place = {"DatabaseName": database, "TableName": "boto3"}
    versions = aws.glue.get_table_versions(**place)["TableVersions"]
    comments = [one["Table"]["StorageDescriptor"]["Columns"][0]["Comment"] for one in versions]
    equal(comments, ["second", "first"])
    old = aws.glue.get_table_version(**place, VersionId=versions[1]["VersionId"])["TableVersion"]["Table"]
    contains(old, _table_input("boto3", "first"))
    equal(aws.glue.get_partitions(**place)["Partitions"], [])
    aws.glue.delete_table(DatabaseName=database, Name="boto3")
    refused("EntityNotFoundException", 400, aws.glue.get_table, DatabaseName=database, Name="boto3")


@case("lake formation: locations, settings and permissions")
def _(aws):
    bucket = f"arn:aws:s3:::{aws.names['lakehouseBucket']}"
    lake = aws.lakeformation
    is_date(lake.describe_resource(ResourceArn=bucket)["ResourceInfo"]["LastModified"])
    equal([one["ResourceArn"] for one in lake.list_resources()["ResourceInfoList"]], [bucket])
    assert lake.get_data_lake_settings()["DataLakeSettings"]["DataLakeAdmins"]
    grant = {
        "Principal": {"DataLakePrincipalIdentifier": f"arn:aws:iam::{aws.account}:role/boto3"},
        "Resource": {"Table": {"DatabaseName": aws.names["glueDatabase"], "Name": "orders"}},
        "Permissions": ["SELECT", "DESCRIBE"],
    }
    lake.grant_permissions(**grant, PermissionsWithGrantOption=["SELECT"])
    asked = {"Principal": grant["Principal"], "Resource": grant["Resource"]}
    granted = lake.list_permissions(**asked)["PrincipalResourcePermissions"][0]
    is_date(granted["LastUpdated"])
    equal(sorted(granted["Permissions"]), ["DESCRIBE", "SELECT"])
    equal(granted["PermissionsWithGrantOption"], ["SELECT"])
    lake.revoke_permissions(**grant, PermissionsWithGrantOption=["SELECT"])
    equal(lake.list_permissions(**asked)["PrincipalResourcePermissions"], [])
    path = lake.get_effective_permissions_for_path(ResourceArn=f"{bucket}/lakehouse/orders")
    assert path["Permissions"], path
    refused("EntityNotFoundException", 400, lake.describe_resource, ResourceArn="arn:aws:s3:::nope")
