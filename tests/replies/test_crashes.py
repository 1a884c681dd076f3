"""Whatever dies when, and whichever answers get lost: each reply arrives, in order, and never twice unmarked."""

from __future__ import annotations

import shutil
from collections import Counter
from contextvars import Context
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.figures import Figure
from tests.replies.crashing import MARK, PLACEHOLDER, SIZE, Fate, Message, Turn, World, live
from tests.sizes import sized

from picklebot.model.parcel import FILES, STATUS
from picklebot.replies import chats, status
from picklebot.replies.enclosing import MOST_TRIES
from picklebot.storage.opening import open_gates

EXAMPLES = sized(10_000)

SESSIONS = (("a", "1"), ("b", "2"), ("c", "2"))
"""Two sessions share a chat."""

LENGTHS = st.lists(st.sampled_from([1, 6, 12, 30]), max_size=4)
LINES = st.tuples(*(LENGTHS for _ in SESSIONS)).map(
    lambda lengths: [
        [Turn(session, chat, number, length) for number, length in enumerate(line)]
        for (session, chat), line in zip(SESSIONS, lengths, strict=True)
    ]
)
FATES = st.lists(st.sampled_from([Fate.DONE, *Fate]), max_size=12)
DEATHS = st.lists(st.integers(0, 40), max_size=4)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows."""
    file = tmp_path_factory.mktemp("blank") / "picklebot.db"
    open_gates(f"sqlite:///{file}", read_only=False).dispose()
    return file


@pytest.fixture(scope="module")
def tally() -> Counter[str]:
    """What all stories came to."""
    return Counter()


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses after trouble take no time to speak of, and a tool is told of at once."""
    monkeypatch.setattr(status, "PATIENCE", 0.0)
    monkeypatch.setattr(chats, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(chats, "LONGEST_PAUSE", 0.002)


@pytest.mark.slow
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("P9")
@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("ring", ["answer", "placeholder"])
@pytest.mark.timeout(3_600)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lines=LINES, fates=FATES, deaths=DEATHS)
def test_a_reply_arrives_in_order_and_never_twice_unmarked(
    *,
    blank: Path,
    tmp_path: Path,
    ring: str,
    tally: Counter[str],
    figure: Figure,
    lines: list[list[Turn]],
    fates: list[Fate],
    deaths: list[int],
) -> None:
    shutil.copy(blank, tmp_path / "picklebot.db")
    world = World(tmp_path / "picklebot.db", ring == "placeholder", list(fates), list(deaths))
    for death in [*deaths, None]:
        # In a context of its own: in this one a fixture of the whole session may count as running.
        Context().run(anyio.run, live, world, lines, death)
    repeats = judge(world, lines, len(deaths))
    tally += Counter({f"{ring} stories": 1, f"{ring} cut off": world.interrupted, f"{ring} repeats": repeats})
    seen = f"{tally[f'{ring} repeats']} for {tally[f'{ring} cut off']:,}, in {tally[f'{ring} stories']:,} stories"
    figure("P4", f"messages too many for sends that were cut off, with ring: {ring}", seen)


def judge(world: World, lines: list[list[Turn]], deaths: int) -> int:
    """Judge the chats as they stand in the end; gives how many messages are too many, but for those with files."""
    repeats = files_too_many = 0
    for line in lines:
        for turn in line:
            for index, text in enumerate(parts(turn)):
                repeats += judge_part(world, of_part(world, turn, index), text)
            for index, file in enumerate(turn.files):
                files_too_many += judge_file(of_part(world, turn, FILES - index), file.path)
        for earlier, later in pairwise(line):
            assert last_of(world, earlier) < last_of(world, later), "order in a session is kept"
            assert end_of(world, earlier) < last_of(world, later), "files come with their answer"
    left = [it for chat in world.chats.values() for it in chat if it.part[1] == STATUS and not it.deleted]
    assert len(left) <= world.interrupted + deaths * len(lines), (
        "a line is left only where its send was cut off"
    )
    too_many = repeats + files_too_many
    assert too_many <= world.interrupted + deaths * len(lines), (
        "a repeat is for one send that was interrupted"
    )
    return repeats


def judge_part(world: World, messages: list[Message], text: str) -> int:
    """What one part of a reply may look like; gives how many messages of it are too many."""
    said = [message.text for message in messages if message.text != PLACEHOLDER]
    assert any(it in (text, MARK + text) for it in said), "nothing is lost"
    if world.placeholder:
        assert len(said) == 1, "no duplicates"
    else:
        assert all(it.startswith(MARK) for it in said[1:]), "a repeat is marked"
        assert PLACEHOLDER not in (message.text for message in messages)
    return len(messages) - 1


def judge_file(messages: list[Message], name: str) -> int:
    """A file has come, or what is said in its place; gives how many messages of it are too many."""
    assert messages, "nothing is lost"
    given_up = [message for message in messages if message.text != name]
    assert not given_up or len(messages) <= MOST_TRIES + len(given_up)
    assert all(name in message.text for message in messages)
    return len(messages) - 1


def end_of(world: World, turn: Turn) -> int:
    """Where in its chat the first of the last file, or of the text, stands."""
    last = FILES - len(turn.files) + 1 if turn.files else 0
    return next(at for at, it in enumerate(world.chats[turn.chat]) if it.part == (turn.id, last))


def parts(turn: Turn) -> list[str]:
    return [turn.text[at : at + SIZE] for at in range(0, len(turn.text), SIZE)]


def of_part(world: World, turn: Turn, index: int) -> list[Message]:
    return [message for message in world.chats[turn.chat] if message.part == (turn.id, index)]


def last_of(world: World, turn: Turn) -> int:
    """Where in its chat the beginning of this reply stands for good."""
    places = [at for at, message in enumerate(world.chats[turn.chat]) if message.part == (turn.id, 0)]
    return places[-1]
