"""What every test shares."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.memory_road import Road, open_road

# How long an example takes tells of the machine's other work, not of ours.
settings.register_profile("picklebot", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("picklebot")

pytest_plugins = ["picklebot.testing.plugin", "tests.figures"]


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the loop that aiogram and discord.py need."""
    return "asyncio"


@pytest.fixture
async def road(tmp_path: Path) -> AsyncGenerator[Road]:
    """A running gateway with the demo model, whose platform is the memory of the test."""
    async with open_road(tmp_path / "road.db") as road:
        yield road


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest, so that no core waits for them at the end."""
    items.sort(key=lambda item: "kills" not in item.path.parts)
