"""What every test shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the loop that aiogram and discord.py need."""
    return "asyncio"
