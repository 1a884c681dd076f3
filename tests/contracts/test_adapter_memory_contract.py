"""What an adapter has to know after a restart: the tables, and the fake that tests use."""

from __future__ import annotations

import pytest

from picklebot.errors import StorageError
from picklebot.ports.memory import AdapterMemory
from picklebot.storage.database import Database
from picklebot.storage.memory import SqlAdapterMemory
from picklebot.testing.memory import DictMemory


@pytest.fixture(params=["tables", "fake"])
def memory(request: pytest.FixtureRequest, database: Database) -> AdapterMemory:
    return DictMemory() if request.param == "fake" else SqlAdapterMemory(database, "discord")


async def test_what_is_kept_is_recalled_by_topic(memory: AdapterMemory) -> None:
    assert await memory.recall("marks") == {}
    await memory.keep("marks", {"1": "one", "2": "two"})
    await memory.keep("starts", {"1": "other"})
    await memory.keep("marks", {"2": "zwei", "3": "drei"})
    await memory.keep("marks", {})
    assert await memory.recall("marks") == {"1": "one", "2": "zwei", "3": "drei"}
    assert await memory.recall("starts") == {"1": "other"}


async def test_what_is_forgotten_is_gone(memory: AdapterMemory) -> None:
    await memory.keep("marks", {"1": "one", "2": "two"})
    await memory.keep("starts", {"1": "other"})
    await memory.forget("marks", ["1", "never there"])
    await memory.forget("marks", [])
    assert await memory.recall("marks") == {"2": "two"}
    assert await memory.recall("starts") == {"1": "other"}


async def test_platforms_do_not_see_each_others(database: Database) -> None:
    await SqlAdapterMemory(database, "discord").keep("marks", {"1": "one"})
    assert await SqlAdapterMemory(database, "telegram").recall("marks") == {}


async def test_trouble_changes_nothing() -> None:
    memory = DictMemory()
    await memory.keep("marks", {"1": "one"})
    for change in (memory.keep("marks", {"1": "two"}), memory.forget("marks", ["1"])):
        memory.troubles = [StorageError("the disk is full")]
        with pytest.raises(StorageError):
            await change
    assert await memory.recall("marks") == {"1": "one"}
