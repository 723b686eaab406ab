"""Runs every case against the simulator.

Argument: JSON with endpoint, region, accountId, names, operations and subscriptionToken.
"""

import json
import sys

import cases_compute  # noqa: F401
import cases_data  # noqa: F401
import cases_identity  # noqa: F401
import cases_observation  # noqa: F401
import cases_refusals  # noqa: F401
import cases_s3  # noqa: F401
from harness import run_all

run_all(json.loads(sys.argv[1]))
