"""The verdicts of the kill tests, which end the run in one line each."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a line at the end of the whole run. It travels in the test's report, so any worker may say it."""
    return lambda line: request.node.user_properties.append(("verdict", line))


@pytest.fixture
def seed() -> int:
    """What every choice of a test follows from; PICKLEBOT_SEED repeats a run that failed."""
    return int(os.environ.get("PICKLEBOT_SEED", "20261120"))


@pytest.fixture
def soak() -> bool:
    """Whether the full sizes are wanted (PICKLEBOT_SOAK=1), not those of `make test`."""
    return os.environ.get("PICKLEBOT_SOAK") == "1"
