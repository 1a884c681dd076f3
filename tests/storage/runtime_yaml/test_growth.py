"""What a new speaker costs does not grow with those who spoke before; counted, so that no clock has a say (P26)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.figures import Figure
from tests.sizes import sized
from tests.storage.runtime_yaml.operator import Place, T

from picklebot.ports.storage import Binding, Origin, Transaction
from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml import Pace, scribe

MANY = sized(100_000, 5_000)
QUICK = Pace(settle=0.0001, write=0.0, late=0.0)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Database.open(f"sqlite:///{tmp_path}/data/picklebot.db") as database:
        yield Place(tmp_path / "config.runtime.yaml", database, QUICK)


def bind(tx: Transaction, place: Place, keys: range) -> None:
    for key in keys:
        place.store.put(tx, T, str(key), Binding(f"0d1f6c0e-{key}", Origin.SERVICE))


def steps_of(work: Callable[[Transaction], object]) -> Callable[[Transaction], int]:
    """The work, counted in SQLite's own steps."""

    def counted(tx: Transaction) -> int:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        driver: Any = tx.connection.connection.driver_connection
        driver.set_progress_handler(count, 1)
        work(tx)
        driver.set_progress_handler(None, 0)
        return steps

    return counted


@pytest.mark.requirement("P26")
async def test_a_new_speaker_is_the_same_work_for_the_database_whoever_was_there(
    place: Place, figure: Figure
) -> None:
    costs: list[int] = []
    rows: list[int] = []
    for known in (100, MANY):
        await place.database.write(partial(bind, place=place, keys=range(known)))
        since = (await place.ledger.state()).revision
        before = await place.database.write(_changed_rows)
        one = partial(bind, place=place, keys=range(MANY + known, MANY + known + 1))
        cost = await place.database.write(steps_of(one))
        rows.append(await place.database.write(_changed_rows) - before)
        asked: list[int] = []
        read = place.database.read

        async def counted(work: Any, read: Any = read, asked: list[int] = asked) -> Any:
            result: list[Any] = []
            asked.append(await read(steps_of(lambda tx: result.append(work(tx)))))
            return result[0]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place.database, "read", counted)
            assert len((await place.ledger.changes_since(since)).changes) == 1
            assert await place.ledger.wait_changed(since) > since
        costs.append(cost + sum(asked))
    figure("P26", f"steps of the database for the {MANY:,}th against the 100th", f"{costs[1] / costs[0]:.2f}")
    assert rows[0] == rows[1] == 2
    assert costs[1] <= 1.5 * costs[0]


@pytest.mark.requirement("P26")
async def test_a_new_speaker_is_written_without_reading_the_file_anew(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    spliced: list[int] = []
    rewrite = scribe.rewrite

    def counted(*arguments: Any) -> Any:
        spliced.append(arguments[2])
        return rewrite(*arguments)

    monkeypatch.setattr(scribe, "rewrite", counted)
    await place.database.write(partial(bind, place=place, keys=range(1_000)))
    await place.sync.start()
    first = len(spliced)
    for key in range(1_000, 1_020):
        await place.speak(str(key), "new")
        await place.sync.flush()
        assert f'      "{key}": new\n' in place.path.read_text()
    await place.speak("7", "changed")  # as /new does
    await place.speak("8", None)
    await place.sync.flush()
    assert len(spliced) == first
    bindings = await place.bindings()
    assert place.in_file() == bindings
    assert len(bindings) == 1_019
    place.path.write_text(place.path.read_text() + "# an operator's words\n")
    await place.speak("9", "changed")
    await place.sync.flush()
    assert len(spliced) == first + 1
    assert place.in_file() == await place.bindings()


def _changed_rows(tx: Transaction) -> int:
    driver: Any = tx.connection.connection.driver_connection
    return driver.total_changes
