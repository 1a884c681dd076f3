"""Engines and servers that the engine tests share."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.engines.scripted import ScriptedServer, serving

from picklebot.engines.llm.engine import LlmEngine


@pytest.fixture
async def engine() -> AsyncIterator[LlmEngine]:
    engine = LlmEngine()
    yield engine
    await engine.aclose()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    async with serving() as server:
        yield server


@pytest.fixture
def llm(llmock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A model server for every provider; the environment points at it."""
    monkeypatch.setenv("OLLAMA_BASE_URL", llmock.base_url("openai"))
    return llmock
