"""Faults on request: what REST does wrong for its next calls."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: an error answer, a dropped connection, a delay in seconds, or a delay before one of them.

    `route` is "METHOD /path" with `*` for anything, matched against the path as called and as the route is
    written ("POST /channels/*/messages"). A fault with `drop="after"` does the work and then hangs up. A 429
    carries `retry_after` (seconds) as Discord's own does; with `everything` it is for all calls, not for a route's.
    """

    route: str = "*"
    status: int | None = None
    code: int = 0
    message: str = "a fault of the sandbox"
    retry_after: float | None = None
    drop: Literal["before", "after"] | None = None
    delay: float = 0.0
    everything: bool = False

    def __post_init__(self) -> None:
        if self.status is None and self.drop is None and self.delay <= 0:
            raise ValueError("a fault needs a status, a drop or a delay")
        if self.status is not None and self.drop is not None:
            raise ValueError("a fault either answers with a status or drops the connection, not both")
        if self.status == 429 and self.retry_after is None:
            raise ValueError("a 429 needs retry_after in seconds")


class Faults:
    """The faults that wait for their calls; the one that was set first is used first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault, times: int) -> None:
        """Let the next `times` calls of its route meet this fault."""
        if times < 1:
            raise ValueError("times must be at least 1")
        self._waiting.append((fault, times))

    def take(self, route: str, called: str) -> Fault | None:
        """The fault for this call, counted down."""
        for index, (fault, times) in enumerate(self._waiting):
            if matches(fault.route, route, called):
                self._waiting[index : index + 1] = [(fault, times - 1)] if times > 1 else []
                return fault
        return None

    @property
    def waiting(self) -> tuple[tuple[Fault, int], ...]:
        """Each fault with the number of calls it still waits for."""
        return tuple(self._waiting)

    def clear(self) -> None:
        """Let everything go well again."""
        self._waiting.clear()


def matches(pattern: str, *names: str) -> bool:
    """Whether the pattern fits one of a call's names."""
    return any(fnmatchcase(name, pattern) for name in names)
