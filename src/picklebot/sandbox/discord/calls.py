"""The log of what the bot called."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from picklebot.sandbox.discord.faults import matches
from picklebot.sandbox.discord.feed import Feed, Json

CALLS_KEPT = 2000

DROPPED = 0
"""The status of a call whose connection a fault dropped."""


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call. `route` is "METHOD /path" as the route is written, `called` with the real ids."""

    number: int
    route: str
    called: str
    body: Json | list[Any] | None
    query: dict[str, str]
    filenames: tuple[str, ...]
    at: float
    status: int
    answer: Any


class Calls:
    """The newest CALLS_KEPT calls, and a way to wait for one."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._kept: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.total = 0

    def note(self, call: Call) -> None:
        """Keep an answered call."""
        self._kept.append(call)
        self.total += 1
        about = {"route": call.route, "called": call.called, "status": call.status, "at": call.at}
        self._feed.publish("call", about, for_bot=False)

    def of(self, route: str = "*", *, after: int = 0) -> list[Call]:
        """Calls that match "METHOD /path" with `*` for anything, of those numbered above `after`."""
        return [
            each for each in self._kept if each.number > after and matches(route, each.route, each.called)
        ]

    async def wait(
        self, route: str, check: Callable[[Call], bool] | None, *, after: int, timeout: float
    ) -> Call:
        """The first such call, past or to come. Raises TimeoutError."""

        def found() -> Call | None:
            return next((each for each in self.of(route, after=after) if check is None or check(each)), None)

        return await self._feed.until(found, timeout, f"a call of {route}")

    def clear(self) -> None:
        """Forget them; the numbers go on."""
        self._kept.clear()
