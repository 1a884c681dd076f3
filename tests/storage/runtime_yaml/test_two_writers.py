"""Operators with stale buffers against the service, crashes between them: per key, nobody's change is lost (P23)."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.figures import Figure
from tests.sizes import sized
from tests.storage.runtime_yaml.operator import SAVES, Place, T, save_in_place, save_with_cp

from picklebot.storage.database import Database
from picklebot.storage.runtime_yaml import Pace
from picklebot.yamltext import read

STEPS = sized(100_000)
PACE = Pace(settle=0.0001, write=0.0, late=0.0, hold=60)
RACING = Pace(poll=0.05, settle=0.005, write=0.02, late=0.2)
_KEYS = st.sampled_from("1234")  # so few that no removal is a mass removal
_IDS = st.sampled_from(["a", "b", "c", None])
_QUICK_SAVES = [save for save in SAVES if save is not save_with_cp]
_STEPS = st.one_of(
    st.tuples(st.just("speak"), _KEYS, _IDS),
    st.tuples(st.just("open"), st.integers(0, 2)),
    st.tuples(st.just("edit"), st.integers(0, 2), _KEYS, _IDS),
    st.tuples(st.just("save"), st.integers(0, 2), st.sampled_from(_QUICK_SAVES), st.booleans()),
    st.tuples(st.just("write")),
    st.tuples(st.just("restart")),
)


class Buffer:
    """What an editor holds: the bindings it loaded, as they are edited, under the revision it loaded."""

    def __init__(self, text: str) -> None:
        self.head = text.splitlines()[0]
        sessions: Any = read(text, source="f").mapping(("messagebus", T, "sessions"))
        self.seen: dict[str, str] = dict(sessions)
        self.now = dict(self.seen)

    @property
    def text(self) -> str:
        lines = [f'      "{key}": {name}' for key, name in self.now.items()]
        return "\n".join([self.head, "messagebus:", f"  {T}:", "    sessions:", *lines, ""])

    def touched(self) -> dict[str, str | None]:
        keys = self.seen.keys() | self.now.keys()
        return {key: self.now.get(key) for key in keys if self.now.get(key) != self.seen.get(key)}


@asynccontextmanager
async def opened(pace: Pace) -> AsyncGenerator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        async with Database.open(f"sqlite:///{folder}/data/picklebot.db") as database:
            yield Place(Path(folder) / "config.runtime.yaml", database, pace)


class World:
    """The service, three editors, and what each key must be bound to."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.expected: dict[str, str] = {}
        self.buffers: list[Buffer] = []

    async def begin(self) -> None:
        """From nothing: no file, no binding that anybody remembers."""
        for _, key in await self.place.bindings():
            await self.place.speak(key, None)
        self.place.path.unlink(missing_ok=True)
        self.place.again()
        await self.place.sync.start()
        self.expected = {}
        self.buffers = [self._load() for _ in range(3)]

    async def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("speak", key, name):
                await self.place.speak(key, name)
                put(self.expected, key, name)
            case ("open", which):
                self.buffers[which] = self._load()
            case ("edit", which, key, name):
                put(self.buffers[which].now, key, name)
            case ("save", which, save, crashed):
                await self._save(self.buffers[which], save, crashed)
            case ("write",):
                await self.place.sync.flush()
            case _:
                await self._restart()
        assert {key: name for (_, key), name in (await self.place.bindings()).items()} == self.expected

    async def _save(self, buffer: Buffer, save: Any, crashed: bool) -> None:
        save(self.place.path, buffer.text)
        for key, name in buffer.touched().items():
            put(self.expected, key, name)
        if crashed:
            await self._restart()
        await self.place.sync.flush()
        assert self.place.sync.trouble is None
        assert self._load().now == self.expected

    async def _restart(self) -> None:
        self.place.again()
        await self.place.sync.start()

    def _load(self) -> Buffer:
        return Buffer(self.place.path.read_text())


def put(bindings: dict[str, str], key: str, name: str | None) -> None:
    if name is None:
        bindings.pop(key, None)
    else:
        bindings[key] = name


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.requirement("P23")
@pytest.mark.requirement("B2")
async def test_stale_buffers_and_the_service_lose_nothing(figure: Figure) -> None:
    """On the real ledger. One long life, so that revisions, history and files grow as they do for an operator."""
    seed = int(os.environ.get("PICKLEBOT_SEED", "1"))
    chance = random.Random(seed)
    async with opened(PACE) as place:
        world = World(place)
        await world.begin()
        for number in range(STEPS):
            step = _random_step(chance)
            try:
                await world.do(step)
            except AssertionError as error:
                raise AssertionError(f"step {number} of seed {seed}: {step}") from error
    figure("P23", f"edits lost in {STEPS:,} steps with stale buffers and restarts", 0)


@pytest.mark.slow
@pytest.mark.requirement("P23")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(_STEPS, min_size=5, max_size=15))
async def test_no_short_story_of_buffers_and_crashes_loses_anything(steps: Sequence[tuple[Any, ...]]) -> None:
    """The same with stories that shrink, to tell what went wrong."""
    async with opened(PACE) as place:
        world = World(place)
        await world.begin()
        for step in steps:
            await world.do(step)


@pytest.mark.slow
@pytest.mark.requirement("P23")
@pytest.mark.timeout(3_600)
async def test_racing_the_watcher_loses_nothing(figure: Figure) -> None:
    """Nobody waits for anybody: the service binds its keys, an operator's editors save theirs, the sync runs."""
    chance = random.Random(int(os.environ.get("PICKLEBOT_SEED", "1")))
    expected: dict[str, str] = {}
    done, slowest = anyio.Event(), 0.0

    async def serve(place: Place) -> None:
        number = 0
        while not done.is_set():
            number += 1
            key = f"1{chance.randrange(6)}"
            await place.speak(key, f"s{number}")
            expected[key] = f"s{number}"
            await anyio.sleep(chance.random() * 0.01)

    async def operate(place: Place) -> None:
        nonlocal slowest
        for number in range(STEPS // 10):
            buffer = Buffer(place.path.read_text())
            await anyio.sleep(chance.random() * 0.05)
            key = f"2{chance.randrange(6)}"
            buffer.now[key] = expected[key] = f"o{number}"
            save_in_place(place.path, buffer.text) if chance.random() < 0.2 else _rename(
                place.path, buffer.text
            )
            began = anyio.current_time()
            await heard(place, key, f"o{number}")
            slowest = max(slowest, anyio.current_time() - began)
        done.set()

    async with opened(RACING) as place:
        async with place.running(), anyio.create_task_group() as tasks:
            tasks.start_soon(serve, place)
            tasks.start_soon(operate, place)
        assert {key: name for (_, key), name in (await place.bindings()).items()} == expected
        assert place.in_file() == {(T, key): name for key, name in expected.items()}
    figure(
        "P23", f"slowest of {STEPS // 10:,} edits that raced with the service", f"live after {slowest:.2f} s"
    )


async def heard(place: Place, key: str, name: str) -> None:
    """Every saved edit is live within two seconds, whatever it raced with."""
    with anyio.fail_after(2):
        while (await place.bindings()).get((T, key)) != name:  # noqa: ASYNC110 - nothing tells
            await anyio.sleep(0.002)


def _rename(path: Path, text: str) -> None:
    part = path.with_name("editor~")
    part.write_text(text)
    part.replace(path)


def _random_step(chance: random.Random) -> tuple[Any, ...]:
    which, key = chance.randrange(3), chance.choice("1234")
    name = chance.choice(["a", "b", "c", None])
    kind = chance.choices(["speak", "open", "edit", "save", "write", "restart"], [30, 15, 25, 20, 6, 4])[0]
    return {
        "speak": ("speak", key, name),
        "open": ("open", which),
        "edit": ("edit", which, key, name),
        "save": ("save", which, chance.choice(_QUICK_SAVES), chance.random() < 0.1),
        "write": ("write",),
        "restart": ("restart",),
    }[kind]
