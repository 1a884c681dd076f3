"""Ids that the service lets in reach the operators' file, whatever happens in between."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from tests.storage.runtime_yaml.operator import Place, save_by_rename

from picklebot.ports.doors import ListEdit
from picklebot.storage.database import Database
from picklebot.yamltext import read

PATH: Final = ("messagebus", "telegram", "allowed_user_ids")
ANN: Final = ListEdit(PATH, "7", present=True)
BEN: Final = ListEdit(PATH, "8", present=True)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncGenerator[Place]:
    async with Database.open(f"sqlite:///{tmp_path}/data/picklebot.db") as database:
        yield Place(tmp_path / "config.runtime.yaml", database)


def let_in(place: Place) -> list[str]:
    data: Any = read(place.path.read_bytes(), source="f").data
    return data["messagebus"]["telegram"]["allowed_user_ids"]


async def settled(place: Place) -> None:
    with anyio.fail_after(10):
        while await place.owed():  # noqa: ASYNC110 - what is owed to a file has no event for its end
            await anyio.sleep(0.01)


async def test_who_is_let_in_while_it_runs_is_in_the_file_soon(place: Place) -> None:
    async with place.running():
        await place.owe(ANN)
        await settled(place)
        assert let_in(place) == ["7"]
        await place.owe(BEN)
        await place.owe(ListEdit(PATH, "7", present=False))
        await settled(place)
        assert let_in(place) == ["8"]


async def test_what_a_killed_process_owed_is_written_at_the_start(place: Place) -> None:
    await place.owe(ANN)
    place.again()
    async with place.running():
        assert let_in(place) == ["7"]
        assert not await place.owed()


async def test_what_was_written_but_not_noted_before_a_kill_changes_nothing(place: Place) -> None:
    """The kill came between the file's new name and the commit that says so."""
    async with place.running():
        await place.owe(ANN)
        await settled(place)
    before = place.path.read_bytes()
    await place.owe(ANN)
    place.again()
    async with place.running():
        await settled(place)
        assert place.path.read_bytes() == before


async def test_an_operator_who_took_an_id_out_meanwhile_is_not_asked_again(place: Place) -> None:
    """Once it was written it is the operator's: no later edit brings it back."""
    async with place.running():
        await place.owe(ANN)
        await settled(place)
        save_by_rename(place.path, place.path.read_text().replace('["7"]', "[]"))
        await place.owe(BEN)
        await settled(place)
        with anyio.fail_after(10):
            while let_in(place) != ["8"]:  # noqa: ASYNC110 - files have no event
                await anyio.sleep(0.01)


async def test_a_broken_file_keeps_waiting_until_it_is_mended(place: Place) -> None:
    async with place.running():
        save_by_rename(place.path, "messagebus: [\n")
        await place.owe(ANN)
        with anyio.fail_after(10):
            while place.sync.trouble is None:  # noqa: ASYNC110 - as above
                await anyio.sleep(0.01)
        assert place.path.read_text() == "messagebus: [\n"
        assert await place.owed() == [ANN]
        save_by_rename(place.path, "# mended\n")
        await settled(place)
        assert let_in(place) == ["7"]
        assert "# mended\n" in place.path.read_text()
