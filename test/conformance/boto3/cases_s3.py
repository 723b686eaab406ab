"""S3."""

import datetime
import io
import json

from harness import case, contains, equal, is_date, refused

BYTES = bytes(range(256))
TEXT = "žluťoučký kůň 🐎\n"
ODD_KEYS = ["a b+c&d=e.txt", "kůň/🐎", "plus+/<x>&'\"", "a//b", "100%25/~(1)"]
PART = 5 * 1024 * 1024


def _bucket(aws, name, versioned=False):
    aws.s3.create_bucket(Bucket=name)
    if versioned:
        aws.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


@case("s3: a bucket's life")
def _(aws):
    bucket = _bucket(aws, "boto3-life")
    buckets = {one["Name"]: one for one in aws.s3.list_buckets()["Buckets"]}
    is_date(buckets[bucket]["CreationDate"])
    aws.s3.head_bucket(Bucket=bucket)
    equal(aws.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], None)
    assert "Status" not in aws.s3.get_bucket_versioning(Bucket=bucket)
    aws.s3.put_object(Bucket=bucket, Key="x", Body=b"")
    refused("BucketNotEmpty", 409, aws.s3.delete_bucket, Bucket=bucket)
    aws.s3.delete_object(Bucket=bucket, Key="x")
    aws.s3.delete_bucket(Bucket=bucket)
    refused("404", 404, aws.s3.head_bucket, Bucket=bucket)
    refused("NoSuchBucket", 404, aws.s3.list_objects_v2, Bucket=bucket)


@case("s3: settings of a bucket come back as they were put")
def _(aws):
    s3, bucket = aws.s3, _bucket(aws, "boto3-settings", versioned=True)
    target = _bucket(aws, "boto3-replica", versioned=True)
    named = {"Bucket": bucket}
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/guests/*",
        "Sid": "Guests",
    }
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(**named, Policy=json.dumps(policy))
    equal(json.loads(s3.get_bucket_policy(**named)["Policy"]), policy)
    equal(s3.get_bucket_policy_status(**named)["PolicyStatus"], {"IsPublic": False})
    refused("AccessDenied", 403, s3.put_object, **named, Key="guests/x", Body=b"x")
    s3.delete_bucket_policy(**named)
    refused("NoSuchBucketPolicy", 404, s3.get_bucket_policy, **named)
    blocked = {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(**named, PublicAccessBlockConfiguration=blocked)
    equal(s3.get_public_access_block(**named)["PublicAccessBlockConfiguration"], blocked)
    s3.delete_public_access_block(**named)
    key = aws.arn("kms", "key/00000000-0000-4000-8000-000000000000")
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(**named, ServerSideEncryptionConfiguration={"Rules": [rule]})
    contains(s3.get_bucket_encryption(**named)["ServerSideEncryptionConfiguration"]["Rules"][0], rule)
    tags = [{"Key": "owner", "Value": "data + on-call"}, {"Key": "unicode", "Value": "kůň"}]
    s3.put_bucket_tagging(**named, Tagging={"TagSet": tags})
    equal(s3.get_bucket_tagging(**named)["TagSet"], tags)
    s3.delete_bucket_tagging(**named)
    lifecycle = {
        "ID": "until",
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "a", "Value": "b"}]}},
        "Expiration": {"Date": datetime.datetime(2031, 1, 1, tzinfo=datetime.timezone.utc)},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30, "NewerNoncurrentVersions": 2},
    }
    s3.put_bucket_lifecycle_configuration(**named, LifecycleConfiguration={"Rules": [lifecycle]})
    contains(s3.get_bucket_lifecycle_configuration(**named)["Rules"][0], lifecycle)
    s3.delete_bucket_lifecycle(**named)
    replication = {
        "ID": "copy",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": "a/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    role = f"arn:aws:iam::{aws.account}:role/replication"
    s3.put_bucket_replication(**named, ReplicationConfiguration={"Role": role, "Rules": [replication]})
    contains(s3.get_bucket_replication(**named)["ReplicationConfiguration"]["Rules"][0], replication)
    s3.delete_bucket_replication(**named)
    controls = s3.get_bucket_ownership_controls(**named)["OwnershipControls"]
    equal(controls["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
    assert "LoggingEnabled" not in s3.get_bucket_logging(**named)
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(**named)
    refused("ObjectLockConfigurationNotFoundError", 404, s3.get_object_lock_configuration, **named)


@case("s3: objects with bytes, metadata, tags and odd keys")
def _(aws):
    s3, bucket = aws.s3, _bucket(aws, "boto3-objects")
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=TEXT.encode(), Metadata={"table": "orders"}, ContentType="text/x")
        got = s3.get_object(Bucket=bucket, Key=key)
        equal((got["Body"].read().decode(), got["Metadata"], got["ContentType"]), (TEXT, {"table": "orders"}, "text/x"))
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    equal([one["Key"] for one in listed], sorted(ODD_KEYS, key=str.encode))
    is_date(listed[0]["LastModified"])
    equal([one["Key"] for one in s3.list_objects(Bucket=bucket)["Contents"]], sorted(ODD_KEYS, key=str.encode))
    place = {"Bucket": bucket, "Key": "bytes"}
    put = s3.put_object(**place, Body=BYTES, Tagging="a=1&b=x%20y")
    equal(s3.get_object(**place, Range="bytes=250-")["Body"].read(), BYTES[250:])
    head = s3.head_object(**place)
    is_date(head["LastModified"])
    equal((head["ContentLength"], head["ETag"]), (256, put["ETag"]))
    equal(s3.get_object_attributes(**place, ObjectAttributes=["ETag", "ObjectSize"])["ObjectSize"], 256)
    equal(s3.get_object_tagging(**place)["TagSet"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}])
    s3.put_object_tagging(**place, Tagging={"TagSet": [{"Key": "c", "Value": "kůň"}]})
    equal(s3.get_object_tagging(**place)["TagSet"], [{"Key": "c", "Value": "kůň"}])
    s3.delete_object_tagging(**place)
    equal(s3.get_object_tagging(**place)["TagSet"], [])
    refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="nope")
    refused("304", 304, s3.head_object, **place, IfNoneMatch=put["ETag"])
    refused("PreconditionFailed", 412, s3.put_object, **place, Body=b"x", IfNoneMatch="*")
    refused("InvalidRange", 416, s3.get_object, **place, Range="bytes=999-")


@case("s3: listings are read by boto3's paginators")
def _(aws):
    s3, bucket = aws.s3, _bucket(aws, "boto3-pages", versioned=True)
    keys = [f"p/{index:02}" for index in range(9)]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4})
    equal([one["Key"] for page in pages for one in page["Contents"]], keys)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 4})
    equal([one["Key"] for page in pages for one in page["Versions"]], keys)
    rolled = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    equal(rolled["CommonPrefixes"], [{"Prefix": "p/"}])


@case("s3: versions, delete markers and copies")
def _(aws):
    s3, bucket = aws.s3, _bucket(aws, "boto3-versions", versioned=True)
    place = {"Bucket": bucket, "Key": "kůň"}
    first = s3.put_object(**place, Body=b"one")["VersionId"]
    s3.put_object(**place, Body=b"two")
    marker = s3.delete_object(**place)
    equal(marker["DeleteMarker"], True)
    listed = s3.list_object_versions(Bucket=bucket)
    equal((len(listed["Versions"]), len(listed["DeleteMarkers"])), (2, 1))
    is_date(listed["DeleteMarkers"][0]["LastModified"])
    copied = s3.copy_object(**place, CopySource={"Bucket": bucket, "Key": "kůň", "VersionId": first})
    is_date(copied["CopyObjectResult"]["LastModified"])
    equal(s3.get_object(**place)["Body"].read(), b"one")
    doomed = [{"Key": "kůň", "VersionId": first}, {"Key": "kůň", "VersionId": marker["VersionId"]}]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})["Deleted"]
    equal(len(deleted), 2)
    refused("NoSuchVersion", 404, s3.get_object, **place, VersionId=first)


@case("s3: a multipart upload by hand, and by boto3's transfer manager")
def _(aws):
    s3, bucket = aws.s3, _bucket(aws, "boto3-multipart")
    s3.put_object(Bucket=bucket, Key="source", Body=BYTES)
    place = {"Bucket": bucket, "Key": "parts"}
    upload = {**place, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    first = s3.upload_part(**upload, PartNumber=1, Body=b"1" * PART)
    second = s3.upload_part_copy(
        **upload, PartNumber=2, CopySource={"Bucket": bucket, "Key": "source"}, CopySourceRange="bytes=0-9"
    )
    is_date(second["CopyPartResult"]["LastModified"])
    listed = s3.list_parts(**upload)["Parts"]
    equal([(part["PartNumber"], part["Size"]) for part in listed], [(1, PART), (2, 10)])
    pending = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    is_date(pending[0]["Initiated"])
    parts = [
        {"PartNumber": 1, "ETag": first["ETag"]},
        {"PartNumber": 2, "ETag": second["CopyPartResult"]["ETag"]},
    ]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    equal(s3.head_object(**place)["ContentLength"], PART + 10)
    given_up = {**place, "UploadId": s3.create_multipart_upload(**place)["UploadId"]}
    s3.abort_multipart_upload(**given_up)
    refused("NoSuchUpload", 404, s3.list_parts, **given_up)
    body = BYTES * (10 * 1024 * 1024 // 256)
    s3.upload_fileobj(io.BytesIO(body), bucket, "transferred")
    back = io.BytesIO()
    s3.download_fileobj(bucket, "transferred", back)
    assert back.getvalue() == body, "the transfer manager got other bytes back"
