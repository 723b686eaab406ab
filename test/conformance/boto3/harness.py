"""Cases that drive the simulator through boto3, and what is checked of every answer, whatever the case asks."""

import datetime
import json
import sys
import time
import traceback

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from answers import problems_of

CASES = []
# The client's name at botocore for each attribute of Aws that is called otherwise.
CLIENT_NAMES = {"scaling": "application-autoscaling", "elb": "elbv2", "tagging": "resourcegroupstaggingapi"}


def case(title):
    """Registers a function of one argument, an Aws, as a case. Titles are unique."""

    def register(function):
        CASES.append((title, function))
        return function

    return register


class Aws:
    """boto3's clients of the simulator. What they call is noted, and every answer is compared with botocore's model."""

    def __init__(self, context, credentials=("ASIACONFORMANCE", "simulated", None), seen=None):
        self.context = context
        self.region = context["region"]
        self.account = context["accountId"]
        self.names = context["names"]
        # (service, operation) -> whether it succeeded at least once
        self.seen = {} if seen is None else seen
        self.problems = []
        key, secret, token = credentials
        self._session = boto3.session.Session(
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            region_name=self.region,
        )
        self._clients = {}

    def signed_by(self, credentials):
        """Clients of another caller. credentials: the member of that name in STS's answers."""
        return self.as_caller([credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")])

    def as_caller(self, keys):
        """Clients of another caller. keys: access key id, secret access key and session token."""
        other = Aws(self.context, keys, self.seen)
        other.problems = self.problems
        return other

    def arn(self, service, resource):
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._clients:
            config = Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                inject_host_prefix=False,
                read_timeout=20,
            )
            client = self._session.client(
                CLIENT_NAMES.get(name, name), endpoint_url=self.context["endpoint"], config=config
            )
            client.meta.events.register("after-call", self._note)
            self._clients[name] = client
        return self._clients[name]

    def _note(self, http_response, parsed, model, **_):
        key = f"{model.service_model.signing_name}:{model.name}"
        succeeded = http_response.status_code < 400
        self.seen[key] = self.seen.get(key, False) or succeeded
        self.problems += [f"{key}: {problem}" for problem in problems_of(http_response, parsed, model)]


def refused(code, status, call, **parameters):
    """Asserts that a call is refused with this code and HTTP status. Returns the answer."""
    try:
        call(**parameters)
    except ClientError as error:
        answer = error.response
        told = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
        assert told == (code, status), f"refused with {told}, expected {(code, status)}"
        if status not in (304,) and not code.isdigit():
            assert answer["Error"]["Message"], "a refusal without a message"
        assert answer["ResponseMetadata"]["RequestId"], "a refusal without a request id"
        return answer
    raise AssertionError(f"{code} expected, but the call succeeded")


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def contains(actual, expected):
    """Asserts that a dict has these members, nested."""
    for name, value in expected.items():
        assert name in actual, f"{name} is missing in {actual!r}"
        if isinstance(value, dict) and isinstance(actual[name], dict):
            contains(actual[name], value)
        else:
            equal(actual[name], value)


def is_date(value):
    """Asserts that a value is a date with a time zone, of the last ten years or the next two."""
    assert isinstance(value, datetime.datetime) and value.tzinfo, f"{value!r} is no date"
    years = abs((value - datetime.datetime.now(datetime.timezone.utc)).days) / 365
    assert years < 12, f"{value} is far away"


def eventually(read, wanted, seconds=20):
    """Reads until the value is as wanted, and returns it."""
    until = time.monotonic() + seconds
    while True:
        value = read()
        if wanted(value):
            return value
        if time.monotonic() > until:
            raise AssertionError(f"still {value!r} after {seconds} s")
        time.sleep(0.1)


def run_all(context, out=sys.stdout):
    """Runs every case; one JSON line for each, and a last one with what was called."""
    seen = {}
    for title, function in CASES:
        aws = Aws(context, seen=seen)
        failure = None
        try:
            function(aws)
            if aws.problems:
                failure = "\n".join(sorted(set(aws.problems)))
        except Exception:
            failure = traceback.format_exc(limit=-3)
        print(json.dumps({"case": title, "failure": failure}), file=out, flush=True)
    print(json.dumps({"called": seen}), file=out, flush=True)
