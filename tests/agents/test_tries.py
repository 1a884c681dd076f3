"""A turn that fails: how often it is tried, what it holds up meanwhile, and how it ends."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import anyio
import pytest
from tests.figures import Figure
from tests.memory_road import Road, message, open_road

from picklebot.errors import EngineError
from picklebot.ports.engine import Turn
from picklebot.ports.messages import MessageState
from picklebot.storage.messages import SqlMessages
from picklebot.testing.engine import ScriptedEngine

BUSY = EngineError("rate_limited", "The model is busy.", retryable=True)
REFUSED = EngineError("key_refused", "My key was not accepted.")


class Troubled:
    """Answers "fine", after so many errors for the texts named."""

    def __init__(self, **troubles: list[Exception]) -> None:
        self.troubles = troubles
        self.calls: Counter[str] = Counter()
        self.attempts: list[int] = []

    async def __call__(self, turn: Turn) -> str:
        text = turn.job.text
        self.calls[text] += 1
        self.attempts.append(turn.job.attempt)
        if self.troubles.get(text):
            raise self.troubles[text].pop(0)
        return f"{text}: fine"


async def states(road: Road) -> list[tuple[str, str, int]]:
    found = await road.database.read(lambda tx: SqlMessages().find(tx))
    return [(record.state.value, record.reason, record.attempts) for record in reversed(found)]


@pytest.mark.requirement("S0.7")
@pytest.mark.requirement("P7")
async def test_a_retryable_error_is_tried_again_with_the_original_text(tmp_path: Path) -> None:
    say = Troubled(hello=[BUSY, BUSY])
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("hello"))
        [shown] = await road.frontend.wait(1)
        assert shown.text == "hello: fine"
        assert say.attempts == [1, 2, 3]
        assert await states(road) == [("done", "", 3)]
        session = (await road.bindings())["123"].session_id
        rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session))
        assert [row.text for _, row in rows] == ["hello", "hello: fine"]


@pytest.mark.requirement("S0.7")
@pytest.mark.requirement("P7")
@pytest.mark.requirement("P2")
@pytest.mark.parametrize(
    ("trouble", "calls", "reason", "said"),
    [
        ([BUSY] * 9, 3, "rate_limited", "The model is busy."),
        ([REFUSED] * 9, 1, "key_refused", "My key was not accepted."),
        ([BUSY, REFUSED], 2, "key_refused", "My key was not accepted."),
        ([RuntimeError("odd secret")] * 9, 1, "unexpected", "Something went wrong"),
    ],
)
async def test_what_does_not_mend_is_a_dead_letter_with_a_reference(
    *, tmp_path: Path, trouble: list[Exception], calls: int, reason: str, said: str, figure: Figure
) -> None:
    say = Troubled(hello=trouble)
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("hello"))
        await road.bus.accept(message("more"))
        shown = await road.frontend.wait(2)
        [dead] = await road.database.read(lambda tx: SqlMessages().find(tx, state=MessageState.FAILED))
        assert shown[0].text.startswith(said)
        assert shown[0].text.endswith(f"(Reference {dead.id[:8]})")
        assert "secret" not in shown[0].text
        assert shown[1].text == "more: fine"
        figure("S0.7", f"tries until a dead letter that was said ({reason})", say.calls["hello"])
        assert say.calls == {"hello": calls, "more": 1}
        assert await states(road) == [("failed", reason, calls), ("done", "", 1)]


@pytest.mark.requirement("P7")
@pytest.mark.requirement("P9")
async def test_a_lane_waits_for_a_retry_and_gives_its_place_to_others_meanwhile(tmp_path: Path) -> None:
    order: list[str] = []
    failed, other = anyio.Event(), anyio.Event()

    async def say(turn: Turn) -> str:
        order.append(turn.job.text)
        if order.count("first") == 1 and turn.job.text == "first":
            failed.set()
            raise BUSY
        if turn.job.text == "other":
            other.set()
        return "fine"

    # One place in all, and a pause that ends only because the test lets it: the place must be free.
    path = tmp_path / "road.db"
    async with open_road(path, engine=ScriptedEngine(say), concurrency=1, pauses=(0.5,)) as road:
        await road.bus.accept(message("first", user="1"))
        await road.bus.accept(message("second", user="1"))
        with anyio.fail_after(10):
            await failed.wait()
        await road.bus.accept(message("other", user="2"))
        with anyio.fail_after(10):
            await other.wait()
        await road.frontend.wait(3)
    assert order == ["first", "other", "first", "second"]


@pytest.mark.requirement("P13")
async def test_all_tries_have_one_deadline(tmp_path: Path) -> None:
    say = Troubled(hello=[BUSY] * 9)
    path = tmp_path / "road.db"
    async with open_road(path, engine=ScriptedEngine(say), pauses=(60.0,)) as road:
        road.rules.deadline = 0.3
        await road.bus.accept(message("hello"))
        [shown] = await road.frontend.wait(1)
        assert "longer than I am allowed" in shown.text
        assert await states(road) == [("failed", "deadline", 1)]


@pytest.mark.requirement("P7")
async def test_a_message_that_kills_the_process_is_begun_three_times_and_its_neighbours_live(
    tmp_path: Path, figure: Figure
) -> None:
    """A crash is played by what it leaves: rows that say "running"."""
    path, calls = tmp_path / "road.db", Counter[str]()
    async with open_road(path, running=False) as road:
        for user in ("poison", "a", "b", "c"):
            await road.bus.accept(message(user, user=user))
    for life in range(3):
        died = anyio.Event()

        async def say(turn: Turn, life: int = life, died: anyio.Event = died) -> str:
            calls[turn.job.text] += 1
            if turn.job.text == "poison":
                died.set()
            elif life:
                return "fine"
            await anyio.sleep_forever()
            return ""

        async with open_road(path, engine=ScriptedEngine(say)) as road:
            with anyio.fail_after(10):
                await died.wait()
            left = await road.database.read(road.stores.inbox.interrupted)
        async with open_road(path, running=False) as road:
            for job_id in left:
                await road.database.write(
                    lambda tx, job_id=job_id: tx.connection.exec_driver_sql(
                        "UPDATE inbox SET state = 'running' WHERE job_id = ?", (job_id,)
                    )
                )
    async with open_road(path) as road:
        with anyio.fail_after(10):
            while await road.database.read(lambda tx: list(road.stores.inbox.unfinished(tx))):
                await anyio.lowlevel.checkpoint()
        figure("P7", "model calls for a message that kills the process", calls["poison"])
        assert calls["poison"] == 3
        found = await road.database.read(lambda tx: SqlMessages().find(tx))
        assert {record.text: record.state.value for record in found} == {
            "poison": "failed",
            "a": "done",
            "b": "done",
            "c": "done",
        }
