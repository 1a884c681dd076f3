"""What the kill tests share."""

from __future__ import annotations

import os

import pytest
import structlog


@pytest.fixture
def seed() -> int:
    """What every choice of a test follows from; PICKLEBOT_SEED repeats a run that failed."""
    seed = int(os.environ.get("PICKLEBOT_SEED", "20261120"))
    structlog.get_logger().info("every choice of this test follows from PICKLEBOT_SEED", seed=seed)
    return seed
