"""Telegram on loopback with people who talk to one bot, and a note of when each was answered."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import anyio

from picklebot.sandbox.telegram import Call, SandboxChat, SandboxUser, TelegramSandbox

FIRST_USER = 1_000
START_SECONDS = 90
ANSWER_SECONDS = 60
SAYING = "{number:06d} what would a pickle see if it looked out of its jar at the moon tonight"
SAID = SAYING.replace("{number:06d}", r"\d{6}")  # as a regular expression


class Calls(deque[Call]):
    """The sandbox's notes of calls, which tell at once when a text has arrived in full."""

    def __init__(self) -> None:
        super().__init__(maxlen=100)
        self.waiting: dict[str, anyio.Event] = {}
        self.arrived: dict[str, float] = {}
        self.methods: Counter[str] = Counter()

    def append(self, call: Call) -> None:
        """Note a call."""
        super().append(call)
        self.methods[call.method] += 1
        event = self.waiting.pop(call.params.get("text", ""), None)
        if event is not None:
            self.arrived[call.params["text"]] = time.perf_counter()
            event.set()


class Town:
    """The people of one sandbox, each in a private chat with the bot."""

    def __init__(self, sandbox: TelegramSandbox, people: int) -> None:
        self.sandbox = sandbox
        self.calls = Calls()
        sandbox._world.journal.calls = self.calls  # noqa: SLF001 - waiting by its public means costs a search a call
        self._people = [self._move_in(FIRST_USER + number) for number in range(people)]
        self._said = 0

    async def first_poll(self) -> None:
        """Wait until the bot listens."""
        await self.sandbox.wait_call("getUpdates", timeout=START_SECONDS)

    async def ask(self, person: int) -> float:
        """Say something and wait for the whole answer; gives the seconds that took."""
        user, chat = self._people[person]
        self._said += 1
        text = SAYING.format(number=self._said)
        event = self.calls.waiting[text] = anyio.Event()
        began = time.perf_counter()
        chat.say(user, text)
        with anyio.fail_after(ANSWER_SECONDS):
            await event.wait()
        return self.calls.arrived.pop(text) - began

    async def chatter(self, messages: int) -> float:
        """Everybody asks again as soon as they are answered; gives the seconds until all are."""
        left = iter(range(messages))

        async def talk(person: int) -> None:
            for _ in left:
                await self.ask(person)

        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for person in range(len(self._people)):
                tasks.start_soon(talk, person)
        return time.perf_counter() - began

    async def visits(self, each: int) -> None:
        """Everybody says so many messages, a few people at a time."""
        gate = anyio.Semaphore(16)

        async def visit(person: int) -> None:
            async with gate:
                for _ in range(each):
                    await self.ask(person)

        async with anyio.create_task_group() as tasks:
            for person in range(len(self._people)):
                tasks.start_soon(visit, person)

    async def stroll(self, messages: int, per_second: float) -> Sequence[float]:
        """Messages at a steady rate, whoever was answered or not; gives how long each took, in seconds, sorted."""
        waits: list[float] = []

        async def one(person: int) -> None:
            waits.append(await self.ask(person))

        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for number in range(messages):
                await anyio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
                tasks.start_soon(one, number % len(self._people))
        return sorted(waits)

    def _move_in(self, user_id: int) -> tuple[SandboxUser, SandboxChat]:
        user = self.sandbox.user(user_id, f"Person {user_id}")
        return user, self.sandbox.private(user)


@asynccontextmanager
async def open_town(people: int) -> AsyncGenerator[Town]:
    """A fresh town without limits."""
    async with TelegramSandbox.start() as sandbox:
        yield Town(sandbox, people)
