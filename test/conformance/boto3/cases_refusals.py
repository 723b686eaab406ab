"""Every operation refuses who may not call it, in its service's own form."""

import datetime

from botocore import xform_name
from botocore.exceptions import ClientError

from harness import case, equal

# Attributes of Aws for signing names that are no attributes themselves.
CLIENTS = {
    "application-autoscaling": "scaling",
    "elasticloadbalancing": "elb",
    "monitoring": "cloudwatch",
}
EXPIRED = ("ASIASIMULATEDEXPIRED", "simulated", "expired")
POWERLESS = ("ASIASIMULATEDNOGRANT", "simulated", "powerless")
EXPIRED_CODES = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
DENIED_CODES = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
# Who is called needs no permission (STS API reference).
FREE = {"sts:GetCallerIdentity"}
# Decided key by key: the refusals are in the answer (S3 API reference).
KEY_BY_KEY = "s3:DeleteObjects"


def _minimal(shape, aws):
    """Parameters with the required members only, as boto3 lets them through."""
    kind = shape.type_name
    if kind == "structure":
        return {name: _member(name, shape.members[name], aws) for name in shape.required_members}
    if kind == "list":
        return [_minimal(shape.member, aws)] * max(1, shape.metadata.get("min", 1))
    if kind == "map":
        return {"name": _minimal(shape.value, aws)}
    if kind == "timestamp":
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    if kind == "boolean":
        return False
    if kind in ("integer", "long"):
        return max(1, shape.metadata.get("min", 1))
    if kind in ("float", "double"):
        return 1.0
    if kind == "blob":
        return b"x"
    if shape.enum:
        return shape.enum[0]
    return "x" * max(3, shape.metadata.get("min", 1))


def _member(name, shape, aws):
    if name == "Bucket" and shape.type_name == "string":
        return aws.names["lakehouseBucket"]
    if name == "CopySource":
        return f"{aws.names['lakehouseBucket']}/x"
    if name == "TransactItems":
        return [{"Put": {"TableName": aws.names["table"], "Item": {"pk": {"S": "x"}, "sk": {"S": "x"}}}}]
    return _minimal(shape, aws)


def _refusals(aws):
    """How each operation is refused: (name, code, status); code None when it is carried out."""
    for name in aws.context["operations"]:
        service, operation = name.split(":")
        client = getattr(aws, CLIENTS.get(service, service))
        shape = client.meta.service_model.operation_model(operation).input_shape
        parameters = {} if shape is None else _minimal(shape, aws)
        try:
            getattr(client, xform_name(operation))(**parameters)
            yield name, None, 200
        except ClientError as error:
            answer = error.response
            yield name, answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def _is_head(name):
    """The answer to a HEAD has no body: boto3 takes its status as the code."""
    return name in ("s3:HeadBucket", "s3:HeadObject")


@case("every operation refuses expired credentials")
def _(aws):
    found = list(_refusals(aws.as_caller(EXPIRED)))
    wrong = [
        (name, code, status)
        for name, code, status in found
        if code not in EXPIRED_CODES and not (_is_head(name) and status in (400, 403))
    ]
    equal(wrong, [])
    equal(len(found), len(aws.context["operations"]))


@case("every operation refuses a caller without permissions")
def _(aws):
    powerless = aws.as_caller(POWERLESS)
    found = _refusals(powerless)
    wrong = [
        (name, code, status)
        for name, code, status in found
        if name not in FREE | {KEY_BY_KEY} and code not in DENIED_CODES and not (_is_head(name) and status == 403)
    ]
    equal(wrong, [])
    answer = powerless.s3.delete_objects(Bucket=aws.names["lakehouseBucket"], Delete={"Objects": [{"Key": "x"}]})
    equal(([error["Code"] for error in answer["Errors"]], "Deleted" in answer), (["AccessDenied"], False))
