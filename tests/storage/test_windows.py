"""What is kept of histories never tells another story than the database."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.storage.samples import after, make_session, said

from picklebot.model.history import HistoryMessage, Role
from picklebot.ports.storage import Transaction
from picklebot.storage.database import Database
from picklebot.storage.history import SqlHistory
from picklebot.storage.opening import open_gates
from picklebot.storage.sessions import SqlSessions
from picklebot.storage.windows import LARGEST, MOST_KEPT, Window, Windows

LOAD = st.tuples(st.just("load"), st.integers(1, 6))
ADD = st.tuples(st.sampled_from(["add", "fail"]), st.lists(st.sampled_from(Role), min_size=1, max_size=4))
OTHER = st.tuples(st.sampled_from(["make anew", "read elsewhere", "take back"]), st.none())


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("blank") / "picklebot.db"
    open_gates(f"sqlite:///{file}", read_only=False).dispose()
    return file


def begin(tx: Transaction) -> None:
    SqlSessions().create(tx, make_session())


def make_anew(tx: Transaction) -> None:
    for table in ("history", "sessions"):
        tx.connection.execute(text(f"DELETE FROM {table}"))
    begin(tx)


class Sayings:
    """Adds rows; no two are alike, as in life, where a row has its turn and its time."""

    def __init__(self, history: SqlHistory) -> None:
        self._history = history
        self._numbers: Iterator[int] = count()

    def add(self, tx: Transaction, roles: list[Role]) -> None:
        rows = [self._row(role) for role in roles]
        self._history.append(tx, "s1", rows)

    def add_and_fail(self, tx: Transaction, roles: list[Role]) -> None:
        self.add(tx, roles)
        for limit in range(1, 7):  # as a turn does that is undone: what it read is not to stay
            self._history.load(tx, "s1", limit)
        raise ZeroDivisionError

    def take_back(self, tx: Transaction) -> None:
        """The last question alone: each row has a turn of its own, so what came after it stays."""
        if (question := self._history.last_question(tx, "s1")) is not None:
            self._history.take_back(tx, "s1", question.turn)

    def _row(self, role: Role) -> HistoryMessage:
        number = next(self._numbers)
        return replace(
            said(str(number), f"t{number}", role, after(number)), through=number * (role is Role.SUMMARY)
        )


@given(steps=st.lists(LOAD | ADD | OTHER, max_size=25))
@settings(max_examples=60, deadline=None)
async def test_what_is_loaded_is_what_a_fresh_store_loads(
    blank: Path, steps: list[tuple[str, object]]
) -> None:
    history = SqlHistory()
    sayings = Sayings(history)
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(f"sqlite:///{shutil.copy(blank, folder)}") as database:
            await database.write(begin)
            for step in steps:
                await take(database, history, sayings, step)


async def take(database: Database, history: SqlHistory, sayings: Sayings, step: tuple[str, object]) -> None:
    match step:
        case "load", int(limit):
            kept = await database.write(lambda tx: history.load(tx, "s1", limit))
            assert kept == await database.read(lambda tx: SqlHistory().load(tx, "s1", limit))
        case "add", list(roles):
            await database.write(lambda tx: sayings.add(tx, roles))
        case "fail", list(roles):
            with pytest.raises(ZeroDivisionError):
                await database.write(lambda tx: sayings.add_and_fail(tx, roles))
        case "take back", _:
            await database.write(sayings.take_back)
        case "make anew", _:
            await database.write(make_anew)
        case _:
            await database.read(lambda tx: history.load(tx, "s1", 3))


async def test_a_known_window_is_not_read_again(url: str) -> None:
    """Counted in SQLite's own steps, so that no clock has a say."""
    history, steps = SqlHistory(), 0

    def count_one() -> int:
        nonlocal steps
        steps += 1
        return 0

    def load(tx: Transaction) -> int:
        nonlocal steps
        steps = 0
        tx.connection.connection.driver_connection.set_progress_handler(count_one, 1)
        history.load(tx, "s1", 50)
        tx.connection.connection.driver_connection.set_progress_handler(None, 0)
        return steps

    sayings = Sayings(history)
    async with Database.open(url) as database:
        await database.write(begin)
        await database.write(lambda tx: sayings.add(tx, [Role.USER] * 60))
        cold = await database.write(load)
        await database.write(lambda tx: sayings.add(tx, [Role.ASSISTANT, Role.USER]))
        assert await database.write(load) < cold / 4


def window_of(text: str) -> Window:
    return Window(9, 0, 1, (1,), (said(text),))


def test_the_windows_that_were_read_last_are_kept() -> None:
    windows = Windows()
    for number in range(MOST_KEPT):
        windows.keep(f"s{number}", window_of("hi"))
    windows.keep("s0", window_of("hi again"))
    windows.keep("one more", window_of("hi"))
    assert windows.find("s0", 9) == window_of("hi again")
    assert windows.find("s1", 9) is None
    assert windows.find("s2", 9) is not None


def test_a_window_of_another_limit_or_a_very_long_one_is_not_kept() -> None:
    windows = Windows()
    windows.keep("s1", window_of("hi"))
    assert windows.find("s1", 8) is None
    windows.keep("s1", window_of("x" * (LARGEST + 1)))
    assert windows.find("s1", 9) is None
