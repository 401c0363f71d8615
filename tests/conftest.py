"""For all tests: how hypothesis works here."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "jackline",
    deadline=None,  # a verdict never hangs on a clock, and a test on a busy machine neither
    suppress_health_check=[HealthCheck.too_slow],  # the same
    derandomize=os.environ.get("JACKLINE_TESTED") == "wheel",  # what `make test` says of a commit, it says again
    print_blob=True,
)
settings.load_profile("jackline")
